package apply

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/network"
)

// Clients builds the clients that write, one a location, and keeps them. They
// are others than those that read, so that a throttled read does not slow down
// a write that closes something. It is safe for concurrent use.
type Clients struct {
	configFor func(context.Context, network.Location) (aws.Config, error)

	mu   sync.Mutex
	made map[network.Location]EC2
}

// NewClients makes clients of the configurations that configFor gives.
func NewClients(configFor func(context.Context, network.Location) (aws.Config, error)) *Clients {
	return &Clients{configFor: configFor, made: map[network.Location]EC2{}}
}

// For gives the client of a location.
func (c *Clients) For(ctx context.Context, l network.Location) (EC2, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.made[l]; ok {
		return client, nil
	}
	cfg, err := c.configFor(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("configuring the writing client of %s: %w", l, err)
	}
	client := ec2.NewFromConfig(cfg)
	c.made[l] = client
	return client, nil
}
