package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// breaker withholds every close of a run that would take away more than maxCloses
// allows, whatever the reason of each: an emptied table, a wrong year in many intents
// and a deleted cluster look alike. Nothing of it is closed until a person agreed.
func (p *planner) breaker() {
	var closes []*closing
	limit := p.policy(intent.Everything).MaxCloses
	first := true
	for _, c := range p.closes {
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
	t := change.Tripped{At: p.Now, Limit: limit.String(), Closes: sentences(closes)}
	t.Hash = hashOf(t.Closes)
	var why string
	switch {
	case len(closes) > limit.Of(open):
		why = fmt.Sprintf("this run would close %d of the %d rules and routes that are open, more than the policy's maxCloses of %s", len(closes), open, limit)
	case p.overAll(limit, len(closes)), p.stillTripped(t):
		t.Deployment = true
		// Without numbers, which differ from run to run: people hear of it once.
		why = fmt.Sprintf("with what other units closed lately, this would be more than the policy's maxCloses of %s", limit)
	default:
		return
	}
	if t.Hash == p.Tripped.Hash {
		t.At = p.Tripped.At
	}
	for _, c := range closes {
		c.keep(change.GuardMaxCloses, why+"; it waits for a person")
	}
	p.tripped = t
	p.findings = append(p.findings, p.trippedFinding(why))
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
// alone lets nothing through, only a person who changes the limit.
func (p *planner) stillTripped(now change.Tripped) bool {
	return p.Tripped.Deployment && p.Tripped.Limit == now.Limit &&
		slices.ContainsFunc(now.Closes, func(text string) bool { return slices.Contains(p.Tripped.Closes, text) })
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

// shownCloses is how many of the closes that wait are named in a message.
const shownCloses = 10

func sentences(closes []*closing) []string {
	texts := make([]string, 0, len(closes))
	for _, c := range closes {
		texts = append(texts, c.change.Sentence())
	}
	slices.Sort(texts)
	return texts
}

func hashOf(texts []string) string {
	hash := sha256.New()
	for _, text := range texts {
		fmt.Fprintln(hash, text)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

func (p *planner) trippedFinding(why string) finding.Finding {
	closes := p.tripped.Closes
	f := p.finding(finding.ChangeRefused, "", string(change.GuardMaxCloses))
	f.Severity = finding.High
	f.Title = fmt.Sprintf("%d closes in %s wait for a person: they are more than maxCloses allows", len(closes), p.Unit)
	shown := closes
	if len(shown) > shownCloses {
		shown = shown[:shownCloses]
	}
	f.Detail = fmt.Sprintf("%s (list %s): %s", why, p.tripped.Hash, strings.Join(shown, "; "))
	if left := len(closes) - len(shown); left > 0 {
		f.Detail += fmt.Sprintf("; and %d more", left)
	}
	f.Fix = "check the intents and policies that changed last, and the list with cachegate plan; if it is right, raise maxCloses in the policy until it is done"
	return f
}
