package network

import "net/netip"

// PeeringConnection is a VPC peering connection, seen from either side.
type PeeringConnection struct {
	ID            string
	Status        string
	StatusMessage string
	Requester     PeeringSide
	Accepter      PeeringSide
}

// The states of a peering connection that matter here.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
const (
	PeeringActive            = "active"
	PeeringPendingAcceptance = "pending-acceptance"
	PeeringProvisioning      = "provisioning"
	PeeringInitiating        = "initiating-request"
)

// PeeringSide is one VPC of a peering connection.
type PeeringSide struct {
	Location
	VPC string
	// CIDRs are told by AWS only while the connection is active.
	CIDRs []netip.Prefix
	// DNSFromRemote lets the peer resolve this side's private names
	// (AllowDnsResolutionFromRemoteVpc).
	DNSFromRemote Tri
}

// Sides gives the side of a VPC and the other one; ok is false where the VPC is on neither.
func (p PeeringConnection) Sides(vpc string) (own, other PeeringSide, ok bool) {
	switch vpc {
	case p.Requester.VPC:
		return p.Requester, p.Accepter, true
	case p.Accepter.VPC:
		return p.Accepter, p.Requester, true
	default:
		return PeeringSide{}, PeeringSide{}, false
	}
}
