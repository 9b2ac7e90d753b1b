package operate

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// View is what a replay prints for one event: the fields of --json are stable,
// and others rely on them.
type View struct {
	EventName string         `json:"eventName"`
	EventID   string         `json:"eventId,omitempty"`
	Time      string         `json:"time,omitempty"`
	Account   string         `json:"account,omitempty"`
	Region    string         `json:"region,omitempty"`
	Actor     string         `json:"actor,omitempty"`
	Ignored   string         `json:"ignored"`
	Resources []string       `json:"resources"`
	Units     []string       `json:"units"`
	Intents   []IntentView   `json:"intents"`
	Changes   []ChangeView   `json:"changes"`
	Findings  []FindingView  `json:"findings"`
	Calls     map[string]int `json:"calls,omitempty"`
}

// IntentView is an intent before and after a run. Hops are those before it.
type IntentView struct {
	Cluster   string    `json:"cluster"`
	Name      string    `json:"name"`
	Unit      string    `json:"unit"`
	Access    string    `json:"access"`
	Path      string    `json:"path"`
	Before    string    `json:"before"`
	After     string    `json:"after"`
	Satisfied bool      `json:"satisfied"`
	Hops      []HopView `json:"hops"`
	HopsAfter []HopView `json:"hopsAfter"`
}

// HopView is one hop.
type HopView struct {
	Kind     string   `json:"kind"`
	Resource string   `json:"resource"`
	Account  string   `json:"account,omitempty"`
	Region   string   `json:"region,omitempty"`
	Source   string   `json:"source,omitempty"`
	Side     string   `json:"side,omitempty"`
	Verdict  string   `json:"verdict"`
	Mendable bool     `json:"mendable,omitempty"`
	Detail   string   `json:"detail"`
	Fix      string   `json:"fix,omitempty"`
	By       []string `json:"by,omitempty"`
}

// ChangeView is one change of the plan.
type ChangeView struct {
	Action   string         `json:"action"`
	Resource string         `json:"resource"`
	Account  string         `json:"account,omitempty"`
	Region   string         `json:"region,omitempty"`
	Detail   map[string]any `json:"detail"`
	Intents  []string       `json:"intents"`
	Reason   string         `json:"reason"`
	Outcome  string         `json:"outcome"`
	Why      string         `json:"why,omitempty"`
}

// FindingView is a finding whose status changed.
type FindingView struct {
	Kind     string `json:"kind"`
	Status   string `json:"status"`
	Severity string `json:"severity"`
	Cluster  string `json:"cluster"`
	Intent   string `json:"intent"`
	Unit     string `json:"unit,omitempty"`
	Resource string `json:"resource,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Actor    string `json:"actor,omitempty"`
	Title    string `json:"title"`
	Detail   string `json:"detail,omitempty"`
	Fix      string `json:"fix,omitempty"`
}

// View gives what is printed for the result.
func (r Result) View() View {
	v := EventView(r.Event)
	v.Ignored = string(r.Ignored)
	v.Calls = r.Calls
	for _, u := range r.Units {
		v.Units = append(v.Units, u.String())
	}
	for _, report := range r.Reports {
		v.add(report)
	}
	return v
}

// EventView gives the part of a view that is known from the event alone.
func EventView(e events.Event) View {
	v := View{
		EventName: e.Name, EventID: e.ID, Account: e.Account, Region: e.Region, Actor: e.Actor.Display(), Ignored: string(e.Ignored),
		Resources: e.ResourceIDs(), Units: []string{}, Intents: []IntentView{}, Changes: []ChangeView{}, Findings: []FindingView{},
	}
	if v.Resources == nil {
		v.Resources = []string{}
	}
	if !e.Time.IsZero() {
		v.Time = e.Time.UTC().Format("2006-01-02T15:04:05Z")
	}
	return v
}

// ReportView gives what is printed for a run that no event woke.
func ReportView(name string, reports ...reconcile.Report) View {
	v := EventView(events.Event{Name: name})
	for _, r := range reports {
		v.Units = append(v.Units, r.Unit.String())
		v.add(r)
	}
	return v
}

func (v *View) add(r reconcile.Report) {
	after := map[intent.Key]access.Judgement{}
	for _, j := range r.After {
		after[j.Key()] = j
	}
	for _, j := range r.Before {
		now, ok := after[j.Key()]
		if !ok {
			now = j
		}
		v.Intents = append(v.Intents, intentView(r, j, now))
	}
	slices.SortStableFunc(v.Intents, func(a, b IntentView) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
	})
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, changeView(c))
	}
	for _, f := range r.Told {
		v.Findings = append(v.Findings, findingView(f))
	}
}

func intentView(r reconcile.Report, before, after access.Judgement) IntentView {
	return IntentView{
		Cluster: intent.ShortName(before.Intent.Cluster), Name: before.Intent.Name, Unit: r.Unit.String(),
		Access: string(before.Intent.Access), Path: string(after.Path), Before: string(before.State), After: string(after.State),
		Satisfied: after.Satisfied, Hops: HopViews(before.Hops), HopsAfter: HopViews(after.Hops),
	}
}

// HopViews gives hops as they are printed.
func HopViews(hops []access.Hop) []HopView {
	out := make([]HopView, 0, len(hops))
	for _, h := range hops {
		v := HopView{
			Kind: string(h.Kind), Resource: h.Resource, Account: h.Location.Account, Region: h.Location.Region, Source: h.Source, Side: string(h.Side),
			Verdict: string(h.Verdict), Mendable: h.Fixable, Detail: h.Detail, By: h.By,
		}
		if h.Verdict != access.Pass {
			v.Fix = h.Fix()
		}
		out = append(out, v)
	}
	return out
}

// ChangeViews gives changes as they are printed.
func ChangeViews(changes []change.Change) []ChangeView {
	out := make([]ChangeView, 0, len(changes))
	for _, c := range changes {
		out = append(out, changeView(c))
	}
	return out
}

func changeView(c change.Change) ChangeView {
	v := ChangeView{
		Action: string(c.Action), Resource: c.Resource, Account: c.Location.Account, Region: c.Location.Region,
		Detail: c.Detail(), Intents: []string{}, Reason: string(c.Reason), Outcome: string(c.Outcome), Why: c.Why,
	}
	for _, k := range c.Intents {
		v.Intents = append(v.Intents, k.Short())
	}
	return v
}

func findingView(f finding.Finding) FindingView {
	return FindingView{
		Kind: string(f.Kind), Status: string(f.Status), Severity: string(f.Severity), Cluster: intent.ShortName(f.Cluster),
		Intent: f.Intent, Unit: f.Unit.String(), Resource: f.Resource, Owner: f.Owner, Actor: f.Actor,
		Title: f.Title, Detail: f.Detail, Fix: f.Fix,
	}
}
