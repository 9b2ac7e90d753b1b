package awssim

import "net/netip"

// parsePrefix reads a CIDR and drops its host bits, as AWS does.
func parsePrefix(cidr string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(cidr)
	return prefix.Masked(), err
}

// same says that two ids that may be missing are there and equal.
func same(a, b *string) bool { return a != nil && b != nil && *a == *b }
