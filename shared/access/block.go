package access

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
)

// Block says why cachegate may not write what an intent needs. The zero Block
// says that it may.
type Block struct {
	Code BlockCode
	// Text says it to people.
	Text string
}

// BlockCode names the reason of a block.
type BlockCode string

// The reasons.
const (
	// BlockSharedGroup: the group also guards others, and the policy does not let it be opened.
	BlockSharedGroup BlockCode = "shared-group"
	// BlockPolicyWrites: the policy's writes do not include changes of this kind.
	BlockPolicyWrites BlockCode = "policy-writes"
	// BlockForeignRoute: a route that is not cachegate's stands against it.
	BlockForeignRoute BlockCode = "foreign-route"
	// BlockOwnAddresses: the route would take addresses of the cache VPC away from it.
	BlockOwnAddresses BlockCode = "own-addresses"
	// BlockReference: no rule can refer to the group on this path.
	BlockReference BlockCode = "reference"
	// BlockNotWorking: what it leans on does not work (yet).
	BlockNotWorking BlockCode = "not-working-yet"
	// BlockLeaving: the group is being taken from the cluster.
	BlockLeaving BlockCode = "leaving-group"
	// BlockMissing: where it would be written does not exist.
	BlockMissing BlockCode = "missing"
	// BlockUnread: what decides could not be read.
	BlockUnread BlockCode = "unread"
	// BlockMiddleBox: what passes a middle box is routed by whoever runs it.
	BlockMiddleBox BlockCode = "middle-box"
	// BlockUndecidedPath: more than one path may be meant.
	BlockUndecidedPath BlockCode = "undecided-path"
)

func blocked(code BlockCode, format string, args ...any) Block {
	return Block{Code: code, Text: fmt.Sprintf(format, args...)}
}

// None says whether cachegate may write.
func (b Block) None() bool { return b.Code == "" }

// writesLeaveOut blocks a kind of change that the policy's writes do not include.
func (d Declared) writesLeaveOut(kind change.Kind) Block {
	if d.Policy.Writes.Has(kind.Writes()) {
		return Block{}
	}
	return blocked(BlockPolicyWrites, "the policy's writes do not include %s", kind.WritesName())
}
