package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

const sharedWithUs = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16, OwnerId: "444455556666"}]
    RouteTables: [{RouteTableId: rtb-1, VpcId: vpc-1, OwnerId: "444455556666", Associations: [{Main: true}]}]
    SecurityGroups: [{GroupId: sg-1, VpcId: vpc-1, OwnerId: "444455556666"}]
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    RouteTables: [{RouteTableId: rtb-1, VpcId: vpc-1, Associations: [{Main: true}]}]
    SecurityGroups: [{GroupId: sg-1, VpcId: vpc-1}]
`

func TestWhatAnotherAccountSharesIsChangedByItsOwnerAlone(t *testing.T) {
	sim := awssim.New(load(t, sharedWithUs))
	writes := map[string]func(*ec2.Client) error{
		"a rule": func(c *ec2.Client) error {
			_, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-1"), IpPermissions: []ec2types.IpPermission{
				{IpProtocol: new("tcp"), FromPort: new(int32(6379)), ToPort: new(int32(6379)), IpRanges: []ec2types.IpRange{{CidrIp: new("10.0.1.0/24")}}},
			}})
			return err
		},
		"a blackhole route's deletion": func(c *ec2.Client) error {
			_, err := c.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: new("rtb-1"), DestinationCidrBlock: new("10.9.0.0/16")})
			return err
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			wantCode(t, write(ec2.NewFromConfig(sim.Config("111122223333", "us-east-1", awssim.Actor{Session: "alice"}))), "UnauthorizedOperation")
		})
	}
}
