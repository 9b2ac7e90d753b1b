package dynamo

import (
	"net/netip"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// The records are what is kept, under names that outlive those of the Go fields:
// a ledger is read by later versions than the one that wrote it.

// stamp gives a time as it comes back from where it was kept.
func stamp(t time.Time) time.Time { return t.UTC().Round(0) }

type unitRecord struct {
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	VPC     string `json:"vpc,omitempty"`
}

func unitOf(u network.Unit) unitRecord {
	return unitRecord{Account: u.Account, Region: u.Region, VPC: u.VPC}
}

func (r unitRecord) unit() network.Unit {
	return network.Unit{Location: network.Location{Account: r.Account, Region: r.Region}, VPC: r.VPC}
}

type holderRecord struct {
	Unit    unitRecord `json:"unit"`
	Cluster string     `json:"cluster"`
	Name    string     `json:"name"`
}

func holdersOf(holders []change.Holder) []holderRecord {
	var out []holderRecord
	for _, h := range holders {
		out = append(out, holderRecord{Unit: unitOf(h.Unit), Cluster: h.Intent.Cluster, Name: h.Intent.Name})
	}
	return out
}

func holders(records []holderRecord) []change.Holder {
	var out []change.Holder
	for _, r := range records {
		out = append(out, change.Holder{Unit: r.Unit.unit(), Intent: intent.Key{Cluster: r.Cluster, Name: r.Name}})
	}
	return out
}

type intentRecord struct {
	Cluster string `json:"cluster"`
	Name    string `json:"name"`
}

func intentsOf(keys []intent.Key) []intentRecord {
	var out []intentRecord
	for _, k := range keys {
		out = append(out, intentRecord{Cluster: k.Cluster, Name: k.Name})
	}
	return out
}

func intents(records []intentRecord) []intent.Key {
	var out []intent.Key
	for _, r := range records {
		out = append(out, intent.Key{Cluster: r.Cluster, Name: r.Name})
	}
	return out
}

type peerRecord struct {
	CIDR          netip.Prefix `json:"cidr,omitzero"`
	PrefixList    string       `json:"prefixList,omitempty"`
	SecurityGroup string       `json:"securityGroup,omitempty"`
	Account       string       `json:"account,omitempty"`
}

func peerOf(p network.Peer) peerRecord {
	return peerRecord{CIDR: p.CIDR, PrefixList: p.PrefixList, SecurityGroup: p.SecurityGroup, Account: p.Account}
}

func (r peerRecord) peer() network.Peer {
	return network.Peer{CIDR: r.CIDR, PrefixList: r.PrefixList, SecurityGroup: r.SecurityGroup, Account: r.Account}
}

type targetRecord struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
}

func targetOf(t network.Target) targetRecord { return targetRecord{Kind: string(t.Kind), ID: t.ID} }

func (r targetRecord) target() network.Target {
	return network.Target{Kind: network.TargetKind(r.Kind), ID: r.ID}
}

type requirementRecord struct {
	Kind        string       `json:"kind,omitempty"`
	Account     string       `json:"account,omitempty"`
	Region      string       `json:"region,omitempty"`
	Resource    string       `json:"resource,omitempty"`
	Port        uint16       `json:"port,omitempty"`
	Peer        peerRecord   `json:"peer,omitzero"`
	Destination netip.Prefix `json:"destination,omitzero"`
	Target      targetRecord `json:"target,omitzero"`
	VPC         string       `json:"vpc,omitempty"`
}

func requirementOf(r change.Requirement) requirementRecord {
	return requirementRecord{
		Kind: string(r.Kind), Account: r.Account, Region: r.Region, Resource: r.Resource, Port: r.Port,
		Peer: peerOf(r.Peer), Destination: r.Destination, Target: targetOf(r.Target), VPC: r.VPC,
	}
}

func (r requirementRecord) requirement() change.Requirement {
	return change.Requirement{
		Kind: change.Kind(r.Kind), Location: network.Location{Account: r.Account, Region: r.Region}, Resource: r.Resource,
		Port: r.Port, Peer: r.Peer.peer(), Destination: r.Destination, Target: r.Target.target(), VPC: r.VPC,
	}
}

type claimRecord struct {
	Requirement requirementRecord `json:"requirement"`
	Status      string            `json:"status"`
	RuleID      string            `json:"ruleId,omitempty"`
	Tag         string            `json:"tag,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
	Holders     []holderRecord    `json:"holders,omitempty"`
	LastHolders []holderRecord    `json:"leavers,omitempty"`
	PriorTags   []string          `json:"priorTags,omitempty"`
	AdoptedBy   string            `json:"adoptedBy,omitempty"`
}

func claimOf(c change.Claim) claimRecord {
	return claimRecord{
		Requirement: requirementOf(c.Requirement), Status: string(c.Status), RuleID: c.RuleID, Tag: c.Tag,
		Created: stamp(c.Created), Holders: holdersOf(c.Holders), LastHolders: holdersOf(c.LastHolders), PriorTags: c.PriorTags, AdoptedBy: c.AdoptedBy,
	}
}

func (r claimRecord) claim() change.Claim {
	return change.Claim{
		Requirement: r.Requirement.requirement(), Status: change.ClaimStatus(r.Status), RuleID: r.RuleID, Tag: r.Tag,
		Created: r.Created, Holders: holders(r.Holders), LastHolders: holders(r.LastHolders), PriorTags: r.PriorTags, AdoptedBy: r.AdoptedBy,
	}
}

type aboutRecord struct {
	RuleID      string       `json:"ruleId,omitempty"`
	Peer        peerRecord   `json:"peer,omitzero"`
	Destination netip.Prefix `json:"destination,omitzero"`
}

func aboutOf(a finding.About) aboutRecord {
	return aboutRecord{RuleID: a.RuleID, Peer: peerOf(a.Peer), Destination: a.Destination}
}

func (r aboutRecord) about() finding.About {
	return finding.About{RuleID: r.RuleID, Peer: r.Peer.peer(), Destination: r.Destination}
}

type findingRecord struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind"`
	Status   string      `json:"status,omitempty"`
	Severity string      `json:"severity,omitempty"`
	Unit     unitRecord  `json:"unit"`
	Cluster  string      `json:"cluster,omitempty"`
	Intent   string      `json:"intent,omitempty"`
	Resource string      `json:"resource,omitempty"`
	About    aboutRecord `json:"about,omitzero"`
	Owner    string      `json:"owner,omitempty"`
	Title    string      `json:"title,omitempty"`
	Detail   string      `json:"detail,omitempty"`
	Fix      string      `json:"fix,omitempty"`
	Actor    string      `json:"actor,omitempty"`
	Since    time.Time   `json:"since,omitzero"`
	// Unannounced is said of resolved ones.
	Unannounced bool `json:"unannounced,omitempty"`
}

func findingOf(f finding.Finding) findingRecord {
	return findingRecord{
		ID: f.ID, Kind: string(f.Kind), Status: string(f.Status), Severity: string(f.Severity), Unit: unitOf(f.Unit),
		Cluster: f.Cluster, Intent: f.Intent, Resource: f.Resource, About: aboutOf(f.About), Owner: f.Owner,
		Title: f.Title, Detail: f.Detail, Fix: f.Fix, Actor: f.Actor, Since: stamp(f.Since), Unannounced: f.Unannounced,
	}
}

func (r findingRecord) finding() finding.Finding {
	return finding.Finding{
		ID: r.ID, Kind: finding.Kind(r.Kind), Status: finding.Status(r.Status), Severity: finding.Severity(r.Severity), Unit: r.Unit.unit(),
		Cluster: r.Cluster, Intent: r.Intent, Resource: r.Resource, About: r.About.about(), Owner: r.Owner,
		Title: r.Title, Detail: r.Detail, Fix: r.Fix, Actor: r.Actor, Since: r.Since, Unannounced: r.Unannounced,
	}
}

type contestRecord struct {
	Repairs []time.Time `json:"repairs"`
	Actors  []string    `json:"actors,omitempty"`
}
