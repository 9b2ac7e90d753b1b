package intent

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Intent declares that these sources may, or may not, reach this cluster over this path.
type Intent struct {
	// Cluster is the cluster's ARN; in a file possibly its bare name, until it is resolved.
	Cluster string
	// Name is unique for the cluster.
	Name string
	// Sources are never empty, and no source is there twice.
	Sources []Source
	// Path is empty where the snapshot decides.
	Path Path
	// Via is the peering connection, gateway or interface to use; empty where the snapshot decides.
	Via    string
	Access Access
	// Ports are in ascending order; nil means the cluster's own.
	Ports []uint16
	// NotBefore and ExpiresAt are in UTC; zero means no bound. From NotBefore until just before
	// ExpiresAt the intent lives, else it is as if it were absent.
	NotBefore, ExpiresAt time.Time
	Owner, Reason        string
	// Place is where the intent was declared, for messages.
	Place Place
}

// Key returns what identifies the intent.
func (i Intent) Key() Key { return Key{Cluster: i.Cluster, Name: i.Name} }

// Live says whether the intent counts at a time. Outside its times it is as if absent.
func (i Intent) Live(now time.Time) bool {
	if now.Before(i.NotBefore) {
		return false
	}
	return i.ExpiresAt.IsZero() || now.Before(i.ExpiresAt)
}

// NextMoment returns the next time, later than now, at which the intent begins or ceases to
// count, and false where none is left.
func (i Intent) NextMoment(now time.Time) (time.Time, bool) {
	for _, moment := range []time.Time{i.NotBefore, i.ExpiresAt} {
		if moment.After(now) {
			return moment, true
		}
	}
	return time.Time{}, false
}

// PortsOf returns the ports that the intent is about on a cluster with these ports of its own, and
// a problem for each port that the cluster does not have.
func (i Intent) PortsOf(own []uint16) ([]uint16, []Problem) {
	if i.Ports == nil {
		return slices.Clone(own), nil
	}
	var ports []uint16
	var problems []Problem
	for _, port := range i.Ports {
		if slices.Contains(own, port) {
			ports = append(ports, port)
			continue
		}
		problems = append(problems, Problem{
			Place: i.Place, Key: i.Key(), Field: FieldPorts, Value: NumberValue(int64(port)).show(),
			Allowed: "must be a port of the cluster: " + strings.Join(portTexts(own), ", "),
		})
	}
	return ports, problems
}

func portTexts(ports []uint16) []string {
	texts := make([]string, 0, len(ports))
	for _, port := range ports {
		texts = append(texts, fmt.Sprint(port))
	}
	return texts
}
