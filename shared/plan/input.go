package plan

import (
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// OtherUnit is what an open intent of another unit needs at an enforcement point
// that this unit shares with it.
type OtherUnit struct {
	Holder change.Holder
	Need   access.Need
}

// Deployed are the closes of a whole deployment within the time that counts, this run's not
// among them, and what it has open.
type Deployed struct{ Closed, Open int }

// Input is all that a plan is made from.
type Input struct {
	Now  time.Time
	Unit network.Unit
	// Deployment is the name that the tags of this deployment's rules begin with.
	Deployment string
	Index      *access.Index
	// Judgements are those of the unit's live intents.
	Judgements []access.Judgement
	// Ended are those of intents whose time is over: they say why a claim ends, and
	// which rules of others were declared once.
	Ended []access.Judgement
	// Invalid are the malformed intents of the unit; those that still hold keep
	// what they have.
	Invalid  []intent.Invalid
	Policies intent.Policies
	// Claims are those at the unit's enforcement points, and those that it holds
	// anywhere.
	Claims     []change.Claim
	OtherUnits []OtherUnit
	// Unread are enforcement points of which some sharer could not be read: nothing
	// is closed there.
	Unread map[change.Point]string
	// Awaited are those of which some sharer has to be judged first.
	Awaited map[change.Point]string
	// Deployed is what all units of the deployment closed lately and have open; nil where
	// that does not count.
	Deployed *Deployed
	// Tripped are the changes of this unit that wait for a person; without a hash, none.
	Tripped change.Tripped
	// TryNow lifts the pauses of what is contested: a person asked for the run.
	TryNow bool
	// Contests are what was put right lately, by the text of what was changed.
	Contests map[string]change.Contest
}

func (in *Input) holder(k intent.Key) change.Holder { return change.Holder{Unit: in.Unit, Intent: k} }
