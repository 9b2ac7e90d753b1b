package change

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Action is the AWS API operation of a change.
type Action string

// The writes that cachegate makes.
const (
	AuthorizeIngress   Action = "AuthorizeSecurityGroupIngress"
	RevokeIngress      Action = "RevokeSecurityGroupIngress"
	CreateRoute        Action = "CreateRoute"
	ReplaceRoute       Action = "ReplaceRoute"
	DeleteRoute        Action = "DeleteRoute"
	SetPeeringDNS      Action = "ModifyVpcPeeringConnectionOptions"
	EnablePropagation  Action = "EnableVgwRoutePropagation"
	DisablePropagation Action = "DisableVgwRoutePropagation"
	CreateTGWRoute     Action = "CreateTransitGatewayRoute"
	DeleteTGWRoute     Action = "DeleteTransitGatewayRoute"
)

// opens says whether the action puts something in place.
func (a Action) opens() bool {
	switch a {
	case AuthorizeIngress, CreateRoute, ReplaceRoute, SetPeeringDNS, EnablePropagation, CreateTGWRoute:
		return true
	case RevokeIngress, DeleteRoute, DisablePropagation, DeleteTGWRoute:
		return false
	default:
		return false
	}
}

// Reason says why a change is made.
type Reason string

// The reasons for a change.
const (
	Declared       Reason = "declared"        // an open intent needs it
	Repaired       Reason = "repaired"        // it was there, claimed, and someone removed it
	Expired        Reason = "expired"         // its intent's time is over
	Withdrawn      Reason = "withdrawn"       // no intent declares it any longer
	ClusterDeleted Reason = "cluster-deleted" // its cluster is gone
	TooWide        Reason = "too-wide"        // its prefix list is wider than the policy allows
	Undeclared     Reason = "undeclared"      // nobody declared it, and the policy revokes that
	ClosedIntent   Reason = "closed"          // an intent declares it closed
	Undone         Reason = "undone"          // a person undoes an earlier run
)

// Outcome is what became of a change.
type Outcome string

// The outcomes of a change.
const (
	Applied Outcome = "applied"
	Planned Outcome = "planned" // mode observe
	Refused Outcome = "refused" // a guard, see Why
	Failed  Outcome = "failed"
)

// Change is one write.
type Change struct {
	Action Action
	// Requirement is what is opened or closed. For a rule that is no claim of ours
	// it has only location and resource; Rule has the rest.
	Requirement
	// Rule is the rule that a revocation takes away, kept for its inverse.
	Rule network.Rule
	// Previous is the claim of ours that ReplaceRoute replaces.
	Previous Claim
	// Description goes on a new rule.
	Description string
	// Intents need what is opened, or held (or forbid) what is closed.
	Intents []intent.Key
	// Holders come to the claim of what is opened, and go from that of what is closed.
	Holders []Holder
	// Uncovers are the intents that are open by what is closed and get a change of
	// their own in this plan: where that fails, the close waits.
	Uncovers []intent.Key
	// Claimed says that what is closed is a claim of ours.
	Claimed bool
	// Side is the side of a peering connection whose DNS option is set; Off switches
	// it off again, which only undoing does.
	Side   PeeringSide
	Off    bool
	Reason Reason
	Mode   intent.Mode
	// First is a close that goes before the opens of its enforcement point, to
	// make room there.
	First   bool
	Outcome Outcome
	// Guard is what refused it, Why says why, or how it failed. Where a call failed, Call
	// names it ("EC2:CreateRoute") and Code is AWS's error code.
	Guard      Guard
	Why        string
	Call, Code string
	// Seen says that EC2 showed it after it was made.
	Seen bool
}

// Guard names what held a change back, for programs; Change.Why has the words.
type Guard string

// The guards that programs tell apart.
const (
	// GuardMode: the mode is off.
	GuardMode Guard = "mode"
	// GuardContested: somebody undoes it again and again; it waits for a pause to end.
	GuardContested Guard = "contested"
	// GuardMaxCloses: the run would close more than the policy's maxCloses.
	GuardMaxCloses Guard = "max-closes"
	// GuardUndone: a person undid a run that did the same.
	GuardUndone Guard = "undone"
	// GuardApproval: a policy wants a person to approve it first.
	GuardApproval Guard = "approval"
	// GuardNeeded: what it would take away is needed, or may be.
	GuardNeeded Guard = "needed"
	// GuardAwaited: another unit that may need it has to be judged first.
	GuardAwaited Guard = "awaited"
	// GuardQuota: there is no room at its enforcement point.
	GuardQuota Guard = "quota"
	// GuardSharedGroup: the group guards others too, and the policy refuses that.
	GuardSharedGroup Guard = "shared-group"
	// GuardBlocked: the network or a policy stands against it.
	GuardBlocked Guard = "blocked"
)

// PeeringSide tells the two sides of a peering connection apart.
type PeeringSide string

// The sides of a peering connection.
const (
	Requester PeeringSide = "requester"
	Accepter  PeeringSide = "accepter"
)

// Opens says whether the change opens access.
func (c Change) Opens() bool { return c.Action.opens() && !c.Off }

// Inverse gives the change that undoes this one: the same as if it had never been
// made, where nobody changed anything since.
func (c Change) Inverse() Change {
	t := c.Kind.traits()
	switch {
	case t.closes == "":
	case c.Action == t.opens:
		c.Action = t.closes
	case c.Action == t.closes:
		c.Action = t.opens
	}
	if t.inverse != nil {
		c = t.inverse(c)
	}
	c.Reason, c.Outcome, c.Guard, c.Why, c.Call, c.Code, c.Uncovers, c.First, c.Seen = Undone, "", "", "", "", "", nil, false, false
	return c
}

// Key identifies the claim of the change.
func (c Change) Key() string { return c.Requirement.String() }

// Text identifies the change in the plan's hash and in messages.
func (c Change) Text() string {
	if c.Action == RevokeIngress {
		return fmt.Sprintf("%s %s/%s %s", c.Action, c.Location, c.Resource, c.Rule.ID)
	}
	return fmt.Sprintf("%s %s", c.Action, c.Requirement)
}

// ClaimUpdate is what becomes of a claim beside the changes.
type ClaimUpdate struct {
	Claim Claim
	// Drop are the holders that go; those of Claim stay or come.
	Drop []Holder
	// Release drops the claim without touching what stands there.
	Release bool
	// Gone says that it is released because what it stands for was not seen.
	Gone bool
	// Why is told where a claim is released.
	Why string
}
