package dynamo

import (
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
)

type causeRecord struct {
	Event     string    `json:"event,omitempty"`
	Name      string    `json:"name,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Resources []string  `json:"resources,omitempty"`
}

func causesOf(causes []ledger.Cause) []causeRecord {
	var out []causeRecord
	for _, c := range causes {
		out = append(out, causeRecord{Event: c.Event, Name: c.Name, Actor: c.Actor, At: stamp(c.At), Resources: c.Resources})
	}
	return out
}

func causes(records []causeRecord) []ledger.Cause {
	var out []ledger.Cause
	for _, r := range records {
		out = append(out, ledger.Cause(r))
	}
	return out
}

type standingRecord struct {
	Cluster   string    `json:"cluster"`
	Name      string    `json:"name"`
	Access    string    `json:"access,omitempty"`
	State     string    `json:"state,omitempty"`
	Satisfied bool      `json:"satisfied,omitempty"`
	Sources   []string  `json:"sources,omitempty"`
	Path      string    `json:"path,omitempty"`
	Ports     []uint16  `json:"ports,omitempty"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Owner     string    `json:"owner,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

func stoodOf(standings []ledger.Standing) []standingRecord {
	var out []standingRecord
	for _, s := range standings {
		out = append(out, standingRecord{
			Cluster: s.Intent.Cluster, Name: s.Intent.Name, Access: string(s.Access), State: s.State, Satisfied: s.Satisfied,
			Sources: s.Sources, Path: s.Path, Ports: s.Ports, NotBefore: stamp(s.NotBefore), ExpiresAt: stamp(s.ExpiresAt),
			Owner: s.Owner, Reason: s.Reason,
		})
	}
	return out
}

func stood(records []standingRecord) []ledger.Standing {
	var out []ledger.Standing
	for _, r := range records {
		out = append(out, ledger.Standing{
			Intent: intent.Key{Cluster: r.Cluster, Name: r.Name}, Access: intent.Access(r.Access), State: r.State, Satisfied: r.Satisfied,
			Sources: r.Sources, Path: r.Path, Ports: r.Ports, NotBefore: r.NotBefore, ExpiresAt: r.ExpiresAt,
			Owner: r.Owner, Reason: r.Reason,
		})
	}
	return out
}
