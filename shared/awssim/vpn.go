package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (c *call) vpnGateway(id *string) (*VpnGateway, error) {
	if gateway := c.r.vpnGateways.lookup(id); gateway != nil {
		return gateway, nil
	}
	return nil, notFound("InvalidVpnGatewayID.NotFound", "vpnGateway ID", aws.ToString(id))
}

// gatewayPrefixes lists what a virtual private gateway knows: what it learnt by BGP, and the static routes of its
// VPN connections. IPv6 does not go over one.
func (r *region) gatewayPrefixes(id string) []string {
	var known []string
	add := func(routes []ec2types.VpnStaticRoute) {
		for _, route := range routes {
			cidr := aws.ToString(route.DestinationCidrBlock)
			if (route.State == "" || route.State == ec2types.VpnStateAvailable) && !slices.Contains(known, cidr) {
				known = append(known, cidr)
			}
		}
	}
	if gateway := r.vpnGateways.get(id); gateway != nil {
		add(gateway.Routes)
	}
	for _, v := range r.vpnConnections.vals {
		if aws.ToString(v.VpnGatewayId) == id && v.State == ec2types.VpnStateAvailable {
			add(v.Routes)
		}
	}
	return known
}
