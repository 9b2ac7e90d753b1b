package simulation

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/test/oracle"
)

// claimedFirst holds promise 7 before a write is made: what it opens is claimed.
func (h *harness) claimedFirst(call awssim.Call) {
	at := network.Location{Account: call.Account, Region: call.Region}
	switch in := call.Input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		claims := h.claimsAt(at, aws.ToString(in.GroupId))
		for _, p := range oracle.AskedRules(in) {
			if !slices.ContainsFunc(claims, func(c change.Claim) bool {
				return c.Kind == change.Rule && int32(c.Port) == p.From && (c.Peer.SecurityGroup == p.Peer || c.Peer.PrefixList == p.Peer || c.Peer.CIDR.String() == p.Peer)
			}) {
				h.violate("7", "%s of %s for %s on %d is about to be made without a claim", call.Operation, aws.ToString(in.GroupId), p.Peer, p.From)
			}
		}
	case *ec2.CreateRouteInput:
		h.routeClaimedFirst(call, at, aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock))
	case *ec2.CreateTransitGatewayRouteInput:
		h.otherClaimedFirst(call, at, aws.ToString(in.TransitGatewayRouteTableId), func(c change.Claim) bool {
			return c.Kind == change.TransitGatewayRoute && c.Destination.String() == aws.ToString(in.DestinationCidrBlock)
		})
	case *ec2.EnableVgwRoutePropagationInput:
		h.otherClaimedFirst(call, at, aws.ToString(in.RouteTableId), func(c change.Claim) bool {
			return c.Kind == change.Propagation && c.Target.ID == aws.ToString(in.GatewayId)
		})
	case *ec2.ReplaceRouteInput:
		h.routeClaimedFirst(call, at, aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock))
	}
}

func (h *harness) routeClaimedFirst(call awssim.Call, at network.Location, table, to string) {
	if !slices.ContainsFunc(h.claimsAt(at, table), func(c change.Claim) bool { return c.Kind == change.Route && c.Destination.String() == to }) {
		h.violate("7", "%s of %s for %s is about to be made without a claim", call.Operation, table, to)
	}
}

func (h *harness) otherClaimedFirst(call awssim.Call, at network.Location, table string, is func(change.Claim) bool) {
	if !slices.ContainsFunc(h.claimsAt(at, table), is) {
		h.violate("7", "%s of %s is about to be made without a claim", call.Operation, table)
	}
}

func (h *harness) claimsAt(at network.Location, id string) []change.Claim {
	claims, err := h.session.Ledger.Claims(h.ctx, network.Unit{}, []change.Point{{Location: at, ID: id}})
	if err != nil {
		panic(err)
	}
	return claims
}

// allClaims gives the claims at every group and table of the case.
func (h *harness) allClaims() []change.Claim {
	var out []change.Claim
	for _, g := range h.Groups {
		v := h.vpc(g.VPC)
		out = append(out, h.claimsAt(network.Location{Account: v.Account, Region: v.Region}, g.ID)...)
	}
	for _, t := range h.Tables {
		v := h.vpc(t.VPC)
		out = append(out, h.claimsAt(network.Location{Account: v.Account, Region: v.Region}, t.ID)...)
	}
	for _, t := range h.GatewayTables {
		g := h.gateway(t.Gateway)
		out = append(out, h.claimsAt(network.Location{Account: g.Account, Region: g.Region}, t.ID)...)
	}
	return out
}

// heldByMalformed gives a malformed intent that still holds a claim: it keeps what
// it has until it is valid again, deleted, or past an expiry that can be read.
func (h *harness) heldByMalformed(is func(change.Claim) bool) string {
	for _, c := range h.run.held {
		if !is(c) {
			continue
		}
		for _, i := range h.intents {
			expired := i.Wrong != "expiresAt" && i.ExpiresAt != 0 && !h.now.Before(minutes(i.ExpiresAt))
			if _, exists := h.run.before.Cluster(h.arn(i.Cluster)); i.Wrong == "" || expired || !exists {
				continue
			}
			if slices.ContainsFunc(c.Holders, func(p change.Holder) bool { return p.Intent.Cluster == h.arn(i.Cluster) && p.Intent.Name == i.Name }) {
				return i.key()
			}
		}
	}
	return ""
}

// recorded holds promise 7 after a run: each of its writes is in the ledger's
// record of the run. A run that crashed has none; its claims carry on.
func (h *harness) recorded(u network.Unit, first, before int, crashed bool) {
	runs := h.session.Ledger.Runs()
	if crashed {
		return
	}
	if len(runs) == before || runs[len(runs)-1].Unit != u {
		h.violate("7", "the run of %s is not recorded", u)
		return
	}
	var changes []change.Change
	for _, r := range runs[before:] {
		changes = append(changes, r.Changes...)
	}
	for _, w := range h.sim.Writes()[first:] {
		if !ours(w.Actor) {
			continue
		}
		_, operation, _ := cutOperation(w.Operation)
		found := slices.ContainsFunc(changes, func(c change.Change) bool {
			return string(c.Action) == operation && c.Resource == oracle.ResourceOf(w.Input) && (c.Outcome == change.Applied || len(h.faults) > 0)
		})
		if !found {
			h.violate("7", "%s %s is not in the record of its run", w.Operation, describeWrite(w))
		}
	}
}

func cutOperation(qualified string) (service, operation string, ok bool) {
	for i, r := range qualified {
		if r == ':' {
			return qualified[:i], qualified[i+1:], true
		}
	}
	return "", qualified, false
}

// lifecycle holds promise 10: a finding is opened once, changed while it is open,
// and resolved once; one that comes and goes within a run is told as resolved.
func (h *harness) lifecycle(u network.Unit, told []finding.Finding) {
	for _, f := range told {
		open := h.told[f.ID]
		if f.Unit != u {
			h.violate("10", "the run of %s tells a finding of %s: %s", u, f.Unit, f.ID)
		}
		if f.Kind == finding.UnitFirstSeen {
			h.heardAll(u)
			continue
		}
		switch f.Status {
		case finding.Opened:
			if open {
				h.violate("10", "finding %s is opened a second time", f.ID)
			}
			h.told[f.ID] = true
		case finding.Changed:
			if !open {
				h.violate("10", "finding %s changes before it is opened", f.ID)
			}
		case finding.Resolved:
			delete(h.told, f.ID)
		case finding.Open, finding.Done:
			h.violate("10", "finding %s is told without news", f.ID)
		}
	}
}

// heardAll notes that one message told of all that is open in a unit.
func (h *harness) heardAll(u network.Unit) {
	live, err := h.session.Ledger.Findings(h.ctx, u)
	if err != nil {
		h.violate("error", "reading the findings of %s: %v", u, err)
	}
	for _, f := range live {
		h.told[f.ID] = true
	}
}

// maxRounds is how many rounds of all units a case may take to settle: a round
// for what the units do, some for what they do about each other's writes, and one
// for each run that maxCloses held back.
const maxRounds = 24

// settle holds promises 6, 7 and 9 at the end of a case: with every fault gone,
// cachegate comes to rest.
func (h *harness) settle() {
	h.heal()
	for round := 1; ; round++ {
		wrote := 0
		h.awaiting = false
		for _, u := range h.units() {
			n := h.runTwice(u, reconcile.Wake{Trigger: "settle"})
			if wrote += n; len(h.violations) > 0 {
				return
			}
		}
		if wrote == 0 && (!h.awaiting || round > 1) {
			break
		}
		if round == maxRounds {
			h.violate("6", "after %d rounds of all units there are still writes", round)
			return
		}
	}
	for _, u := range h.units() {
		report, wrote, _ := h.runUnit(u, reconcile.Wake{Trigger: "settled"})
		if wrote > 0 {
			h.violate("6", "the run of %s writes in a world that is settled", u)
		}
		for _, f := range report.Told {
			h.violate("6", "the run of %s tells again in a world that is settled: %s %s: %s", u, f.Status, f.Kind, f.Title)
		}
		h.judged(report)
	}
	h.claimsStand()
}

// runTwice reconciles a unit and, where nothing was in the way, once more at once:
// the second run writes nothing, unless the first one had to withhold closes.
func (h *harness) runTwice(u network.Unit, wake reconcile.Wake) (wrote int) {
	report, wrote, done := h.runUnit(u, wake)
	h.repaired()
	if !done || len(h.violations) > 0 {
		return wrote
	}
	again, more, _ := h.runUnit(u, reconcile.Wake{Trigger: "again"})
	h.awaiting = h.awaiting || len(again.Awaited) > 0
	if more > 0 && !withheld(report) {
		var what []string
		for _, w := range h.sim.Writes()[len(h.sim.Writes())-more:] {
			what = append(what, w.Operation+" "+describeWrite(w))
		}
		h.violate("6", "a second run of %s at once writes: %s", u, strings.Join(what, "; "))
	}
	if more == 0 && len(again.Told) > 0 && !withheld(report) {
		f := again.Told[0]
		h.violate("6", "a second run of %s at once tells %s %s: %s (%s)", u, f.Status, f.Kind, f.Title, f.Detail)
	}
	return wrote + more
}

// withheld says whether a run held something back that the next one may do: what
// failed, closes, and rules that found no room, which another group's new rule may
// carry.
func withheld(r reconcile.Report) bool {
	return slices.ContainsFunc(r.Changes, func(c change.Change) bool {
		return c.Outcome == change.Failed || c.Outcome == change.Refused && (!c.Opens() || strings.Contains(c.Why, "security group "+c.Resource+" lacks room"))
	})
}

// claimsStand holds promise 7 in a world that is settled: what cachegate put in
// place is claimed as it stands.
func (h *harness) claimsStand() {
	n := h.read()
	for id, own := range h.own.rules {
		_, at, ok := n.GroupVPC(own.group)
		if !ok {
			continue
		}
		for _, r := range n.Rules(own.group) {
			if aws.ToString(r.SecurityGroupRuleId) != id || contentOf(r) != own.content {
				continue
			}
			if !slices.ContainsFunc(h.claimsAt(network.Location(at), own.group), func(c change.Claim) bool { return c.RuleID == id }) {
				h.violate("7", "rule %s (%s) of %s is cachegate's and has no claim", id, own.content, own.group)
			}
		}
	}
}
