package intent

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// SourceKind tells the forms of a source apart.
type SourceKind string

// The forms of a source.
const (
	SecurityGroup SourceKind = "security-group"
	CIDR          SourceKind = "cidr"
	PrefixList    SourceKind = "prefix-list"
	VPC           SourceKind = "vpc"
)

// Source is one of those who may, or may not, reach a cluster. Sources are comparable: what is
// the same source is equal.
type Source struct {
	Kind SourceKind
	// Account owns the security group where it is written `123456789012/sg-…`; else empty.
	Account string
	// ID is the `sg-`, `pl-` or `vpc-` id; empty for a CIDR.
	ID string
	// Prefix is the CIDR with its host bits cleared, as AWS keeps it.
	Prefix netip.Prefix
}

var (
	errSourceForm = errors.New("must be a security group (sg-0a1b2c3d4e5f60718, or 123456789012/sg-… of another account), " +
		"a CIDR or an address (IPv4 or IPv6), a prefix list (pl-…) or a VPC (vpc-…)")
	errZone        = errors.New("must be written without a zone (what follows the %)")
	errMapped      = errors.New("must be written as the IPv4 CIDR or address that it stands for")
	errUnspecified = errors.New("must be the address of a host; everything is written 0.0.0.0/0 or ::/0")
)

// ParseSource reads a source. A bare address is a host. Host bits of a CIDR, which AWS clears,
// are refused: whoever writes them may mean the host alone. The error's text says what is
// allowed.
func ParseSource(text string) (Source, error) {
	account, id, qualified := strings.Cut(text, "/")
	switch {
	case qualified && resource.IsAccount(account) && isID(id, "sg-"):
		return Source{Kind: SecurityGroup, Account: account, ID: id}, nil
	case isID(text, "sg-"):
		return Source{Kind: SecurityGroup, ID: text}, nil
	case isID(text, "pl-"):
		return Source{Kind: PrefixList, ID: text}, nil
	case isID(text, "vpc-"):
		return Source{Kind: VPC, ID: text}, nil
	}
	prefix, err := parsePrefix(text)
	if err != nil {
		return Source{}, err
	}
	return Source{Kind: CIDR, Prefix: prefix}, nil
}

// parsePrefix reads a CIDR or an address, in the canonical form.
func parsePrefix(text string) (netip.Prefix, error) {
	address, _, hasLength := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return netip.Prefix{}, errSourceForm
	case addr.Zone() != "":
		return netip.Prefix{}, errZone
	case addr.Is4In6():
		return netip.Prefix{}, errMapped
	case !hasLength && addr.IsUnspecified():
		return netip.Prefix{}, errUnspecified
	case !hasLength:
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errSourceForm
	}
	if net := prefix.Masked(); net != prefix {
		return netip.Prefix{}, fmt.Errorf("has host bits, and may mean either: write %s for the whole range, or %s for the one host",
			net, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return prefix, nil
}

// String returns the canonical text: ParseSource of it gives the same source.
func (s Source) String() string {
	switch {
	case s.Kind == CIDR:
		return s.Prefix.String()
	case s.Account != "":
		return s.Account + "/" + s.ID
	}
	return s.ID
}

// isID says whether a text can be an EC2 id: the prefix, then lower-case letters, digits and hyphens. AWS
// makes 8 or 17 hexadecimal digits; the short readable ids of hand-made worlds are accepted too,
// since a wrong id is found anyhow when the resource is looked for.
func isID(text, prefix string) bool {
	rest, ok := strings.CutPrefix(text, prefix)
	return ok && rest != "" && len(rest) <= maxID && strings.Trim(rest, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}

const maxID = 32
