package access

import (
	"fmt"
	"net/netip"
)

// judgeOverlap judges that the cache VPC and another one have no address in common:
// neither a peering connection nor a transit gateway carries traffic that a local route
// takes. Blocks that AWS does not tell (those of a peering connection that is not active)
// cannot be judged.
func judgeOverlap(t *tracing, resource, vpc string, blocks []netip.Prefix) {
	if len(t.vpc.CIDRs) == 0 || len(blocks) == 0 {
		return
	}
	h := Hop{Kind: HopOverlap, Resource: resource, Location: t.cluster.Location}
	h = h.passing([]string{resource}, "the CIDR blocks of the two VPCs do not overlap")
	for _, a := range t.vpc.CIDRs {
		for _, b := range blocks {
			if a.Overlaps(b) {
				h = h.failing(fmt.Sprintf("%s of %s overlaps %s of %s", a, t.vpc.ID, b, vpc),
					say("renumber one of the VPCs"), say("AWS does not route between overlapping blocks"))
			}
		}
	}
	t.add(h)
}
