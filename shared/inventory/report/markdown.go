// Package report shows an inventory to people: as Markdown, and as one HTML page that
// needs nothing beside it.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plaintext"
)

// Report is what is shown.
type Report struct {
	Clusters []inventory.Cluster
	// Where names what was looked at, At is when.
	Where string
	At    time.Time
	// Unread says what could not be read.
	Unread []string
}

// most is how many exposures are listed first.
const most = 10

// Markdown gives the report for a wiki or a comment.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Who can reach which cluster\n\n%s, %s.\n\n", escaped(r.Where), r.At.UTC().Format("2006-01-02 15:04 UTC"))
	for _, c := range r.counts() {
		fmt.Fprintf(&b, "- %s: **%d**\n", c.label, c.n)
	}
	for _, u := range r.Unread {
		fmt.Fprintf(&b, "- could not be read: %s\n", escaped(u))
	}
	if top := inventory.Top(r.Clusters, most); len(top) > 0 {
		b.WriteString("\n## Top exposures\n\n| severity | cluster | source | path | rule | reachable |\n|---|---|---|---|---|---|\n")
		for _, t := range top {
			row := accessRow(t.Cluster, t.Access)
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", t.Access.Exposure, escaped(t.Cluster.Name), escaped(row.source), row.path, escaped(row.rule), row.reachable)
		}
	}
	if ends := r.ends(); len(ends) > 0 {
		b.WriteString("\n## What expires\n\n| when | cluster | intent | owner |\n|---|---|---|---|\n")
		for _, e := range ends {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", e.When, escaped(e.Cluster), escaped(e.Intent), escaped(e.Owner))
		}
	}
	for _, c := range r.Clusters {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", escaped(c.Name), escaped(about(c)))
		if len(c.Accesses) == 0 {
			b.WriteString(nobody(c) + "\n")
			continue
		}
		b.WriteString("| source | path | ports | rule | declared by | reachable |\n|---|---|---|---|---|---|\n")
		for _, a := range c.Accesses {
			row := accessRow(c, a)
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", escaped(row.source), row.path, row.ports, escaped(row.rule), escaped(row.declared), escaped(row.reachable))
		}
	}
	return b.String()
}

// row is one access in words.
type row struct{ source, path, ports, rule, declared, reachable string }

func accessRow(c inventory.Cluster, a inventory.Access) row {
	r := row{source: a.Rule.Peer.String(), path: a.PathText(), ports: joined(a.Ports), rule: a.Rule.ID, declared: DeclaredText(a), reachable: ReachableText(a.Reachable)}
	if a.Name != "" {
		r.source += " (" + a.Name + ")"
	}
	if behind := BehindText(a); behind != "" {
		r.source += ": " + behind
	}
	if r.path == "" {
		r.path = "none"
	}
	if a.Group == "" {
		r.rule = "public endpoint"
	} else if a.Wider(c.Cluster) {
		r.rule += " (" + change.PortsOf(a.Rule) + ")"
	}
	if a.Why != "" && a.Group != "" {
		r.reachable += ": " + a.Why
	}
	return r
}

// DeclaredText says who declared an access.
func DeclaredText(a inventory.Access) string {
	names := strings.Join(a.Intents, ", ")
	switch {
	case a.Declared && names == "":
		return "another cluster's intents"
	case a.Declared:
		return names
	case names != "":
		return "in part: " + names
	default:
		return "nobody"
	}
}

// ReachableText says whether traffic gets through.
func ReachableText(t network.Tri) string {
	return map[network.Tri]string{network.On: "yes", network.Off: "no", network.Unknown: "unknown"}[t]
}

// BehindText says who stands behind a source in a few words: what its interfaces are, and
// how many wear a group.
func BehindText(a inventory.Access) string {
	const shown = 3
	parts := a.Behind[:min(shown, len(a.Behind))]
	if more := len(a.Behind) - len(parts); more > 0 {
		parts = append(append([]string{}, parts...), fmt.Sprintf("and %d more", more))
	}
	text := strings.Join(parts, "; ")
	if a.Rule.Peer.SecurityGroup == "" {
		return text
	}
	members := fmt.Sprintf("%d interfaces", len(a.Members))
	switch {
	case len(a.Members) == 0 && a.MembersUnread:
		members = "who wears it is unknown"
	case len(a.Members) == 0:
		members = "no interface wears it"
	case len(a.Members) == 1:
		members = "1 interface"
	}
	if text == "" {
		return members
	}
	return members + ", " + text
}

// about describes a cluster in one line.
func about(c inventory.Cluster) string {
	parts := []string{string(c.Kind), c.Engine, c.Unit.String(), "encryption in transit " + orUnknown(string(c.TransitEncryption)), "authentication " + orUnknown(string(c.Authentication))}
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func nobody(c inventory.Cluster) string {
	if len(c.Unread) > 0 {
		return "The rules of " + strings.Join(c.Unread, ", ") + " could not be read."
	}
	return "No rule lets anybody in."
}

func joined(ports []uint16) string {
	var out []string
	for _, p := range ports {
		out = append(out, fmt.Sprint(p))
	}
	return strings.Join(out, ", ")
}

// count is a number that is told at the top.
type count struct {
	label string
	n     int
	// bad says that people should look where the number is not zero.
	bad bool
}

func (r Report) counts() []count {
	s := inventory.Summarize(r.Clusters)
	return []count{
		{"clusters", s.Clusters, false},
		{"VPCs", s.Units, false},
		{"rules that open ports of a cluster", s.Rules, false},
		{"of these, declared by nobody", s.Undeclared, true},
		{"open in the rules and not reachable", s.Unreachable, false},
		{"reachable or not, unknown", s.Unknown, true},
		{"clusters open to every address", s.Everywhere, true},
		{"clusters that take clients without TLS", s.NoTLS, true},
		{"clusters without authentication", s.NoAuthentication, true},
	}
}

// end is an intent that expires.
type end struct{ When, Cluster, Intent, Owner string }

// soonest is how many of the next ends are listed.
const soonest = 25

func (r Report) ends() []end {
	type one struct {
		at time.Time
		end
	}
	var all []one
	for _, c := range r.Clusters {
		for _, i := range c.Ends {
			all = append(all, one{i.ExpiresAt, end{i.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"), c.Name, i.Name, i.Owner}})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return a.at.Compare(b.at) })
	var out []end
	for _, e := range all[:min(soonest, len(all))] {
		out = append(out, e.end)
	}
	return out
}

func clean(text string) string { return plaintext.Clean(text) }

func escaped(text string) string { return plaintext.Markdown(text) }
