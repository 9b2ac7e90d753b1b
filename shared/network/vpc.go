package network

import "net/netip"

// VPC is a virtual private cloud.
type VPC struct {
	ID string
	Location
	// Owner is the account that owns the VPC, and may share its subnets with others.
	Owner string
	// CIDRs are the associated blocks of both families.
	CIDRs        []netip.Prefix
	Default      bool
	DNSSupport   Tri
	DNSHostnames Tri
}

// Subnet is a subnet of a VPC.
type Subnet struct {
	ID  string
	VPC string
	Location
	CIDRs            []netip.Prefix
	AvailabilityZone string
	// ZoneID is the same for every account, such as use1-az1; empty where AWS did not tell.
	ZoneID string
	// ZoneType is "availability-zone", "local-zone" or "wavelength-zone"; empty
	// where it was not read.
	ZoneType string
	// ParentZone is the Availability Zone that a Local Zone belongs to.
	ParentZone string
}

// NetworkInterface is an elastic network interface.
type NetworkInterface struct {
	ID     string
	VPC    string
	Subnet string
	Location
	SecurityGroups []string
	Addresses      []netip.Addr
	Status         string
	Type           string
	RequesterID    string
	Description    string
	// SourceDestCheck is off where the interface may forward traffic of others.
	SourceDestCheck bool
	Instance        string
	// Public is the public address by which the internet reaches it, where it has one.
	Public netip.Addr
	// Attachment is the eni-attach- id that detaching names alone.
	Attachment string
}

// NetworkACL is the stateless filter of subnets.
type NetworkACL struct {
	ID  string
	VPC string
	Location
	Default      bool
	Associations []NetworkACLAssociation
	Entries      []NetworkACLEntry
}

// NetworkACLAssociation binds a network ACL to a subnet.
type NetworkACLAssociation struct {
	ID, Subnet string
}

// NetworkACLEntry is one numbered rule of a network ACL.
type NetworkACLEntry struct {
	Number   int32
	Egress   bool
	Allow    bool
	Protocol string // IANA number, or "-1" for all
	FromPort uint16
	ToPort   uint16
	CIDR     netip.Prefix
}

// PrefixList is a managed prefix list, of a customer or of AWS.
type PrefixList struct {
	ID   string
	Name string
	Location
	Owner      string
	Entries    []netip.Prefix
	MaxEntries int
}

// BlockHolding gives the VPC's CIDR block that holds a prefix, the zero prefix
// where none does.
func (v VPC) BlockHolding(p netip.Prefix) netip.Prefix {
	for _, c := range v.CIDRs {
		if Covers(c, p) {
			return c
		}
	}
	return netip.Prefix{}
}

// Covers says whether every address of inner is in outer.
func Covers(outer, inner netip.Prefix) bool {
	return outer.IsValid() && inner.IsValid() &&
		outer.Addr().Is6() == inner.Addr().Is6() &&
		outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
