// Package resource is what cachegate protects. It knows the services whose
// resources an intent may name: how their ARNs, names, events and network
// interfaces look, and through which interface their resources are listed.
//
// All that is particular to a service and takes no call is one value in the file
// of its name; what lists its resources is in the folder of its name. To protect
// the resources of another service, write both, add the value to Services, and
// hand what lists to observe.NewClients where that is called.
//
// It calls nothing and holds no AWS SDK types.
package resource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// Services are those whose resources are protected.
func Services() []*Service { return []*Service{&elastiCache} }

// Service is all that is particular to a service and takes no call.
type Service struct {
	// Name is the service in ARNs, in sources of events and in IAM actions.
	Name string
	// Title is what people call it.
	Title string
	// MakePrivate says how a resource with a public endpoint becomes private, ShowGroups is
	// the command that shows the security groups of resources.
	MakePrivate, ShowGroups string
	// Example is an ARN, for messages, Separator is between the type and the name in one.
	Example   string
	Separator string
	// Kinds are its resources that events name.
	Kinds []Kind
	// Node is the type in the ARNs of network.Cluster.Members, SubnetGroup the name of the
	// kind of network.Cluster.SubnetGroup.
	Node        network.ClusterKind
	SubnetGroup string
	// Names is what its names look like in lower case, which it keeps them in, and
	// LongestName how long they may be.
	Names       *regexp.Regexp
	LongestName int
	// OfEndpoint gives the name of the resource to which an endpoint leads, a host name in
	// lower case; false where it is none of the service.
	OfEndpoint func(host string) (name string, ok bool)
	// Lists are the IAM actions of the calls that list its resources, Throttled is its
	// own code of one that came too often, where the SDK does not know it.
	Lists     []string
	Throttled string
	// Making, Ending and Broken are the states, in lower case, in which a resource does
	// not serve. In any other it has a place in a VPC and serves, whatever else goes on.
	Making, Ending, Broken []string
	// Watched are the events that may change a path to its resources, or what they are.
	Watched []Watched
	// Prose are the fields of its events in which people write, in lower case.
	Prose []string
	// Owns says whether a network interface is one of the service's own. The clusters
	// are those that a security group of the interface guards.
	Owns func(i network.NetworkInterface, guarded []network.Cluster) bool
}

// Kind is a kind of resource of a service.
type Kind struct {
	// Name is what events and dependency keys call it.
	Name string
	// Type is what its ARNs call it.
	Type network.ClusterKind
	// Noun names it for people; empty for what no intent may name.
	Noun string
	// Spellings are how else its own events write Type, in lower case without hyphens.
	Spellings []string
	// Fields are the fields of events that hold names of it, in lower case without
	// hyphens.
	Fields []string
	// Keyed says that dependency keys hold its name.
	Keyed bool
	// Common says that it is used by many: its name says nothing about whom an event
	// concerns.
	Common bool
}

// IsCluster says whether a kind of resource, as events call it, is what intents name.
func IsCluster(kind string) bool {
	return slices.ContainsFunc(Services(), func(s *Service) bool {
		return slices.ContainsFunc(s.Kinds, func(k Kind) bool { return k.Name == kind && k.Noun != "" })
	})
}

// Watched is a family of events; see package events.
type Watched struct {
	// Family stands in logs and samples, Rule names the EventBridge rule.
	Family, Rule string
	// Native events are notifications, and Names their detail-types. Otherwise they are
	// calls that CloudTrail records.
	Native bool
	Names  []string
}

// service finds a service by its name.
func service(name string) (*Service, bool) {
	for _, s := range Services() {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// Separator is what stands between the type and the name in ARNs of a service.
func Separator(name string) string {
	if s, ok := service(name); ok {
		return s.Separator
	}
	return ":"
}

// kind finds a kind by the type in its ARNs.
func (s *Service) kind(t network.ClusterKind) (Kind, bool) {
	i := slices.IndexFunc(s.Kinds, func(k Kind) bool { return k.Type == t })
	if i < 0 {
		return Kind{}, false
	}
	return s.Kinds[i], true
}

// checkName says what is wrong with a name: ErrNotARN where it is none at all.
func (s *Service) checkName(name string) error {
	if lower := strings.ToLower(name); lower != name && s.Names.MatchString(lower) {
		return fmt.Errorf("must be in lower case, as %s keeps its names", s.Title)
	}
	if len(name) > s.LongestName || !s.Names.MatchString(name) {
		return ErrNotARN
	}
	return nil
}

// Owns says whether a network interface belongs to a protected resource. The
// clusters are those that a security group of the interface guards.
func Owns(i network.NetworkInterface, guarded []network.Cluster) bool {
	return slices.ContainsFunc(Services(), func(s *Service) bool { return s.Owns(i, guarded) })
}

// State is what the status of a resource comes to.
type State int

// What a status may come to.
const (
	Serving State = iota
	// Making is going to serve.
	Making
	// Ending is being deleted, or is.
	Ending
	// Broken failed when it was made, and does not come to serve by itself.
	Broken
)

// StateOf says what the status of a cluster comes to.
func StateOf(c network.Cluster) State {
	s := Of(c)
	switch {
	case slices.Contains(s.Making, c.Status):
		return Making
	case slices.Contains(s.Ending, c.Status):
		return Ending
	case slices.Contains(s.Broken, c.Status):
		return Broken
	default:
		return Serving
	}
}

// Of gives the service of a cluster; a service without a name where it is of none.
func Of(c network.Cluster) *Service {
	arn, _ := Split(c.ARN)
	return arn.Of()
}

// Noun names the kind of a cluster: "serverless cache".
func Noun(c network.Cluster) string {
	k, _ := Of(c).kind(c.Kind)
	return k.Noun
}

// Nouns names what an intent may protect of the service: "replication group, cache
// cluster or serverless cache".
func (s *Service) Nouns() string { return OrList(s.nouns()) }

func (s *Service) nouns() []string {
	var nouns []string
	for _, k := range s.Kinds {
		if k.Noun != "" {
			nouns = append(nouns, k.Noun)
		}
	}
	return nouns
}

// Titles names the services.
func Titles() string {
	var titles []string
	for _, s := range Services() {
		titles = append(titles, s.Title)
	}
	return OrList(titles)
}

// OrList joins words as in "a, b or c".
func OrList[T ~string](words []T) string {
	var text strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text.WriteString(" or ")
		default:
			text.WriteString(", ")
		}
		text.WriteString(string(word))
	}
	return text.String()
}
