// Package planreport shows what runs would do as Markdown, for a comment on a pull request:
// counts, who gains and loses access, what is wrong, and the hashes of the plans. The same
// plans give the same text.
//
// It decides nothing: it words what was planned.
package planreport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/plaintext"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// Marker is the first line: by it a comment that is there already is found.
const Marker = "<!-- cachegate plan -->"

// cluster is what the plans mean for one cluster.
type cluster struct {
	name         string
	gains, loses []string
	broken       []string
}

// Markdown words plans, and what is wrong with single items of the file that they are of.
func Markdown(reports []reconcile.Report, problems []intent.Problem) string {
	var b strings.Builder
	b.WriteString(Marker + "\n### " + headline(reports, problems) + "\n")
	writeProblems(&b, problems)
	writeClusters(&b, reports)
	writeWarnings(&b, reports)
	writeChanges(&b, reports)
	return b.String()
}

// headline counts.
func headline(reports []reconcile.Report, problems []intent.Problem) string {
	opens, closes, held := 0, 0, 0
	for _, r := range reports {
		for _, c := range r.Changes {
			switch {
			case c.Outcome == change.Refused:
				held++
			case c.Opens():
				opens++
			default:
				closes++
			}
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{{opens, "to open"}, {closes, "to close"}, {held, "held back"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
		}
	}
	text := "cachegate: " + strings.Join(parts, ", ")
	if len(parts) == 0 {
		text = "cachegate: no change"
	}
	if len(problems) > 0 {
		text += fmt.Sprintf("; %d wrong", len(problems))
	}
	return text
}

func writeProblems(b *strings.Builder, problems []intent.Problem) {
	if len(problems) == 0 {
		return
	}
	b.WriteString("\n**Wrong items** open nothing new, and keep what they have:\n\n")
	for _, p := range problems {
		fmt.Fprintf(b, "- %s\n", plaintext.Markdown(p.Error()))
	}
}

// writeClusters says who gains and who loses access, cluster by cluster.
func writeClusters(b *strings.Builder, reports []reconcile.Report) {
	clusters := clustersOf(reports)
	if len(clusters) == 0 {
		return
	}
	b.WriteString("\n| cluster | gains access | loses access | not as declared |\n|---|---|---|---|\n")
	for _, c := range clusters {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", plaintext.Markdown(c.name), cell(c.gains), cell(c.loses), cell(c.broken))
	}
}

func cell(texts []string) string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, plaintext.Markdown(t))
	}
	return strings.Join(out, "<br>")
}

func clustersOf(reports []reconcile.Report) []cluster {
	found := map[string]*cluster{}
	of := func(arn string) *cluster {
		if found[arn] == nil {
			found[arn] = &cluster{name: intent.ShortName(arn)}
		}
		return found[arn]
	}
	for _, r := range reports {
		changed := map[intent.Key]bool{}
		for _, c := range r.Changes {
			switch {
			case c.Outcome == change.Refused:
				continue
			case !c.Opens() && c.Kind == change.Rule:
				for _, arn := range guarded(r, c) {
					of(arn).lose(c)
				}
			}
			for _, k := range c.Intents {
				changed[k] = true
			}
		}
		for _, j := range r.After {
			text := fmt.Sprintf("%s (%s)", sources(j.Intent), j.Intent.Name)
			switch {
			case j.Satisfied:
			case changed[j.Key()] && j.Intent.Access == intent.Closed: // those whom it shuts out are told
			case changed[j.Key()]:
				c := of(j.Intent.Cluster)
				c.gains = append(c.gains, text)
			default:
				c := of(j.Intent.Cluster)
				c.broken = append(c.broken, fmt.Sprintf("%s: %s", text, j.State))
			}
		}
	}
	out := make([]cluster, 0, len(found))
	for _, c := range found {
		slices.Sort(c.gains)
		slices.Sort(c.loses)
		slices.Sort(c.broken)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b cluster) int { return cmp.Compare(a.name, b.name) })
	return out
}

func (c *cluster) lose(ch change.Change) {
	peer := ch.Rule.Peer.String()
	if peer == "" {
		peer = ch.Peer.String()
	}
	if text := fmt.Sprintf("%s (%s)", peer, ch.Reason); !slices.Contains(c.loses, text) {
		c.loses = append(c.loses, text)
	}
}

// guarded are the clusters of the group at which a change is made.
func guarded(r reconcile.Report, c change.Change) []string {
	var out []string
	if r.Snapshot == nil {
		return nil
	}
	for arn, k := range r.Snapshot.Clusters {
		for _, m := range k.SecurityGroups {
			if m.SecurityGroup == c.Resource {
				out = append(out, arn)
			}
		}
	}
	slices.Sort(out)
	return out
}

// sources gives the sources of an intent, and its path.
func sources(i intent.Intent) string {
	const shown = 3
	var parts []string
	for n, s := range i.Sources {
		if n == shown {
			parts = append(parts, fmt.Sprintf("%d more", len(i.Sources)-shown))
			break
		}
		parts = append(parts, s.String())
	}
	text := strings.Join(parts, ", ")
	if i.Path != "" {
		text += " over " + string(i.Path)
	}
	return text
}

// writeWarnings tells the findings that people should look at before they merge.
func writeWarnings(b *strings.Builder, reports []reconcile.Report) {
	var lines []string
	for _, r := range reports {
		for _, f := range r.Live {
			if f.Severity == finding.Critical || f.Severity == finding.High {
				lines = append(lines, fmt.Sprintf("- **%s** %s", f.Severity, plaintext.Markdown(f.Title)))
			}
		}
		for _, c := range r.Changes {
			if c.Outcome == change.Refused {
				lines = append(lines, fmt.Sprintf("- **held back** %s: %s", plaintext.Markdown(c.Sentence()), plaintext.Markdown(c.Why)))
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	b.WriteString("\n**Look at this before you merge:**\n\n" + strings.Join(slices.Compact(lines), "\n") + "\n")
}

// writeChanges lists every change with its hash, folded away.
func writeChanges(b *strings.Builder, reports []reconcile.Report) {
	for _, r := range reports {
		if len(r.Changes) == 0 {
			fmt.Fprintf(b, "\n%s: nothing to do, plan `%s`\n", r.Unit, r.Hash)
			continue
		}
		fmt.Fprintf(b, "\n<details><summary>%s: %s, plan <code>%s</code></summary>\n\n", r.Unit, changes(len(r.Changes)), r.Hash)
		for _, c := range r.Changes {
			fmt.Fprintf(b, "- %s `%s` %s: %s", c.Outcome, c.Action, plaintext.Markdown(c.Sentence()), plaintext.Markdown(c.Because()))
			if c.Why != "" {
				fmt.Fprintf(b, "; %s", plaintext.Markdown(c.Why))
			}
			b.WriteString("\n")
		}
		b.WriteString("\n</details>\n")
	}
}

func changes(n int) string {
	if n == 1 {
		return "1 change"
	}
	return fmt.Sprintf("%d changes", n)
}
