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
	open := p.openNow()
	if len(closes) <= limit.Of(open) {
		return
	}
	for _, c := range closes {
		c.keep(change.GuardMaxCloses, fmt.Sprintf("this run would close %d of the %d rules and routes that are open, more than the policy's maxCloses of %s; it waits for a person", len(closes), open, limit))
	}
	p.findings = append(p.findings, p.tripped(closes, open, limit))
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

func (p *planner) tripped(closes []*closing, open int, limit intent.Limit) finding.Finding {
	texts := make([]string, 0, len(closes))
	hash := sha256.New()
	for _, c := range closes {
		texts = append(texts, c.change.Sentence())
	}
	slices.Sort(texts)
	for _, text := range texts {
		fmt.Fprintln(hash, text)
	}
	f := p.finding(finding.ChangeRefused, "", string(change.GuardMaxCloses))
	f.Severity = finding.High
	f.Title = fmt.Sprintf("%d closes in %s wait for a person: they are more than maxCloses allows", len(closes), p.Unit)
	f.Detail = fmt.Sprintf("%d of %d rules and routes would close in one run, and maxCloses is %s (list %s)", len(closes), open, limit, hex.EncodeToString(hash.Sum(nil)[:8]))
	shown := texts
	if len(shown) > shownCloses {
		shown = shown[:shownCloses]
	}
	f.Detail += ": " + strings.Join(shown, "; ")
	if left := len(texts) - len(shown); left > 0 {
		f.Detail += fmt.Sprintf("; and %d more", left)
	}
	f.Fix = "check the intents and policies that changed last, and the list with cachegate plan; if it is right, raise maxCloses in the policy until it is done"
	return f
}
