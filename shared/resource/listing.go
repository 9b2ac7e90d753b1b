package resource

import (
	"context"

	"github.com/cachegate/cachegate/shared/network"
)

// Lister lists the resources of a service in one account and Region, with the calls
// in Service.Lists.
type Lister interface {
	// Service is the name of the service.
	Service() string
	// List gives all resources. What AWS refuses the reader records, and what it hides
	// is missing, or lacks its VPC. The error is that of the context.
	List(ctx context.Context, r Reader) ([]network.Cluster, error)
	// Gone asks for one resource of the service by its name, and says whether AWS
	// answers that there is none: what a list does not hold may be there all the same.
	Gone(ctx context.Context, arn ARN) (bool, error)
}

// Reader carries out the calls of a Lister, and records those that AWS refuses. It
// may be used concurrently.
type Reader interface {
	// Location is the account and Region that is read.
	Location() network.Location
	// Pages makes a call until there is no further page; action is one of Service.Lists.
	// next is given the token of a page, nil for the first, and gives that of the one
	// after it.
	Pages(ctx context.Context, action string, next func(ctx context.Context, token *string) (*string, error)) error
	// VPCs gives the VPCs of subnets.
	VPCs(ctx context.Context, subnets []string) (map[string]string, error)
}
