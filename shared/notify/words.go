package notify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
)

// words are the texts of a finding, clean and short enough for every message.
type words struct {
	finding.Finding
	id, cluster, intent, resource, owner, actor, unit string
	account, region, vpc                              string
	title, detail, fix                                string
	done                                              []changeSummary
	// truncated are the fields that had to be cut.
	truncated []string
}

func newWords(n Note) words {
	f := n.Finding
	f.Kind, f.Status, f.Severity = finding.Kind(name(string(f.Kind))), finding.Status(name(string(f.Said()))), finding.Severity(name(string(f.Severity)))
	w := words{
		Finding: f, id: name(f.ID), cluster: name(f.Cluster), intent: name(f.Intent), resource: name(f.Resource),
		owner: name(f.Owner), actor: name(f.Actor), unit: name(f.Unit.String()),
		account: name(f.Unit.Account), region: name(f.Unit.Region), vpc: name(f.Unit.VPC),
	}
	field := func(what, text string, most int) string {
		short, wasCut := cut(clean(text), most)
		if wasCut {
			w.truncated = append(w.truncated, what)
		}
		return short
	}
	w.title = field("title", titleOf(n), maxTitle)
	w.detail = field("detail", f.Detail, maxDetail)
	w.fix = field("fix", f.Fix, maxFix)
	w.done = summaries(n)
	if len(w.done) > maxDone {
		w.done = w.done[:maxDone]
		w.truncated = append(w.truncated, "done")
	}
	return w
}

// over says whether what was found is so no longer. What only people can put right, and was
// told nowhere yet, happened all the same.
func (w words) over() bool {
	return w.Status == finding.Resolved || w.Status == finding.Done && w.Kind.Mender() != finding.ByPeople
}

// titleOf is the title of a note. Of what was found and put right at once, it is what was done:
// nobody heard that it was wrong.
func titleOf(n Note) string {
	f := n.Finding
	if f.Said() != finding.Done || f.Kind == finding.AccessClosed || f.Kind.Mender() == finding.ByPeople {
		return f.Title
	}
	var did []string
	because := ""
	for _, c := range n.Changes {
		if c.Outcome == change.Applied && ledger.Concerns(c, f) {
			p := c.Phrase()
			did, because = append(did, p.Did+" "+p.Object), c.Because()
		}
	}
	switch {
	case len(did) == 0:
		return "over before it was reported: " + f.Title
	case f.Intent != "":
		return intent.ShortName(f.Cluster) + "/" + f.Intent + ": " + strings.Join(did, "; ")
	default:
		return strings.Join(did, "; ") + ": " + because
	}
}

// headline is the finding on one line.
func (w words) headline() string {
	if w.Status == finding.Resolved {
		return fmt.Sprintf("[%s] %s, was: %s", w.Severity, w.Status, w.title)
	}
	return fmt.Sprintf("[%s] %s: %s", w.Severity, w.Status, w.title)
}

func (w words) subject() string {
	text := ascii(w.headline())
	if len(text) <= maxSubject {
		return text
	}
	const more = "..." // ASCII, as the subject has to be
	return text[:maxSubject-len(more)] + more
}

// attributes leave out what is empty: SNS refuses an empty value.
func (w words) attributes() map[string]string {
	all := map[string]string{
		"severity": string(w.Severity), "status": string(w.Status), "kind": string(w.Kind),
		"account": w.account, "region": w.region, "cluster": w.cluster, "intent": w.intent, "owner": w.owner,
	}
	for k, v := range all {
		if v = name(v); strings.TrimSpace(v) == "" {
			delete(all, k)
		} else {
			all[k] = v
		}
	}
	return all
}

// email tells a finding in at most fifteen lines.
func (w words) email() string {
	lines := []string{w.headline(), ""}
	add := func(label string, texts ...string) {
		label += ":"
		for _, text := range texts {
			short, _ := cut(fmt.Sprintf("%-8s %s", label, text), maxLine)
			lines = append(lines, short)
			label = ""
		}
	}
	what, impact := "What", "Impact"
	if w.over() {
		what, impact = "It was", "Now"
	}
	if w.Kind == finding.AccessClosed {
		what = "Why"
	}
	add(what, atMost(parts(w.detail), 4)...)
	add("Where", w.where())
	if who := w.who(); who != "" {
		add("Who", who)
	}
	add(impact, w.impact())
	if w.Kind != finding.AccessClosed { // its title says it
		add("Done", atMost(w.notInTitle(w.did()), 3)...)
	}
	add("Next", atMost(w.next(), 2)...)
	add("More", w.more())
	return strings.Join(lines, "\n")
}

// more is the command that shows all of it, with since when it is so.
func (w words) more() string {
	text := "cachegate show " + w.Handle()
	if !w.Since.IsZero() {
		text += " (since " + w.Since.UTC().Format("2006-01-02 15:04 MST") + ")"
	}
	return text
}

// notInTitle leaves out what the title says already.
func (w words) notInTitle(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(w.title, text) })
}

func (w words) where() string {
	var text []string
	switch {
	case w.intent != "" && w.cluster != "":
		text = append(text, "intent "+w.intent+" of "+intent.ShortName(w.cluster))
	case w.cluster != "":
		text = append(text, "cluster "+intent.ShortName(w.cluster))
	}
	if w.resource != "" && w.resource != w.vpc {
		text = append(text, w.resource)
	}
	return strings.Join(append(text, fmt.Sprintf("%s in %s of account %s", w.vpc, w.region, w.account)), ", ")
}

// who says whose change it was and whom it concerns, as far as that is known.
func (w words) who() string {
	var text []string
	if w.actor != "" {
		text = append(text, "changed by "+w.actor)
	}
	if w.owner != "" {
		text = append(text, "owner "+w.owner)
	}
	return strings.Join(text, ", ")
}

// did says what cachegate did about it.
func (w words) did() []string {
	if len(w.done) == 0 {
		return []string{"cachegate changed nothing for it"}
	}
	text := make([]string, 0, len(w.done))
	for _, d := range w.done {
		text = append(text, d.Text)
	}
	return text
}

// next says what people may do now.
func (w words) next() []string {
	if w.over() && w.Kind != finding.AccessClosed {
		return nil
	}
	if w.fix == "" {
		return []string{"nothing for now; cachegate checks again by itself"}
	}
	return parts(w.fix)
}

// mended says whether cachegate did what the finding asked for: close what should
// not be open, or else open.
func (w words) mended() bool {
	tooMuch := w.Kind.Mender() == finding.ByClosing
	return slices.ContainsFunc(w.done, func(d changeSummary) bool {
		return d.Outcome == string(change.Applied) && d.opens != tooMuch
	})
}

// impact says what the finding means for those who use the cluster.
func (w words) impact() string {
	switch {
	case w.Kind == finding.AccessClosed:
		return w.Kind.Impact()
	case w.over() && w.mended():
		return "it is over: cachegate fixed it"
	case w.over():
		return "it is over"
	}
	return w.Kind.Impact()
}
