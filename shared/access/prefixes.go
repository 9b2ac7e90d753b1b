package access

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// overlapping keeps the subnets that have an address in one of the ranges.
func overlapping(subnets []network.Subnet, ranges []netip.Prefix) []network.Subnet {
	var out []network.Subnet
	for _, sn := range subnets {
		if slices.ContainsFunc(sn.CIDRs, func(c netip.Prefix) bool { return overlapsAny(c, ranges) }) {
			out = append(out, sn)
		}
	}
	return out
}

func overlapsAny(p netip.Prefix, ranges []netip.Prefix) bool {
	return slices.ContainsFunc(ranges, p.Overlaps)
}

// inside says whether there are ranges and each lies in one of the blocks.
func inside(blocks, ranges []netip.Prefix) bool {
	for _, r := range ranges {
		if !slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return network.Covers(b, r) }) {
			return false
		}
	}
	return len(ranges) > 0
}

// itself is the destination of a route to a range that no VPC is behind.
func itself(p netip.Prefix) netip.Prefix { return p }

func prefixesText(prefixes []netip.Prefix) string {
	parts := make([]string, len(prefixes))
	for i, p := range prefixes {
		parts[i] = p.String()
	}
	return strings.Join(parts, ", ")
}

// portsText names the cluster's ports for people.
func portsText(ports []uint16) string {
	parts := make([]string, len(ports))
	for i, p := range ports {
		parts[i] = strconv.Itoa(int(p))
	}
	return "TCP " + strings.Join(parts, ", ")
}

// bitsCovering gives the length of a prefix that holds one of the ranges, else 0.
func bitsCovering(p netip.Prefix, ranges []netip.Prefix) int {
	if slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return network.Covers(p, r) }) {
		return p.Bits()
	}
	return 0
}
