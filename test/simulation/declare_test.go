package simulation

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/test/oracle"
)

// start is when every case begins.
func start() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func minutes(n int) time.Time { return start().Add(time.Duration(n) * time.Minute) }

// declaration is what is declared at some moment of a case.
type declaration struct {
	Case
	intents  []Intent
	policies []Policy
}

// load puts the declaration through cachegate's own reader of intents files.
func (d declaration) load(ctx context.Context, sim *awssim.Sim) (intent.Set, error) {
	var items []map[string]any
	for _, i := range d.intents {
		items = append(items, d.item(i))
	}
	for _, p := range d.policies {
		items = append(items, d.policyItem(p))
	}
	data, err := json.Marshal(items)
	if err != nil {
		return intent.Set{}, err
	}
	if len(items) == 0 {
		data = []byte("[]")
	}
	twin := sim.Clone()
	twin.Heal()
	twin.NoLag()
	set, _, err := replay.LoadIntents(ctx, "intents.json", data, twin)
	return set, err
}

func (d declaration) item(i Intent) map[string]any {
	item := map[string]any{"cluster": d.arn(i.Cluster), "name": i.Name, "sources": i.Sources}
	set := func(field string, value any, given bool) {
		if given {
			item[field] = value
		}
	}
	set("path", i.Path, i.Path != "")
	set("via", i.Via, i.Via != "")
	set("access", "closed", i.Closed)
	set("ports", i.Ports, len(i.Ports) > 0)
	set("notBefore", minutes(i.NotBefore).Format(time.RFC3339), i.NotBefore != 0)
	set("expiresAt", minutes(i.ExpiresAt).Unix(), i.ExpiresAt != 0)
	set("owner", "team-"+i.Name, true)
	switch i.Wrong {
	case "sources":
		item["sources"] = append(slices.Clone(i.Sources), "10.0.0.300")
	case "path":
		item["path"] = "sam-vpc"
	case "access":
		item["access"] = "opened"
	case "ports":
		item["ports"] = []any{"http"}
	case "field":
		item["expires"] = "tomorrow"
	case "expiresAt":
		item["expiresAt"] = "tomorrow"
	}
	return item
}

func (d declaration) policyItem(p Policy) map[string]any {
	name := p.Target
	if name != intent.Everything {
		name = d.arn(name)
	}
	item := map[string]any{"cluster": intent.Everything, "name": name}
	for field, text := range map[string]string{"mode": p.Mode, "undeclared": p.Undeclared, "sharedGroups": p.SharedGroups} {
		if text != "" {
			item[field] = text
		}
	}
	for field, n := range map[string]int{"maxCloses": p.MaxCloses, "rulesPerGroup": p.RulesPerGroup, "routesPerTable": p.RoutesPerTable} {
		if n != 0 {
			item[field] = n
		}
	}
	if len(p.Writes) > 0 {
		item["writes"] = p.Writes
	}
	return item
}

// counts says whether an intent is valid and its time is now.
func (i Intent) counts(now time.Time) bool {
	return i.Wrong == "" && i.lives(now)
}

func (i Intent) lives(now time.Time) bool {
	if i.NotBefore != 0 && now.Before(minutes(i.NotBefore)) {
		return false
	}
	return i.ExpiresAt == 0 || now.Before(minutes(i.ExpiresAt))
}

func (i Intent) key() string { return i.Cluster + "/" + i.Name }

// live gives the valid intents whose time is now.
func (d declaration) live(now time.Time, closed bool) []Intent {
	var out []Intent
	for _, i := range d.intents {
		if i.counts(now) && i.Closed == closed {
			out = append(out, i)
		}
	}
	return out
}

// ask puts an intent as a question to the oracle.
func (d declaration) ask(i Intent) oracle.Ask {
	a := oracle.Ask{Cluster: d.arn(i.Cluster), Sources: i.Sources, Path: i.Path, Via: i.Via}
	for _, p := range i.Ports {
		a.Ports = append(a.Ports, uint16(p))
	}
	return a
}

// effective is the policy of a cluster: the item of everything, and over it the
// cluster's own. In a replay the mode is enforce where nothing says otherwise.
func (d declaration) effective(cluster string) Policy {
	out := Policy{
		Target: cluster, Mode: "enforce", Undeclared: "report", Writes: []string{"rules", "routes", "peering-dns"},
		SharedGroups: "refuse", MaxCloses: 20, RulesPerGroup: 60, RoutesPerTable: 500,
	}
	off := false
	for _, target := range []string{intent.Everything, cluster} {
		for _, p := range d.policies {
			if p.Target != target {
				continue
			}
			out = out.under(p)
			off = off || target == intent.Everything && p.Mode == "off"
		}
	}
	if off {
		out.Mode = "off"
	}
	return out
}

func (p Policy) under(item Policy) Policy {
	text := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	number := func(to *int, value int) {
		if value != 0 {
			*to = value
		}
	}
	text(&p.Mode, item.Mode)
	text(&p.Undeclared, item.Undeclared)
	text(&p.SharedGroups, item.SharedGroups)
	number(&p.MaxCloses, item.MaxCloses)
	number(&p.RulesPerGroup, item.RulesPerGroup)
	number(&p.RoutesPerTable, item.RoutesPerTable)
	if len(item.Writes) > 0 {
		p.Writes = item.Writes
	}
	return p
}

func (p Policy) writes(what string) bool { return slices.Contains(p.Writes, what) }

// byARN gives the name of a cluster by its ARN.
func (c Case) byARN(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }
