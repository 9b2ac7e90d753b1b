package access

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/network"
)

func TestWhoStandsBehindAnInterfaceIsNamed(t *testing.T) {
	public := netip.MustParseAddr("198.51.100.7")
	for name, tt := range map[string]struct {
		i    network.NetworkInterface
		want string
	}{
		"a function":           {network.NetworkInterface{Type: "lambda", Description: "AWS Lambda VPC ENI-orders-api-1a2b3c4d-1111-2222-3333-444455556666"}, "Lambda function orders-api"},
		"a function, unnamed":  {network.NetworkInterface{Type: "lambda"}, "a Lambda function"},
		"a task":               {network.NetworkInterface{Type: "interface", Description: "arn:aws-cn:ecs:cn-north-1:111122223333:attachment/0a1b"}, "an ECS task"},
		"pods":                 {network.NetworkInterface{Type: "interface", Description: "aws-K8S-i-0a1b2c3d", Instance: "i-0a1b2c3d"}, "EKS pods"},
		"a pod of its own":     {network.NetworkInterface{Type: "branch"}, "EKS pods"},
		"the control plane":    {network.NetworkInterface{Type: "interface", Description: "Amazon EKS shop"}, "EKS control plane of shop"},
		"a bastion":            {network.NetworkInterface{Type: "interface", Instance: "i-0b", Public: public}, "instance i-0b with the public address 198.51.100.7"},
		"a plain instance":     {network.NetworkInterface{Type: "interface", Instance: "i-0b"}, ""},
		"a client VPN":         {network.NetworkInterface{Type: "interface", Description: "ClientVPN Endpoint resource cvpn-endpoint-0a1b"}, "Client VPN endpoint cvpn-endpoint-0a1b, with everyone who connects to it"},
		"a balancer":           {network.NetworkInterface{Type: "interface", Description: "ELB app/web/50dc6c495c0c9188"}, "load balancer app/web, with everyone who reaches it"},
		"a classic balancer":   {network.NetworkInterface{Type: "interface", Description: "ELB web"}, "load balancer web, with everyone who reaches it"},
		"a network balancer":   {network.NetworkInterface{Type: "network_load_balancer"}, "a load balancer, with everyone who reaches it"},
		"a NAT gateway":        {network.NetworkInterface{Type: "nat_gateway", Description: "Interface for NAT Gateway nat-0a1b"}, "NAT gateway nat-0a1b, with everything that goes out through it"},
		"a resource gateway":   {network.NetworkInterface{Type: "interface", Description: "VPC Lattice Resource Gateway rgw-0a1b2c"}, "resource gateway rgw-0a1b2c, with everyone with whom the resource configuration is shared"},
		"a cache's own":        {network.NetworkInterface{Type: "interface", Description: "ElastiCache sessions-001"}, ""},
		"what a person wrote":  {network.NetworkInterface{Type: "interface", Description: "my ELB tests"}, ""},
		"an address, no owner": {network.NetworkInterface{ID: "eni-0a", Type: "interface", Public: public}, "interface eni-0a with the public address 198.51.100.7"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := standsBehind(tt.i); got != tt.want {
				t.Errorf("behind it stands %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhoStandsBehindAPeerIsFoundByItsGroupAndByItsAddresses(t *testing.T) {
	s := gateSnapshot()
	for id, i := range map[string]network.NetworkInterface{
		"eni-1": {SecurityGroups: []string{"sg-0b"}, Addresses: []netip.Addr{netip.MustParseAddr("10.1.2.10")}, Description: "AWS Lambda VPC ENI-b"},
		"eni-2": {SecurityGroups: []string{"sg-0b"}, Addresses: []netip.Addr{netip.MustParseAddr("10.1.2.11")}, Description: "AWS Lambda VPC ENI-a"},
		"eni-3": {SecurityGroups: []string{"sg-0b"}, Addresses: []netip.Addr{netip.MustParseAddr("10.1.3.11")}, Description: "AWS Lambda VPC ENI-a"},
		"eni-4": {SecurityGroups: []string{"sg-0f"}, Addresses: []netip.Addr{netip.MustParseAddr("10.9.3.11")}, Description: "AWS Lambda VPC ENI-c"},
	} {
		i.ID = id
		s.NetworkInterfaces[id] = i
	}
	ix := NewIndex(s)
	for peer, want := range map[string]string{
		"sg-0b": "Lambda function a, Lambda function b", "10.1.2.0/24": "Lambda function a, Lambda function b", "10.9.0.0/16": "Lambda function c",
		"10.8.0.0/16": "", "0.0.0.0/0": "",
	} {
		if got := strings.Join(ix.Behind(peerOf(peer)), ", "); got != want {
			t.Errorf("behind %s stand %q, want %q", peer, got, want)
		}
	}
	if !slices.IsSorted(ix.Behind(peerOf("sg-0b"))) {
		t.Error("the names are in no fixed order")
	}
}
