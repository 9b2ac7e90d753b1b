package ledger

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
)

// SettledAtOnce is how many claims Finish settles with a run: what is more goes before it.
const SettledAtOnce = 20

// Settled gives what becomes of a claim that was seen as an update says: it stands where it
// was seen to, and its holders come and go. It never loses its last holder. Of one that is
// intended it says that: whose it is cannot be told any more.
func Settled(c change.Claim, known bool, u change.ClaimUpdate) (change.Claim, error) {
	if !known {
		return c, errNoClaim(u.Claim.Key())
	}
	switch u.Claim.Status {
	case change.Standing:
		c.Status, c.RuleID = change.Standing, u.Claim.RuleID
	case change.Intended: // it is in doubt
		c.Status = change.Intended
		return c, nil
	default:
	}
	c.Holders, c.LastHolders = without(union(c.Holders, u.Claim.Holders), u.Drop), nil
	if len(c.Holders) == 0 {
		return c, fmt.Errorf("updating claim %s: its last holder leaves only by Leave", u.Claim.Key())
	}
	if c.Status == change.Closing {
		c.Status = change.Standing
	}
	return c, nil
}
