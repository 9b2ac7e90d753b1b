package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Row is one access as programs read it: the fields of --json are stable.
type Row struct {
	Cluster        string `json:"cluster"`
	ARN            string `json:"arn"`
	Unit           string `json:"unit"`
	Engine         string `json:"engine,omitempty"`
	Encryption     string `json:"encryption,omitempty"`
	Authentication string `json:"authentication,omitempty"`

	// Source is the rule's peer as an intent would name it; empty where no rule lets
	// anybody in, or none could be read.
	Source     string   `json:"source"`
	SourceName string   `json:"sourceName,omitempty"`
	Path       string   `json:"path"`
	Via        string   `json:"via,omitempty"`
	Parts      []string `json:"parts,omitempty"`
	Group      string   `json:"group,omitempty"`
	Rule       string   `json:"rule"`
	Ports      []uint16 `json:"ports"`
	// RulePorts is what the rule opens; it may be more than the cluster's ports.
	RulePorts   string `json:"rulePorts,omitempty"`
	Description string `json:"description,omitempty"`
	Declared    bool   `json:"declared"`
	// Intents are those that declare some of it.
	Intents []string `json:"intents,omitempty"`
	// Reachable is true, false or "unknown".
	Reachable  any         `json:"reachable"`
	Why        string      `json:"why,omitempty"`
	Interfaces []Interface `json:"interfaces,omitempty"`
	Behind     []string    `json:"behind,omitempty"`
	Exposure   string      `json:"exposure,omitempty"`
}

// Interface is one that wears the source group.
type Interface struct {
	ID       string `json:"id"`
	Address  string `json:"address,omitempty"`
	VPC      string `json:"vpc,omitempty"`
	Type     string `json:"type,omitempty"`
	Instance string `json:"instance,omitempty"`
}

// Rows gives the accesses of a cluster. One that nobody can reach has one row without a
// source, and so has each of its groups that could not be read: every cluster is seen.
func (c Cluster) Rows() []Row {
	base := Row{
		Cluster: c.Name, ARN: c.ARN, Unit: c.Unit.String(), Engine: c.Engine, Encryption: string(c.TransitEncryption),
		Authentication: string(c.Authentication), Ports: c.Ports,
	}
	var out []Row
	for _, a := range c.Accesses {
		out = append(out, base.with(c, a))
	}
	for _, group := range c.Unread {
		r := base
		r.Group, r.Reachable, r.Why = group, "unknown", fmt.Sprintf("the rules of %s could not be read", group)
		out = append(out, r)
	}
	if len(out) == 0 {
		r := base
		r.Reachable, r.Why = false, "no rule lets anybody in"
		out = append(out, r)
	}
	return out
}

// with fills in one access.
func (r Row) with(c Cluster, a Access) Row {
	r.Source, r.SourceName = a.Rule.Peer.String(), a.Name
	r.Path, r.Via, r.Group, r.Rule, r.Ports = a.PathText(), a.Via, a.Group, a.Rule.ID, a.Ports
	if a.Group == "" {
		r.Rule = "public endpoint"
	}
	for _, p := range a.Parts {
		if text := p.String(); text != r.Source {
			r.Parts = append(r.Parts, text)
		}
	}
	if a.Wider(c.Cluster) && a.Group != "" {
		r.RulePorts = change.PortsOf(a.Rule)
	}
	r.Description, r.Declared, r.Intents, r.Reachable, r.Why = a.Rule.Description, a.Declared, a.Intents, tri(a.Reachable), a.Why
	r.Behind, r.Exposure = a.Behind, strings.ToLower(string(a.Exposure))
	for _, i := range a.Members {
		v := Interface{ID: i.ID, VPC: i.VPC, Type: i.Type, Instance: i.Instance}
		if len(i.Addresses) > 0 {
			v.Address = i.Addresses[0].String()
		}
		r.Interfaces = append(r.Interfaces, v)
	}
	return r
}

// PathText names the path; that to a public endpoint is the internet.
func (a Access) PathText() string {
	if a.Group == "" {
		return "internet"
	}
	return string(a.Path)
}

func tri(t network.Tri) any {
	switch t {
	case network.On:
		return true
	case network.Off:
		return false
	default:
		return "unknown"
	}
}

// Summary counts what an inventory holds.
type Summary struct {
	Units, Clusters int
	// Rules open ports of clusters; the others are some of them. A rule that opens ports of
	// several clusters counts for each.
	Rules, Undeclared, Unreachable, Unknown int
	// Everywhere are clusters that let every address in, or whose endpoint is public.
	Everywhere int
	// NoTLS and NoAuthentication are clusters that ElastiCache says so of.
	NoTLS, NoAuthentication int
	// Unread are clusters of which some rules could not be read.
	Unread int
}

// Summarize counts.
func Summarize(clusters []Cluster) Summary {
	var s Summary
	units := map[network.Unit]bool{}
	for _, c := range clusters {
		if !c.Unit.IsPending() {
			units[c.Unit] = true
		}
		s.Clusters++
		s.Everywhere += one(slices.ContainsFunc(c.Accesses, Access.Everywhere))
		s.NoTLS += one(c.TransitEncryption == network.TLSOff || c.TransitEncryption == network.TLSPreferred)
		s.NoAuthentication += one(c.Authentication == network.AuthNone)
		s.Unread += one(len(c.Unread) > 0)
		best := map[string]network.Tri{}
		declared := map[string]bool{}
		for _, a := range c.Accesses {
			if was, ok := best[a.Rule.ID]; !ok || better(a.Reachable, was) {
				best[a.Rule.ID] = a.Reachable
			}
			declared[a.Rule.ID] = a.Declared
		}
		for id, reachable := range best {
			s.Rules++
			s.Undeclared += one(!declared[id])
			s.Unreachable += one(reachable == network.Off)
			s.Unknown += one(reachable == network.Unknown)
		}
	}
	s.Units = len(units)
	return s
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Exposed is an access and its cluster.
type Exposed struct {
	Cluster Cluster
	Access  Access
}

// Top gives at most n accesses that nobody declared and that get through, or may: the most
// severe first.
func Top(clusters []Cluster, n int) []Exposed {
	var out []Exposed
	for _, c := range clusters {
		for _, a := range c.Accesses {
			if !a.Declared && a.Reachable != network.Off {
				out = append(out, Exposed{c, a})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Exposed) int {
		return cmp.Or(
			cmp.Compare(rank(y.Access.Exposure), rank(x.Access.Exposure)), cmp.Compare(y.Access.Reachable, x.Access.Reachable),
			cmp.Compare(x.Cluster.Name, y.Cluster.Name), cmp.Compare(x.Access.Rule.ID, y.Access.Rule.ID),
		)
	})
	return out[:min(n, len(out))]
}

func rank(s finding.Severity) int {
	return slices.Index([]finding.Severity{finding.Low, finding.Medium, finding.High, finding.Critical}, s)
}

// OutsideVPCs is a cluster of which nobody knows the VPC: it is being made, or what says
// where it is could not be read.
func OutsideVPCs(c network.Cluster) Cluster {
	out := Cluster{Cluster: c, Unit: network.PendingUnit(c.Location)}
	if c.Public {
		out.Accesses = []Access{public(c)}
	} else {
		out.Unread = []string{"groups of a VPC that is not known"}
	}
	return out
}

// Stands says whether an ARN is the cluster's, or that of one of its nodes.
func (c Cluster) Stands(arn string) bool {
	return c.ARN == arn || slices.ContainsFunc(resource.Nodes(c.Cluster), func(n resource.ARN) bool { return n.String() == arn })
}
