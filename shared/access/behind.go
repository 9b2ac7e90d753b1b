package access

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// Behind names who stands behind a peer, as far as its network interfaces show it: a
// Lambda function, a load balancer, an instance with a public address. Who lets these in
// lets in whoever uses them. What only comes and goes, such as a plain instance, has no
// name; the same names are given in the same order, each once.
func (ix *Index) Behind(p network.Peer) []string {
	var out []string
	for _, i := range ix.interfacesOf(p) {
		if text := standsBehind(i); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

// interfacesOf gives the interfaces of a group's members, or with an address of a range.
func (ix *Index) interfacesOf(p network.Peer) []network.NetworkInterface {
	if p.SecurityGroup != "" {
		return ix.members[p.SecurityGroup]
	}
	ranges := ix.Ranges(p)
	var out []network.NetworkInterface
	for _, i := range ix.NetworkInterfaces {
		holds := func(r netip.Prefix) bool { return r.Bits() > 0 && slices.ContainsFunc(i.Addresses, r.Contains) }
		if slices.ContainsFunc(ranges, holds) {
			out = append(out, i)
		}
	}
	return out
}

// AWS's own words in the descriptions of interfaces that its services make.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
var (
	lambdaDescription     = regexp.MustCompile(`^AWS Lambda VPC ENI-(.+?)(-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$`)
	ecsDescription        = regexp.MustCompile(`^arn:[a-z-]+:ecs:`)
	podDescription        = regexp.MustCompile(`^aws-[Kk]8[Ss]-`)
	controlDescription    = regexp.MustCompile(`^Amazon EKS (.+)$`)
	clientVPNDescription  = regexp.MustCompile(`(?i)^client ?vpn endpoint.*?(cvpn-endpoint-[0-9a-f]+)?$`)
	balancerDescription   = regexp.MustCompile(`^ELB (.+)$`)
	resourceGateway       = regexp.MustCompile(`(?i)(?:resource gateway|\brgw-)`)
	resourceGatewayID     = regexp.MustCompile(`\brgw-[0-9a-f]+\b`)
	natGatewayDescription = regexp.MustCompile(`^Interface for NAT Gateway (nat-[0-9a-f]+)`)
)

// standsBehind names what uses an interface; empty where that is nothing to tell of.
func standsBehind(i network.NetworkInterface) string {
	text := i.Description
	if m := lambdaDescription.FindStringSubmatch(text); m != nil {
		return "Lambda function " + m[1]
	}
	if m := clientVPNDescription.FindStringSubmatch(text); m != nil {
		return joinWords("Client VPN endpoint", m[1]) + ", with everyone who connects to it"
	}
	if resourceGateway.MatchString(text) {
		return joinWords("resource gateway", resourceGatewayID.FindString(text)) + ", with everyone with whom the resource configuration is shared"
	}
	if m := balancerDescription.FindStringSubmatch(text); m != nil {
		return "load balancer " + balancerName(m[1]) + ", with everyone who reaches it"
	}
	if m := natGatewayDescription.FindStringSubmatch(text); m != nil {
		return "NAT gateway " + m[1] + ", with everything that goes out through it"
	}
	if m := controlDescription.FindStringSubmatch(text); m != nil && i.Instance == "" {
		return "EKS control plane of " + m[1]
	}
	switch {
	case i.Type == "lambda":
		return "a Lambda function"
	case i.Type == "network_load_balancer" || i.Type == "load_balancer" || i.Type == "gateway_load_balancer":
		return "a load balancer, with everyone who reaches it"
	case i.Type == "nat_gateway":
		return "a NAT gateway, with everything that goes out through it"
	case ecsDescription.MatchString(text):
		return "an ECS task"
	case podDescription.MatchString(text) || i.Type == "branch" || i.Type == "trunk":
		return "EKS pods"
	case i.Instance != "" && i.Public.IsValid():
		return "instance " + i.Instance + " with the public address " + i.Public.String()
	case i.Public.IsValid():
		return "interface " + i.ID + " with the public address " + i.Public.String()
	default:
		return ""
	}
}

// balancerName takes the id off the name of a load balancer: app/web/50dc6c495c0c9188.
func balancerName(text string) string {
	if kind, rest, found := strings.Cut(text, "/"); found {
		name, _, _ := strings.Cut(rest, "/")
		return kind + "/" + name
	}
	return text
}

func joinWords(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// BehindText says who stands behind a peer in a few words; empty where nobody is known.
func (ix *Index) BehindText(p network.Peer) string {
	const shown = 3
	names := ix.Behind(p)
	if len(names) == 0 {
		return ""
	}
	text := strings.Join(names[:min(shown, len(names))], "; ")
	if len(names) > shown {
		text += "; and others"
	}
	return text
}
