package apply

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
)

// setPeeringDNS switches on that the peer may resolve names of the change's VPC:
// an option of the side of the connection that the VPC is on. Each account sets
// only its own side.
func (r *run) setPeeringDNS(ctx context.Context, client EC2, c *change.Change) error {
	options := &types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(true)}
	in := &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: aws.String(c.Resource)}
	switch c.Side {
	case change.Requester:
		in.RequesterPeeringConnectionOptions = options
	case change.Accepter:
		in.AccepterPeeringConnectionOptions = options
	default:
		return errors.New("the side of the peering connection is not known")
	}
	_, err := client.ModifyVpcPeeringConnectionOptions(ctx, in)
	return err
}
