package events

import "strings"

// Kind says what sort of resource an id or a name belongs to.
type Kind string

// The kinds that are recognised, beside those of package resource. Prefixes are AWS's
// own; see idPrefixes.
const (
	KindSecurityGroup             Kind = "security-group"
	KindSecurityGroupRule         Kind = "security-group-rule"
	KindRouteTable                Kind = "route-table"
	KindRouteTableAssociation     Kind = "route-table-association"
	KindSubnet                    Kind = "subnet"
	KindVPC                       Kind = "vpc"
	KindVPCPeeringConnection      Kind = "vpc-peering-connection"
	KindVPCEndpoint               Kind = "vpc-endpoint"
	KindTransitGateway            Kind = "transit-gateway"
	KindTransitGatewayAttachment  Kind = "transit-gateway-attachment"
	KindTransitGatewayRouteTable  Kind = "transit-gateway-route-table"
	KindTransitGatewayPolicyTable Kind = "transit-gateway-policy-table"
	KindVPNGateway                Kind = "vpn-gateway"
	KindVPNConnection             Kind = "vpn-connection"
	KindCustomerGateway           Kind = "customer-gateway"
	KindPrefixList                Kind = "prefix-list"
	KindNetworkInterface          Kind = "network-interface"
	KindNetworkInterfaceAttach    Kind = "network-interface-attachment"
	KindInstance                  Kind = "instance"
	KindNetworkACL                Kind = "network-acl"
	KindNetworkACLAssociation     Kind = "network-acl-association"
	KindInternetGateway           Kind = "internet-gateway"
	KindEgressOnlyGateway         Kind = "egress-only-internet-gateway"
	KindCarrierGateway            Kind = "carrier-gateway"
	KindLocalGateway              Kind = "local-gateway"
	KindNATGateway                Kind = "nat-gateway"
	KindRouteServer               Kind = "route-server"
	KindRouteServerEndpoint       Kind = "route-server-endpoint"
	KindRouteServerPeer           Kind = "route-server-peer"
	KindCoreNetwork               Kind = "core-network"
	KindCoreNetworkAttachment     Kind = "core-network-attachment"

	KindVirtualInterface                 Kind = "virtual-interface"
	KindDirectConnectConnection          Kind = "direct-connect-connection"
	KindDirectConnectLAG                 Kind = "direct-connect-lag"
	KindDirectConnectGateway             Kind = "direct-connect-gateway"
	KindDirectConnectGatewayAssociation  Kind = "direct-connect-gateway-association"
	KindDirectConnectAssociationProposal Kind = "direct-connect-gateway-association-proposal"

	// KindGroupName is the name of a security group, for calls that name a group
	// so. It is unique only within a VPC.
	KindGroupName Kind = "group-name"
)

// Resource is one thing that an event names.
type Resource struct {
	Kind Kind
	// ID is the id or, where it goes by a name, that name, as the event spells it.
	ID string
}

// Key is the form in which to compare a resource with what is known of the
// world. The services whose resources are protected store names in lower case,
// while an event repeats what the caller typed. All other ids are compared as they
// are.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
func (r Resource) Key() string {
	if _, protects := protected.kinds[r.Kind]; protects {
		return strings.ToLower(r.ID)
	}
	return r.ID
}

// Named says whether the resource goes by a name, which is only known together with
// an account and Region.
func (r Resource) Named() bool {
	return r.Kind == KindGroupName || protected.kinds[r.Kind].Keyed
}

// idPrefixes leads from what stands before an id's last hyphen to its kind.
// What is missing here is missing on purpose: ids that no judgement of a path
// depends on, such as dopt-, ami- or vpc-cidr-assoc-. Were they recognised, an
// event that names nothing else would wake nobody, instead of everybody.
var idPrefixes = map[string]Kind{
	"sg": KindSecurityGroup, "sgr": KindSecurityGroupRule,
	"rtb": KindRouteTable, "rtbassoc": KindRouteTableAssociation,
	"subnet": KindSubnet, "vpc": KindVPC, "pcx": KindVPCPeeringConnection, "vpce": KindVPCEndpoint,
	"tgw": KindTransitGateway, "tgw-attach": KindTransitGatewayAttachment,
	"tgw-rtb": KindTransitGatewayRouteTable, "tgw-ptb": KindTransitGatewayPolicyTable,
	"vgw": KindVPNGateway, "vpn": KindVPNConnection, "cgw": KindCustomerGateway,
	"pl":  KindPrefixList,
	"eni": KindNetworkInterface, "eni-attach": KindNetworkInterfaceAttach, "i": KindInstance,
	"acl": KindNetworkACL, "aclassoc": KindNetworkACLAssociation,
	"igw": KindInternetGateway, "eigw": KindEgressOnlyGateway, "nat": KindNATGateway,
	"cagw": KindCarrierGateway, "lgw": KindLocalGateway,
	"rs": KindRouteServer, "rse": KindRouteServerEndpoint, "rsp": KindRouteServerPeer,
	"core-network": KindCoreNetwork, "attachment": KindCoreNetworkAttachment,
	"dxvif": KindVirtualInterface, "dxcon": KindDirectConnectConnection, "dxlag": KindDirectConnectLAG,
}

// Two digits are the least that is taken for an id. AWS gives 8 or 17; fewer
// stand in worlds that people write by hand.
const leastSuffix = 2

// kindOfID recognises an id: a known prefix, a hyphen, and hexadecimal digits
// (Direct Connect's are any letters and digits). In prose only the lengths that
// AWS gives are accepted, so that a tag "vpc-01" is not taken for a VPC.
func kindOfID(word string, prose bool) (Kind, bool) {
	cut := strings.LastIndexByte(word, '-')
	if cut < 1 {
		return "", false
	}
	kind, known := idPrefixes[word[:cut]]
	suffix := word[cut+1:]
	if !known || len(suffix) < leastSuffix || (prose && len(suffix) != 8 && len(suffix) != 17) {
		return "", false
	}
	highest := byte('f')
	if strings.HasPrefix(word, "dx") {
		highest = 'z'
	}
	for i := range len(suffix) {
		if c := suffix[i]; (c < '0' || c > '9') && (c < 'a' || c > highest) {
			return "", false
		}
	}
	return kind, true
}

// isUUID recognises the ids of Direct Connect gateways, associations and proposals.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
