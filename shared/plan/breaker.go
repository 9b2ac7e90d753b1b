package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// overLimit are closes of a run that are more than maxCloses allows.
type overLimit struct {
	closes []*closing
	limit  string
	// deployment says that they are too many together with those of other units.
	deployment bool
	why        string
	held       bool
}

// hold withholds all of them.
func (o *overLimit) hold() {
	o.held = true
	for _, c := range o.closes {
		c.keep(change.GuardMaxCloses, o.why+"; it waits for a person")
	}
}

// breaker withholds every close of a run that would take away more than maxCloses
// allows, whatever the reason of each: an emptied table, a wrong year in many intents
// and a deleted cluster look alike. Nothing of it is closed until a person agreed; what
// one agreed to, approvals looks at once more, when all that the plan makes is known.
func (p *planner) breaker() {
	var closes []*closing
	limit := p.policy(intent.Everything).MaxCloses
	first := true
	for _, c := range p.closes {
		if c.change.Reason == change.Undone {
			continue // a person asked for it, and saw the list
		}
		if !c.goes() {
			continue
		}
		closes = append(closes, c)
		for _, cluster := range p.concerned(&c.change) {
			if own := p.policy(cluster).MaxCloses; first {
				limit, first = own, false
			} else {
				limit = limit.Tighter(own)
			}
		}
	}
	if len(closes) == 0 {
		return
	}
	open := p.openNow()
	over := &overLimit{closes: closes, limit: limit.String()}
	switch {
	case len(closes) > limit.Of(open):
		over.why = fmt.Sprintf("this run would close %d of the %d rules and routes that are open, more than the policy's maxCloses of %s", len(closes), open, limit)
	case p.overAll(limit, len(closes)), p.stillTripped(over):
		over.deployment = true
		// Without numbers, which differ from run to run: people hear of it once.
		over.why = fmt.Sprintf("with what other units closed lately, this would be more than the policy's maxCloses of %s", limit)
	default:
		return
	}
	p.over = over
	if !p.Tripped.Approves(textsOf(changesOf(closes)), p.Now) {
		over.hold()
	}
}

// overAll says whether the closes of the whole deployment are too many with these. The
// limit is that for all clusters, or the unit's own where that allows more.
func (p *planner) overAll(own intent.Limit, closes int) bool {
	if p.Deployed == nil || p.Deployed.Closed == 0 {
		return false
	}
	open := p.Deployed.Open + p.Deployed.Closed // what was open when the closes began
	return p.Deployed.Closed+closes > max(own.Of(open), p.policy(intent.Everything).MaxCloses.Of(open))
}

// stillTripped says whether closes wait that were too many for the whole deployment: time
// alone lets nothing through, only a person who changes the limit or approves them.
func (p *planner) stillTripped(now *overLimit) bool {
	return p.Tripped.Deployment && p.Tripped.Limit == now.limit &&
		slices.ContainsFunc(sentencesOf(changesOf(now.closes)), func(text string) bool { return slices.Contains(p.Tripped.Waiting, text) })
}

// openNow counts what is open for the unit: its claims that stand, and what others put
// there and this plan would close.
func (p *planner) openNow() int {
	open := 0
	for _, v := range p.claims {
		if v.presence == change.Present && v.Concerns(p.Unit) {
			open++
		}
	}
	for _, c := range p.closes {
		if c.claim == nil {
			open++
		}
	}
	return open
}

// shownCloses is how many of the changes that wait are named in a message.
const shownCloses = 10

func changesOf(closes []*closing) []change.Change {
	out := make([]change.Change, 0, len(closes))
	for _, c := range closes {
		out = append(out, c.change)
	}
	return out
}

func sentencesOf(changes []change.Change) []string {
	return sortedTexts(changes, change.Change.Sentence)
}

func textsOf(changes []change.Change) []string { return sortedTexts(changes, change.Change.Text) }

func sortedTexts(changes []change.Change, text func(change.Change) string) []string {
	texts := make([]string, 0, len(changes))
	for _, c := range changes {
		texts = append(texts, text(c))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// trippedFinding tells of closes that are too many.
func (p *planner) trippedFinding(closes []string) finding.Finding {
	f := p.finding(finding.ChangeRefused, "", string(change.GuardMaxCloses))
	f.Severity = finding.High
	f.Title = fmt.Sprintf("%d closes in %s wait for a person: they are more than maxCloses allows", len(closes), p.Unit)
	f.Detail = fmt.Sprintf("%s (list %s): %s", p.over.why, p.tripped.Hash, shortened(closes)) + p.endedApproval()
	f.Fix = "check the intents and policies that changed last; " + p.howToApprove() + ", or raise maxCloses in the policy until it is done"
	return f
}

// shortened names the first of many things that wait.
func shortened(texts []string) string {
	shown := texts[:min(len(texts), shownCloses)]
	out := strings.Join(shown, "; ")
	if left := len(texts) - len(shown); left > 0 {
		out += fmt.Sprintf("; and %d more", left)
	}
	return out
}
