package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/plan"
)

// assessment is a unit as it stands: what is declared for it, what was seen,
// judged and planned.
type assessment struct {
	unit     network.Unit
	now      time.Time
	declared declared
	snapshot *network.Snapshot
	index    *access.Index
	live     []access.Judgement
	ended    []access.Judgement
	claims   []change.Claim
	plan     plan.Plan
}

// declared is the part of the intents that belongs to a unit.
type declared struct {
	intents  []intent.Intent
	invalid  []intent.Invalid
	policies intent.Policies
	// digest identifies the intents and policies, belongs says which clusters are
	// the unit's.
	digest  string
	belongs func(string) bool
	// wrong are items that this unit tells of: malformed policies that concern it,
	// and intents whose cluster is none.
	wrong []intent.Invalid
	// where are the units of all declared clusters of the unit's account and
	// Region, as far as the clusters could be read.
	where map[string]network.Unit
	// clusters are what ElastiCache said.
	clusters observe.ClusterList
}

// assess reads and judges a unit. Before it reads for the last time, the
// dependency index names all that it leans on, so that a change in between
// wakes the unit again.
func (r *Runner) assess(ctx context.Context, unit network.Unit, remember bool) (assessment, error) {
	set, err := r.Intents.Declared(ctx)
	if err != nil {
		return assessment{}, fmt.Errorf("reading intents: %w", err)
	}
	own, err := r.belonging(ctx, unit, set)
	if err != nil {
		return assessment{}, err
	}
	held, err := r.Ledger.Claims(ctx, unit, nil)
	if err != nil {
		return assessment{}, fmt.Errorf("reading claims: %w", err)
	}
	request := r.request(unit, own, held)
	request.Clusters = &own.clusters
	snapshot, err := r.read(ctx, request, own, remember)
	if err != nil {
		return assessment{}, err
	}
	claims, err := r.Ledger.Claims(ctx, unit, points(snapshot))
	if err != nil {
		return assessment{}, fmt.Errorf("reading claims: %w", err)
	}
	a := assessment{unit: unit, now: r.Clock(), declared: own, snapshot: snapshot, index: access.NewIndex(snapshot), claims: claims}
	a.judge()
	return a, nil
}

// rereads is how often a unit is read again because its dependencies changed
// while it was read: once in practice, since the second read sees the same.
const rereads = 3

// read reads a unit until the dependency index named all that the last read
// leaned on before that read began.
func (r *Runner) read(ctx context.Context, request observe.Request, own declared, remember bool) (*network.Snapshot, error) {
	last, _, err := r.Ledger.Judged(ctx, request.Unit)
	if err != nil {
		return nil, fmt.Errorf("reading what unit %s depended on: %w", request.Unit, err)
	}
	for again := 0; ; again++ {
		snapshot, err := observe.Read(ctx, r.Clients, request)
		if err != nil || !remember {
			return snapshot, err
		}
		changed, err := r.Ledger.Depend(ctx, judged(request.Unit, own, snapshot, last))
		if err != nil {
			return nil, fmt.Errorf("writing the dependency index: %w", err)
		}
		if !changed || again == rereads {
			return snapshot, nil
		}
		request.Clusters = nil
	}
}

// judge judges the unit's intents: those that live, and those whose time is over.
func (a *assessment) judge() {
	ours := map[change.Requirement]bool{}
	for _, c := range a.claims {
		ours[c.Requirement] = true
	}
	own := func(req change.Requirement) bool { return ours[req] }
	for _, i := range a.declared.intents {
		j := a.index.Judge(access.Declared{Intent: i, Policy: a.declared.policies.For(i.Cluster), Own: own})
		switch {
		case i.Live(a.now):
			a.live = append(a.live, j)
		case !i.ExpiresAt.IsZero() && !a.now.Before(i.ExpiresAt):
			a.ended = append(a.ended, j)
		}
	}
}

// request says what to read for a unit.
func (r *Runner) request(unit network.Unit, own declared, held []change.Claim) observe.Request {
	req := observe.Request{Unit: unit, Locations: r.Locations, Now: r.Clock()}
	for _, i := range own.intents {
		w := observe.Want{Cluster: i.Cluster, Path: string(i.Path), Via: i.Via, Closed: i.Access == intent.Closed}
		for _, s := range i.Sources {
			w.Sources = append(w.Sources, ObservedSource(s))
		}
		req.Wants = append(req.Wants, w)
	}
	for _, c := range held {
		ref := observe.Ref{Location: c.Location, ID: c.Resource}
		switch c.Kind {
		case change.Rule:
			req.SecurityGroups = append(req.SecurityGroups, ref)
		case change.Route, change.Propagation:
			req.RouteTables = append(req.RouteTables, ref)
		case change.TransitGatewayRoute:
			req.TransitGatewayRouteTables = append(req.TransitGatewayRouteTables, ref)
		case change.PeeringDNS:
		}
	}
	return req
}

// ObservedSource gives a source of an intent as observe reads it.
func ObservedSource(s intent.Source) observe.Source {
	switch s.Kind {
	case intent.SecurityGroup:
		return observe.Source{Group: s.ID, GroupAccount: s.Account}
	case intent.PrefixList:
		return observe.Source{PrefixList: s.ID}
	case intent.VPC:
		return observe.Source{VPC: s.ID}
	default:
		return observe.Source{CIDR: s.Prefix}
	}
}

// judged is what the index keeps of a read. What could not be read this time
// stays as it was known: an event about it must still find the unit.
func judged(unit network.Unit, own declared, s *network.Snapshot, last ledger.Judged) ledger.Judged {
	j := ledger.Judged{Unit: unit, Keys: s.Asked, Digest: own.digest}
	for arn := range s.Clusters {
		j.Clusters = append(j.Clusters, arn)
	}
	if !unit.IsPending() { // an intent may name a node: whoever withdraws it must find the unit
		for _, i := range own.intents {
			j.Clusters = append(j.Clusters, i.Cluster)
		}
		for _, i := range own.invalid {
			j.Clusters = append(j.Clusters, i.Key.Cluster)
		}
	}
	if len(s.Failures) > 0 {
		j.Keys = sortedUnion(j.Keys, last.Keys)
	}
	if _, dark := s.Dark(unit.Location, network.KindCluster); dark {
		j.Clusters = append(j.Clusters, last.Clusters...)
	}
	slices.Sort(j.Clusters)
	j.Clusters = slices.Compact(j.Clusters)
	return j
}

func sortedUnion(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// points are the enforcement points that a snapshot shows.
func points(s *network.Snapshot) []change.Point {
	var out []change.Point
	for _, c := range s.Clusters {
		for _, m := range c.SecurityGroups {
			out = append(out, change.Point{Location: c.Location, ID: m.SecurityGroup})
		}
	}
	for _, t := range s.RouteTables {
		out = append(out, change.Point{Location: t.Location, ID: t.ID})
	}
	for _, p := range s.PeeringConnections {
		if own, _, ok := p.Sides(s.Unit.VPC); ok {
			out = append(out, change.Point{Location: own.Location, ID: p.ID})
		}
	}
	for _, t := range s.TransitGatewayRouteTables {
		out = append(out, change.Point{Location: t.Location, ID: t.ID})
	}
	return out
}

// belonging gives the intents of a unit: those of clusters in its VPC. While the
// clusters cannot be read, those that were in it last.
func (r *Runner) belonging(ctx context.Context, unit network.Unit, set intent.Set) (declared, error) {
	clusters, failures, err := observe.Clusters(ctx, r.Clients, unit.Location)
	if err != nil {
		return declared{}, fmt.Errorf("reading clusters of %s: %w", unit.Location, err)
	}
	known := map[string]network.Unit{}
	if len(failures) > 0 {
		units, err := r.Ledger.Units(ctx)
		if err != nil {
			return declared{}, fmt.Errorf("reading the known units: %w", err)
		}
		for _, j := range units {
			for _, arn := range j.Clusters {
				known[arn] = j.Unit
			}
		}
	}
	vpcs := vpcsOf(clusters)
	belongs := func(arn string) bool {
		if at, ok := locationOf(arn); !ok || at != unit.Location {
			return false
		}
		if vpc := vpcs[arn]; vpc != "" {
			return vpc == unit.VPC
		}
		if u, ok := known[arn]; ok {
			return u == unit
		}
		return unit.IsPending()
	}
	own := selectIntents(set, belongs)
	own.wrong, own.belongs = wrongItems(set, belongs, unit == network.PendingUnit(r.Home)), belongs
	own.clusters = observe.ClusterList{Found: clusters, Failures: failures}
	if len(failures) == 0 {
		own.where = whereabouts(set, unit.Location, vpcs)
	}
	return own, nil
}

// wrongItems gives the malformed items that a unit tells of. What belongs to no
// cluster, or to all, is told by one unit only: that of the first cluster, or the
// home unit where no cluster is declared.
func wrongItems(set intent.Set, belongs func(string) bool, home bool) []intent.Invalid {
	first := ""
	for _, arn := range set.Clusters() {
		if _, ok := locationOf(arn); ok {
			first = arn
			break
		}
	}
	tells := belongs(first) || first == "" && home
	var out []intent.Invalid
	for _, i := range set.InvalidPolicies {
		_, forCluster := locationOf(i.Key.Name)
		if forCluster && belongs(i.Key.Name) || !forCluster && tells {
			out = append(out, i)
		}
	}
	for _, i := range set.Invalid {
		if _, ok := locationOf(i.Key.Cluster); !ok && tells {
			out = append(out, i)
		}
	}
	return out
}

// whereabouts gives the units of the declared clusters of a location.
func whereabouts(set intent.Set, at network.Location, vpcs map[string]string) map[string]network.Unit {
	out := map[string]network.Unit{}
	for _, arn := range set.Clusters() {
		if l, ok := locationOf(arn); !ok || l != at {
			continue
		}
		out[arn] = network.PendingUnit(at)
		if vpc := vpcs[arn]; vpc != "" {
			out[arn] = network.Unit{Location: at, VPC: vpc}
		}
	}
	return out
}

// vpcsOf maps cluster ARNs to VPCs; the ARN of a node stands for its replication group.
func vpcsOf(clusters []network.Cluster) map[string]string {
	out := map[string]string{}
	for _, c := range clusters {
		out[c.ARN] = c.VPC
		stem := strings.TrimSuffix(c.ARN, ":"+string(c.Kind)+":"+c.Name)
		for _, m := range c.Members {
			out[stem+":"+string(network.CacheCluster)+":"+m] = c.VPC
		}
	}
	return out
}

func locationOf(arn string) (network.Location, bool) {
	parsed, err := intent.ParseClusterARN(arn)
	return network.Location{Account: parsed.Account, Region: parsed.Region}, err == nil
}

func selectIntents(set intent.Set, belongs func(string) bool) declared {
	own := declared{policies: set.Policies}
	h := sha256.New()
	for _, i := range set.Intents {
		if belongs(i.Cluster) {
			own.intents = append(own.intents, i)
			fmt.Fprintln(h, i.Cluster, i.Name, i.Access, i.Path, i.Via, i.Sources, i.Ports, i.NotBefore.Unix(), i.ExpiresAt.Unix())
		}
	}
	for _, i := range set.Invalid {
		if belongs(i.Key.Cluster) {
			own.invalid = append(own.invalid, i)
			fmt.Fprintln(h, i.Key.Cluster, i.Key.Name, "invalid")
		}
	}
	for _, target := range slices.Sorted(maps.Keys(set.Policies)) {
		if p := set.Policies[target]; target == intent.Everything || belongs(target) {
			fmt.Fprintln(h, target, p.Mode, p.Undeclared, p.Writes, p.SharedGroups, p.Widest, p.MaxCloses, p.RulesPerGroup, p.RoutesPerTable, p.Malformed)
		}
	}
	own.digest = hex.EncodeToString(h.Sum(nil)[:8])
	return own
}

// findings are those of the plan, and what of the unit itself cannot be read.
func (a assessment) findings() []finding.Finding {
	out := slices.Clone(a.plan.Findings)
	for _, i := range a.declared.wrong {
		out = append(out, plan.InvalidFinding(a.unit, i))
	}
	for _, f := range a.snapshot.Failures {
		if f.Location != a.unit.Location {
			continue
		}
		out = append(out, unreadable(a.unit, f))
		if f.Code == network.CodeNotConfigured {
			return out // and so is everything else there
		}
	}
	return out
}

// unreadable tells of a call for the unit itself that failed.
func unreadable(unit network.Unit, f network.Failure) finding.Finding {
	out := finding.Finding{
		ID:   strings.Join([]string{string(finding.UnitUnreadable), unit.String(), f.Operation, f.Resource}, "|"),
		Kind: finding.UnitUnreadable, Severity: finding.High, Unit: unit, Resource: unit.VPC,
		Title:  fmt.Sprintf("part of unit %s cannot be read: %s", unit, f.Operation),
		Detail: fmt.Sprintf("%s gave %s: %s; nothing that it hides is closed", f.Operation, f.Code, f.Message),
		Fix:    fmt.Sprintf("allow %s to cachegate's role in account %s, or wait if AWS is throttling", f.Operation, f.Account),
	}
	if f.Code == network.CodeNotConfigured {
		out.ID = strings.Join([]string{string(finding.UnitUnreadable), unit.String(), f.Code}, "|")
		out.Title = fmt.Sprintf("unit %s cannot be read: the deployment does not know account %s in %s", unit, f.Account, f.Region)
		out.Detail = f.Message + "; nothing that it hides is closed"
		out.Fix = fmt.Sprintf("name account %s in -c spokeAccounts and %s in -c regions of the hub, and deploy the spoke stack there; or correct the cluster of the intent", f.Account, f.Region)
	}
	return out
}
