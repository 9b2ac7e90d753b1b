package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/inventory/report"
	"github.com/cachegate/cachegate/shared/network"
)

// printCluster prints a cluster and all who can reach it.
func (p *inventoried) printCluster(c inventory.Cluster) {
	s := p.screen
	s.rule(lightLine, c.Name, c.Unit.String())
	s.line(0, in(faint, "%s", strings.Join(aboutCluster(c), "  ")))
	rows := accessLines(c, s.plain())
	widths := make([]int, columnsOfAccess)
	for _, r := range rows {
		for i, cell := range r.cells {
			widths[i] = max(widths[i], ansi.StringWidth(clean(cell.text)))
		}
	}
	for _, r := range rows {
		var line []span
		for i, cell := range r.cells {
			line = append(line, padded([]span{cell}, widths[i])...)
		}
		s.hanging(0, 2, line...)
		if p.flags.verbose || len(r.detail) < manyDetails {
			for _, d := range r.detail {
				s.hanging(2, 4, d)
			}
			continue
		}
		for _, d := range r.detail[:manyDetails-1] {
			s.hanging(2, 4, d)
		}
	}
	if len(c.Accesses) == 0 && len(c.Unread) == 0 {
		s.line(0, in(good, "✓"), say(" no rule lets anybody in"))
	}
	for _, g := range c.Unread {
		s.line(0, in(caution, "?"), say(" the rules of %s could not be read: who can reach the cluster is unknown", g))
	}
	s.blank()
}

const (
	columnsOfAccess = 6
	// manyDetails is how many lines stand below an access without --verbose, and one more.
	manyDetails = 5
)

func aboutCluster(c inventory.Cluster) []string {
	known := func(label, text string) string {
		if text == "" {
			text = "unknown"
		}
		return label + " " + text
	}
	out := []string{string(c.Kind)}
	if c.Engine != "" {
		out = append(out, c.Engine)
	}
	return append(out, known("TLS", string(c.TransitEncryption)), known("authentication", string(c.Authentication)))
}

// accessLine is one line of the table with what stands below it.
type accessLine struct {
	cells  []span
	detail []span
}

func accessLines(c inventory.Cluster, exact bool) []accessLine {
	if len(c.Accesses) == 0 {
		return nil
	}
	out := []accessLine{{cells: []span{
		in(faint, "REACHABLE"), in(faint, "SOURCE"), in(faint, "PATH"), in(faint, "PORTS"), in(faint, "RULE"), in(faint, "DECLARED BY"),
	}}}
	for _, a := range c.Accesses {
		out = append(out, lineOf(c, a, exact))
	}
	return out
}

func lineOf(c inventory.Cluster, a inventory.Access, exact bool) accessLine {
	path := a.PathText()
	if path == "" {
		path = "none"
	}
	rule := a.Rule.ID
	if a.Group == "" {
		rule = "public endpoint"
	}
	declared := in(caution, "%s", report.DeclaredText(a))
	if a.Declared {
		declared.tone = good
	} else if a.Exposure == finding.Critical || a.Exposure == finding.High {
		declared.tone = bad
	}
	source := a.Rule.Peer.String()
	if a.Name != "" {
		source += " (" + a.Name + ")"
	}
	l := accessLine{cells: []span{reachableSpan(a), in(strong, "%s", source), say("%s", path), say("%s", portList(a.Ports)), say("%s", rule), declared}}
	add := func(t tone, format string, args ...any) { l.detail = append(l.detail, in(t, format, args...)) }
	if behind := report.BehindText(a); behind != "" {
		add(normal, "%s", behind)
	}
	if a.Group != "" && a.Wider(c.Cluster) {
		add(caution, "the rule opens more than the cluster's ports: %s", change.PortsOf(a.Rule))
	}
	if len(a.Parts) > 1 || len(a.Parts) == 1 && a.Parts[0].String() != a.Rule.Peer.String() {
		add(faint, "of it, %s", fewParts(a, exact))
	}
	if a.Why != "" {
		add(faint, "%s", a.Why)
	}
	return l
}

func portList(ports []uint16) string {
	var out []string
	for _, p := range ports {
		out = append(out, fmt.Sprint(p))
	}
	return strings.Join(out, ",")
}

func fewParts(a inventory.Access, all bool) string {
	const shown = 3
	var parts []string
	for i, p := range a.Parts {
		if i == shown && !all {
			return strings.Join(parts, ", ") + fmt.Sprintf(" and %d more", len(a.Parts)-shown)
		}
		parts = append(parts, p.String())
	}
	return strings.Join(parts, ", ")
}

func reachableSpan(a inventory.Access) span {
	switch a.Reachable {
	case network.On:
		return in(normal, "● yes")
	case network.Off:
		return in(faint, "○ no")
	default:
		return in(caution, "? unknown")
	}
}

// printSummary counts, and names the worst.
func (p *inventoried) printSummary() {
	s := p.screen
	if !s.plain() {
		s.rule(heavyLine, "summary", "")
	}
	n := inventory.Summarize(p.report.Clusters)
	s.line(0, say("%s in %s; %s, %s", count(n.Clusters, "cluster"), count(n.Units, "VPC"), count(n.Rules, "rule"), fmt.Sprintf("%d of them declared by nobody", n.Undeclared)))
	if n.Unreachable > 0 {
		s.line(0, say("%s open in the rules and not reachable: routes or network ACLs stop it", count(n.Unreachable, "rule")))
	}
	if n.Unknown > 0 {
		s.line(0, in(caution, "?"), say(" of %s it is unknown whether traffic gets through", count(n.Unknown, "rule")))
	}
	if n.Everywhere > 0 {
		s.line(0, in(bad, "✗"), say(" %s open to every address", count(n.Everywhere, "cluster")))
	}
	if n.NoTLS > 0 {
		s.line(0, in(caution, "!"), say(" %s taking clients without TLS", count(n.NoTLS, "cluster")))
	}
	if n.NoAuthentication > 0 {
		s.line(0, in(caution, "!"), say(" %s without authentication", count(n.NoAuthentication, "cluster")))
	}
}
