package dynamo

import (
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

type ruleRecord struct {
	ID            string            `json:"id,omitempty"`
	SecurityGroup string            `json:"securityGroup,omitempty"`
	Egress        bool              `json:"egress,omitempty"`
	Protocol      string            `json:"protocol,omitempty"`
	FromPort      int32             `json:"fromPort,omitempty"`
	ToPort        int32             `json:"toPort,omitempty"`
	Peer          peerRecord        `json:"peer,omitzero"`
	Description   string            `json:"description,omitempty"`
	Tags          map[string]string `json:"tags,omitempty"`
}

func ruleOf(r network.Rule) ruleRecord {
	return ruleRecord{
		ID: r.ID, SecurityGroup: r.SecurityGroup, Egress: r.Egress, Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort,
		Peer: peerOf(r.Peer), Description: r.Description, Tags: r.Tags,
	}
}

func (r ruleRecord) rule() network.Rule {
	return network.Rule{
		ID: r.ID, SecurityGroup: r.SecurityGroup, Egress: r.Egress, Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort,
		Peer: r.Peer.peer(), Description: r.Description, Tags: r.Tags,
	}
}

type changeRecord struct {
	Action      string            `json:"action"`
	Requirement requirementRecord `json:"requirement"`
	Rule        ruleRecord        `json:"rule,omitzero"`
	Previous    *claimRecord      `json:"previous,omitempty"`
	Description string            `json:"description,omitempty"`
	Intents     []intentRecord    `json:"intents,omitempty"`
	Holders     []holderRecord    `json:"holders,omitempty"`
	Uncovers    []intentRecord    `json:"uncovers,omitempty"`
	Claimed     bool              `json:"claimed,omitempty"`
	Side        string            `json:"side,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Mode        string            `json:"mode,omitempty"`
	First       bool              `json:"first,omitempty"`
	Outcome     string            `json:"outcome,omitempty"`
	Off         bool              `json:"off,omitempty"`
	Guard       string            `json:"guard,omitempty"`
	Why         string            `json:"why,omitempty"`
	Call        string            `json:"call,omitempty"`
	Code        string            `json:"code,omitempty"`
	Seen        bool              `json:"seen,omitempty"`
}

func changeOf(c change.Change) changeRecord {
	r := changeRecord{
		Action: string(c.Action), Requirement: requirementOf(c.Requirement), Rule: ruleOf(c.Rule),
		Description: c.Description, Intents: intentsOf(c.Intents), Holders: holdersOf(c.Holders), Uncovers: intentsOf(c.Uncovers),
		Claimed: c.Claimed, Side: string(c.Side), Reason: string(c.Reason), Mode: string(c.Mode), First: c.First,
		Outcome: string(c.Outcome), Off: c.Off, Guard: string(c.Guard), Why: c.Why, Call: c.Call, Code: c.Code, Seen: c.Seen,
	}
	if c.Previous.Resource != "" { // only ReplaceRoute has one
		previous := claimOf(c.Previous)
		r.Previous = &previous
	}
	return r
}

func (r changeRecord) change() change.Change {
	c := change.Change{
		Action: change.Action(r.Action), Requirement: r.Requirement.requirement(), Rule: r.Rule.rule(),
		Description: r.Description, Intents: intents(r.Intents), Holders: holders(r.Holders), Uncovers: intents(r.Uncovers),
		Claimed: r.Claimed, Side: change.PeeringSide(r.Side), Reason: change.Reason(r.Reason), Mode: intent.Mode(r.Mode), First: r.First,
		Outcome: change.Outcome(r.Outcome), Off: r.Off, Guard: change.Guard(r.Guard), Why: r.Why, Call: r.Call, Code: r.Code, Seen: r.Seen,
	}
	if r.Previous != nil {
		c.Previous = r.Previous.claim()
	}
	return c
}

type runRecord struct {
	ID        string           `json:"id"`
	Unit      unitRecord       `json:"unit"`
	At        time.Time        `json:"at"`
	Trigger   string           `json:"trigger,omitempty"`
	Hash      string           `json:"hash,omitempty"`
	Changes   []changeRecord   `json:"changes,omitempty"`
	Told      []findingRecord  `json:"told,omitempty"`
	Found     []findingRecord  `json:"found,omitempty"`
	Approval  *approvalRecord  `json:"approval,omitempty"`
	Causes    []causeRecord    `json:"causes,omitempty"`
	StoodKept bool             `json:"stoodKept,omitempty"`
	Stood     []standingRecord `json:"stood,omitempty"`
	StoodMore int              `json:"stoodMore,omitempty"`
	Next      time.Time        `json:"next,omitzero"`
}

func runOf(r ledger.Run) runRecord {
	out := runRecord{
		ID: r.ID, Unit: unitOf(r.Unit), At: stamp(r.At), Trigger: r.Trigger, Hash: r.Hash,
		Approval: approvalOf(r.Approval), Causes: causesOf(r.Causes), StoodKept: r.StoodKept, Stood: stoodOf(r.Stood), StoodMore: r.StoodMore, Next: stamp(r.Next),
	}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, changeOf(c))
	}
	for _, f := range r.Told {
		out.Told = append(out.Told, findingOf(f))
	}
	for _, f := range r.Found {
		out.Found = append(out.Found, findingOf(f))
	}
	return out
}

func (r runRecord) run() ledger.Run {
	out := ledger.Run{
		ID: r.ID, Unit: r.Unit.unit(), At: r.At, Trigger: r.Trigger, Hash: r.Hash,
		Approval: r.Approval.approval(), Causes: causes(r.Causes), StoodKept: r.StoodKept, Stood: stood(r.Stood), StoodMore: r.StoodMore, Next: r.Next,
	}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, c.change())
	}
	for _, f := range r.Told {
		out.Told = append(out.Told, f.finding())
	}
	for _, f := range r.Found {
		out.Found = append(out.Found, f.finding())
	}
	return out
}
