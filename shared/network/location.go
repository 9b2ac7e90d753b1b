package network

import (
	"fmt"
	"strings"
)

// Location is an AWS account in one Region: the reach of one set of credentials
// and of one regional endpoint.
type Location struct {
	Account, Region string
}

// String gives "123456789012/us-east-1".
func (l Location) String() string { return l.Account + "/" + l.Region }

// IsZero says whether no location is known.
func (l Location) IsZero() bool { return l.Account == "" && l.Region == "" }

// pendingVPC stands in a Unit for the VPC of clusters that do not exist yet.
const pendingVPC = "pending"

// Unit is one cache VPC, reconciled at once because its clusters share security
// groups and route tables.
type Unit struct {
	Location
	VPC string
}

// PendingUnit holds the intents of clusters that do not exist (yet) in a location.
func PendingUnit(l Location) Unit { return Unit{Location: l, VPC: pendingVPC} }

// IsPending says whether the unit stands for clusters that do not exist (yet).
func (u Unit) IsPending() bool { return u.VPC == pendingVPC }

// String gives "123456789012/us-east-1/vpc-0abc".
func (u Unit) String() string { return u.Location.String() + "/" + u.VPC }

// ParseUnit reads what Unit.String prints.
func ParseUnit(s string) (Unit, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return Unit{}, fmt.Errorf("reading unit %q: must be account/Region/VPC, such as 123456789012/us-east-1/vpc-0abc", s)
	}
	return Unit{Location: Location{Account: parts[0], Region: parts[1]}, VPC: parts[2]}, nil
}

// Tri is a setting that AWS may not have told us.
type Tri int8

// The three states of a setting.
const (
	Unknown Tri = iota
	Off
	On
)

// TriOf turns an optional boolean into a Tri.
func TriOf(b *bool) Tri {
	switch {
	case b == nil:
		return Unknown
	case *b:
		return On
	default:
		return Off
	}
}
