package intent

import (
	"errors"
	"slices"
	"strings"
)

// Path is one of the six ways to a cluster; empty where the snapshot decides.
type Path string

// The six paths of the ElastiCache user guide.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
const (
	SameVPC        Path = "same-vpc"
	Peering        Path = "peering"
	TransitGateway Path = "transit-gateway"
	TransitVPC     Path = "transit-vpc"
	VPN            Path = "vpn"
	DirectConnect  Path = "direct-connect"
)

// Paths returns the six paths.
func Paths() []Path {
	return []Path{SameVPC, Peering, TransitGateway, TransitVPC, VPN, DirectConnect}
}

// Access is what an intent declares.
type Access string

// What an intent may declare.
const (
	Open   Access = "open"
	Closed Access = "closed"
)

// viaPrefixes returns how the ids begin that a path may go over. A Direct Connect gateway has no
// such id: there the VGW or the transit gateway behind it is named.
func viaPrefixes(path Path) []string {
	switch path {
	case SameVPC:
		return nil
	case Peering:
		return []string{"pcx-"}
	case TransitGateway:
		return []string{"tgw-"}
	case TransitVPC:
		return []string{"vgw-", "eni-"}
	case VPN, DirectConnect:
		return []string{"vgw-", "tgw-"}
	}
	return []string{"pcx-", "tgw-", "vgw-", "eni-"}
}

// checkVia says whether a path can go over the named resource; an empty path accepts what any
// path does. The error's text says what is allowed.
func checkVia(path Path, via string) error {
	prefixes := viaPrefixes(path)
	if slices.ContainsFunc(prefixes, func(prefix string) bool { return isID(via, prefix) }) {
		return nil
	}
	switch {
	case len(prefixes) == 0:
		return errors.New("must be left out: path " + string(path) + " goes over nothing")
	case path == "":
		return errors.New("must be an id such as pcx-0a1b2c3d4e5f60718, and begin with " + orList(prefixes))
	}
	return errors.New("must be an id that begins with " + orList(prefixes) + ", since path is " + string(path))
}

// orList joins words as in "a, b or c".
func orList[T ~string](words []T) string {
	var text strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text.WriteString(" or ")
		default:
			text.WriteString(", ")
		}
		text.WriteString(string(word))
	}
	return text.String()
}
