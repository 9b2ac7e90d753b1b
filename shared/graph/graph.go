// Package graph draws the ways to a cluster as pictures: a lane for each
// intent, from its sources to the cluster, in which broken hops stand out by
// shape and words, not by colour alone.
//
// It is pure: it draws what was judged and decides nothing.
package graph

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// Picture is what is drawn.
type Picture struct {
	// Cluster is the cluster's name.
	Cluster string
	// Judgements are those of its intents, in the order of the lanes.
	Judgements []access.Judgement
	// Undeclared are the findings of rules that let in whom nobody declared, drawn as
	// lanes after those of the intents.
	Undeclared []finding.Finding
}

// undeclared is the verdict of a rule that nobody declared: it lets traffic through, and
// should not.
const undeclared access.Verdict = "undeclared"

// carries says whether traffic goes on after a hop.
func carries(v access.Verdict) bool { return v == access.Pass || v == access.Advice || v == undeclared }

// lane is one intent, ready to be drawn.
type lane struct {
	title, sources, state string
	open                  bool
	hops                  []access.Hop
}

func (p Picture) lanes() []lane {
	out := make([]lane, 0, len(p.Judgements))
	for _, j := range p.Judgements {
		path := string(j.Path)
		if path == "" {
			path = "no path"
		}
		l := lane{
			title: fmt.Sprintf("%s (%s)", j.Intent.Name, path), sources: sourcesText(j.Intent.Sources),
			state: strings.ToUpper(string(j.State)), open: j.State == access.StateOpen,
		}
		if j.Intent.Access == intent.Closed {
			l.title += ", declared closed"
		}
		for _, h := range j.Hops {
			if h.Kind != access.HopCluster || h.Verdict != access.Pass {
				l.hops = append(l.hops, h)
			}
		}
		out = append(out, l)
	}
	for _, f := range p.Undeclared {
		out = append(out, lane{
			title: "nobody declares it (" + string(f.Severity) + ")", sources: f.About.Peer.String(), state: "OPEN", open: true,
			hops: []access.Hop{{Kind: access.HopIngress, Resource: f.Resource, Verdict: undeclared, Detail: f.Detail}},
		})
	}
	return out
}

func sourcesText(sources []intent.Source) string {
	const shown = 3
	var parts []string
	for i, s := range sources {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more", len(sources)-shown))
			break
		}
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}

// mark is the sign of a verdict, and its word: both are drawn.
func mark(v access.Verdict) (sign, word string) {
	switch v {
	case access.Pass:
		return "✓", "pass"
	case access.Advice:
		return "!", "advice"
	case undeclared:
		return "!", "UNDECLARED"
	case access.Pending:
		return "…", "pending"
	case access.Unknown:
		return "?", "unknown"
	default:
		return "✗", "FAIL"
	}
}

// summary is the short text of a hop's box: kind, resource and, where it does
// not pass, why.
func summary(h access.Hop) []string {
	lines := []string{strings.ReplaceAll(string(h.Kind), "security-group", "group"), h.Resource}
	if h.Verdict != access.Pass {
		lines = append(lines, wrap(h.Detail, 34, 4)...)
	}
	return lines
}

// wrap breaks a text into lines of a width, at most so many of them.
func wrap(text string, width, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for len([]rune(word)) > width {
			r := []rune(word)
			word = string(r[:width-1]) + "…"
		}
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	return lines
}
