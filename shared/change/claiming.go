package change

// A person may take what stands under a claim, or give a claim up. Neither is a write to AWS:
// each is kept in the journal as a change of a run, beside those that are.
const (
	// Adopt takes what stands, and what live open intents need, under a claim.
	Adopt Action = "adopt"
	// Release gives a claim up: what stands stays, and is nobody's.
	Release Action = "release"
)

// The reasons of what people do with claims.
const (
	Adopted  Reason = "adopted"   // a person took it under a claim
	Released Reason = "released"  // a person gave its claim up
	TakenOut Reason = "taken-out" // a person has all revoked that is under claims
)

// Writes says whether the change is a write to AWS.
func (c Change) Writes() bool { return c.Action != Adopt && c.Action != Release }

// claimPhrase says in words what becomes of a claim.
func claimPhrase(c Change) Phrase {
	object := c.Noun()
	if c.Rule.ID != "" {
		object += " (" + c.Rule.ID + ")"
	}
	if c.Action == Adopt {
		return Phrase{To: "adopt", Did: "adopted", Object: object}
	}
	return Phrase{To: "give up", Did: "gave up", Object: object}
}
