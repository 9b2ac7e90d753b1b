package change

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Holder is an intent of a unit that needs what a claim put in place.
type Holder struct {
	Unit   network.Unit
	Intent intent.Key
}

// Named says whether the intent is known: of a rule that only its tag shows to be ours,
// as in a world file, the unit alone is.
func (h Holder) Named() bool { return h.Intent != intent.Key{} }

// CompareHolders orders holders by unit, cluster and name.
func CompareHolders(a, b Holder) int {
	return cmp.Or(
		strings.Compare(a.Unit.String(), b.Unit.String()),
		strings.Compare(a.Intent.Cluster, b.Intent.Cluster),
		strings.Compare(a.Intent.Name, b.Intent.Name),
	)
}

// ClaimStatus is where a claim is in its life.
type ClaimStatus string

// The life of a claim. It is Intended from before the write until EC2 accepted
// it, Written from then until a snapshot showed it, Standing from then on, and
// Closing from when the last holder went until the rule is gone.
const (
	Intended ClaimStatus = "intended"
	Written  ClaimStatus = "written"
	Standing ClaimStatus = "standing"
	Closing  ClaimStatus = "closing"
)

// Claim records that cachegate put a rule or route in place. Its key is the
// requirement's text; the last holder to go takes the rule along.
type Claim struct {
	Requirement
	Status ClaimStatus
	// RuleID is the id of a security group rule, once it is known.
	RuleID  string
	Holders []Holder
	// LastHolders are the holders that went last, while the claim is Closing: their
	// unit still has to take away what it stands for.
	LastHolders []Holder
	// Tag is the value of the rule's tag cachegate:managed, which recovers a crash
	// between the write and its record.
	Tag string
	// PriorTags are those of earlier writes of the same requirement: one of them may
	// have been made after all.
	PriorTags []string
	// Created is when the write was intended last.
	Created time.Time
	// AdoptedBy is the ARN of the person who took under the claim what somebody else had put
	// there; empty where cachegate wrote it.
	AdoptedBy string
}

// MayServe says whether the claim is held for an intent, or may be: for one that nobody
// knows the name of.
func (c Claim) MayServe(k intent.Key) bool {
	return len(c.Holders) == 0 || slices.ContainsFunc(c.Holders, func(h Holder) bool { return !h.Named() || h.Intent == k })
}

// Key identifies the claim in the ledger.
func (c Claim) Key() string { return c.Requirement.String() }

// Concerns says whether a unit has to do with the claim: it holds it, or went
// last, or nobody did.
func (c Claim) Concerns(u network.Unit) bool {
	all := slices.Concat(c.Holders, c.LastHolders)
	return len(all) == 0 || slices.ContainsFunc(all, func(h Holder) bool { return h.Unit == u })
}

// Proven says whether what stands there can be shown to be cachegate's: a rule by its
// id or tag, all else by EC2 having accepted the write. Until then somebody else may
// have made the same by hand.
func (c Claim) Proven() bool { return c.Kind.traits().byID || c.Status != Intended }

// lateWithin is how long after its claim a write may still come whose end nobody saw: the
// process may stand still between claim and call, as a laptop that sleeps does, over a
// weekend too. EC2 cannot be told to refuse it, so the claim has to be there to find it by.
const lateWithin = 7 * 24 * time.Hour

// MayStillCome says whether a write that is not to be seen may still be made: nobody
// knows what became of the call.
func (c Claim) MayStillCome(now time.Time) bool {
	return c.Status == Intended && !c.Created.IsZero() && now.Sub(c.Created) < lateWithin
}

// Made says whether a rule's tag is one that the claim's writes gave.
func (c Claim) Made(tag string) bool {
	return tag != "" && (tag == c.Tag || slices.Contains(c.PriorTags, tag))
}

// HeldOutside gives the holders that are not of a unit.
func (c Claim) HeldOutside(u network.Unit) []Holder {
	var out []Holder
	for _, h := range c.Holders {
		if h.Unit != u {
			out = append(out, h)
		}
	}
	return out
}

// ManagedTag is the tag that cachegate puts on the rules it makes. It proves
// nothing alone, since anyone can set a tag.
const ManagedTag = "cachegate:managed"
