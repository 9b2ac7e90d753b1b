package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/record"
)

// standingView is a rule or a route as show prints it with --json.
type standingView struct {
	Name string `json:"name"`
	// Whose is cachegate, others, gone or unknown.
	Whose string `json:"whose"`
	// What it is in words, and where.
	What    string `json:"what,omitempty"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Status is that of cachegate's claim.
	Status   string         `json:"status,omitempty"`
	Since    string         `json:"since,omitempty"`
	Tag      string         `json:"tag,omitempty"`
	Holders  []holderView   `json:"holders"`
	Ends     string         `json:"ends"`
	Changes  []recordedView `json:"changes"`
	Findings []findingView  `json:"findings"`
}

// holderView is an intent that holds a claim.
type holderView struct {
	Intent string `json:"intent"`
	ARN    string `json:"arn"`
	Unit   string `json:"unit"`
	// State is live, expired, not-started or invalid; empty where it is no longer declared.
	State  string `json:"state,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`
}

// Whose a rule or a route is.
const (
	whoseOurs    = "cachegate"
	whoseOthers  = "others"
	whoseGone    = "gone"
	whoseUnknown = "unknown"
)

// showStanding says whose a rule or a route is.
func (a *app) showStanding(ctx context.Context, b *book, word string, found record.Standing, flags showFlags) error {
	v := standingView{Name: word, Whose: whoseUnknown, Holders: []holderView{}, Changes: recordedViews(found.Changes), Findings: []findingView{}}
	for _, f := range found.Findings {
		v.Findings = append(v.Findings, findingViewOf(f))
	}
	if found.Claimed {
		if err := a.ours(ctx, b, found, &v); err != nil {
			return err
		}
	} else {
		a.notOurs(ctx, b, found, flags, &v)
	}
	if flags.json {
		return a.printJSON(v)
	}
	a.screen().standing(v, found)
	return nil
}

// ours says what is known of a claim of cachegate's, and of the intents that hold it.
func (a *app) ours(ctx context.Context, b *book, found record.Standing, v *standingView) error {
	c := found.Claim
	v.Whose, v.What, v.Account, v.Region = whoseOurs, c.Noun(), c.Location.Account, c.Location.Region
	v.Status, v.Since, v.Tag = string(c.Status), utc(c.Created), c.Tag
	items, err := b.deployment.Intents().List(ctx)
	if err != nil {
		return live.Advise(err)
	}
	l := listing{set: intent.Parse(recordsOf(items), intent.Options{}), now: a.clock()}
	holders := c.Holders
	if len(holders) == 0 {
		holders = c.LastHolders
	}
	for _, h := range holders {
		if !h.Named() {
			continue
		}
		now := holderView{Intent: h.Intent.Short(), ARN: h.Intent.Cluster, Unit: h.Unit.String()}
		if declared := l.view(h.Intent); slices.ContainsFunc(keysOf(items), func(k intent.Key) bool { return k == h.Intent }) {
			now.State, now.Owner, now.Reason, now.Until = declared.State, declared.Owner, declared.Reason, declared.ExpiresAt
		}
		v.Holders = append(v.Holders, now)
	}
	v.Ends = endsOf(c, v.Holders)
	return nil
}

// endsOf says what would take a claim's rule or route away.
func endsOf(c change.Claim, holders []holderView) string {
	if len(c.Holders) == 0 {
		return "no intent holds it any longer: a run removes it as soon as it may"
	}
	var live, until []string
	for _, h := range holders {
		if h.State == stateLive || h.State == stateNotStarted || h.State == stateInvalid {
			live = append(live, h.Intent)
			if h.Until != "" {
				until = append(until, h.Until)
			}
		}
	}
	slices.Sort(until)
	switch {
	case len(live) == 0:
		return "none of its intents counts any longer: a run removes it as soon as it may"
	case len(until) == len(live):
		return "cachegate removes it at " + until[len(until)-1] + ", when the last of its intents ends, or when none declares it before"
	default:
		return "cachegate removes it once none of " + strings.Join(live, ", ") + " declares it (`cachegate intents delete`), or their cluster is gone"
	}
}

// notOurs says what can be found out about what no claim stands for.
func (a *app) notOurs(ctx context.Context, b *book, found record.Standing, flags showFlags, v *standingView) {
	if n := len(found.Changes); n > 0 {
		last := found.Changes[n-1]
		v.What, v.Account, v.Region = last.Requirement.Noun(), last.Location.Account, last.Location.Region
		if last.Rule.Protocol != "" {
			v.What = ruleText(last.Rule)
		}
		if !last.Opens() && last.Outcome == change.Applied {
			v.Whose, v.Ends = whoseGone, "cachegate removed it at "+utc(last.At)
		}
	}
	if flags.recorded || !ruleWord.MatchString(v.Name) {
		if v.Whose == whoseUnknown {
			v.Ends = "no claim in the ledger stands for it, so cachegate removes it only where a policy revokes what is undeclared, or an intent declares it closed"
		}
		return
	}
	a.lookFor(ctx, b, v)
}

// lookFor reads a rule that is in no claim from the accounts of the deployment.
func (a *app) lookFor(ctx context.Context, b *book, v *standingView) {
	session, err := a.liveSession(b.deployment, false)
	if err != nil {
		return
	}
	rule, at, ok, unread := observe.RuleByID(ctx, session.Clients, session.Runner.Locations, v.Name)
	for _, err := range unread {
		fmt.Fprintln(a.stderr, "warning: "+clean(live.Told(err).Error()))
	}
	switch {
	case ok:
		v.Whose, v.What, v.Account, v.Region, v.Tag = whoseOthers, ruleText(rule), at.Account, at.Region, rule.Tags[change.ManagedTag]
		v.Ends = "it is not cachegate's: it is removed only where a policy revokes what is undeclared, or an intent declares its source closed"
		if v.Tag != "" {
			v.Ends = "its tag says that a deployment of cachegate made it, and no claim here stands for it: `cachegate findings` lists such rules"
		}
	case len(unread) == 0 && v.Whose == whoseUnknown:
		v.Whose, v.Ends = whoseGone, "no account and Region of the deployment has such a rule, and the record knows nothing of it"
	}
}

func ruleText(r network.Rule) string {
	text := fmt.Sprintf("the rule of %s for %s from %s", r.SecurityGroup, change.PortsOf(r), r.Peer)
	if r.Description != "" {
		text += fmt.Sprintf(" (%q)", r.Description)
	}
	return text
}

func (s *screen) standing(v standingView, found record.Standing) {
	whose := map[string]span{
		whoseOurs: in(good, "cachegate's"), whoseOthers: in(caution, "not cachegate's"), whoseGone: in(faint, "not there"),
		whoseUnknown: in(caution, "no claim stands for it"),
	}[v.Whose]
	s.hanging(0, 4, in(accent, "%s", v.Name), say("  "), whose)
	if v.What != "" {
		where := ""
		if v.Account != "" {
			where = ", in " + v.Account + "/" + v.Region
		}
		s.labelled("what", v.What+where)
	}
	if v.Since != "" {
		s.labelled("since", s.when(found.Claim.Created)+", "+v.Status)
		if by := found.Claim.AdoptedBy; by != "" {
			s.labelled("adopted", "by "+by+": cachegate did not make it")
		}
	}
	label := "for"
	for _, h := range v.Holders {
		s.labelled(label, holderText(h))
		label = ""
	}
	if v.Tag != "" {
		s.labelled("tag", change.ManagedTag+"="+v.Tag)
	}
	s.labelled("ends", v.Ends)
	for _, f := range found.Findings {
		s.hanging(0, 10, append(padded([]span{in(faint, "finding")}, 8), in(accent, "%s", f.Handle()), say("  %s", f.Title))...)
	}
	s.recordedList("history", found.Changes)
}

func holderText(h holderView) string {
	parts := []string{h.Intent}
	switch {
	case h.State == "":
		parts = append(parts, "no longer declared")
	case h.State != stateLive:
		parts = append(parts, h.State)
	}
	if h.Owner != "" {
		parts = append(parts, "owner "+h.Owner)
	}
	if h.Reason != "" {
		parts = append(parts, fmt.Sprintf("%q", h.Reason))
	}
	if h.Until != "" {
		parts = append(parts, "until "+h.Until)
	}
	return strings.Join(parts, ", ")
}
