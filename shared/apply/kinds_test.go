package apply_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

const kindsWorld = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}, {VpcId: vpc-0a, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables: [{RouteTableId: rtb-0c, VpcId: vpc-0c, Associations: [{Main: true}]}]
    SecurityGroups: [{GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}, {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0c}]
    VpcPeeringConnections: [{VpcPeeringConnectionId: pcx-0a, RequesterVpcInfo: {VpcId: vpc-0c, PeeringOptions: {AllowDnsResolutionFromRemoteVpc: false}}, AccepterVpcInfo: {VpcId: vpc-0a}}]
    VpnGateways: [{VpnGatewayId: vgw-0c, VpcAttachments: [{VpcId: vpc-0c}]}]
    TransitGateways: [{TransitGatewayId: tgw-0a}]
    TransitGatewayVpcAttachments: [{TransitGatewayAttachmentId: tgw-attach-0c, TransitGatewayId: tgw-0a, VpcId: vpc-0c, SubnetIds: [subnet-0c]}]
    TransitGatewayRouteTables: [{TransitGatewayRouteTableId: tgw-rtb-0a, TransitGatewayId: tgw-0a}]
`

// examples has a requirement of every kind in kindsWorld.
func examples() map[change.Kind]change.Requirement {
	return map[change.Kind]change.Requirement{
		change.Rule:       ruleOf("sg-0c", "sg-0a"),
		change.Route:      routeOf("10.1.0.0/16", "pcx-0a"),
		change.PeeringDNS: {Kind: change.PeeringDNS, Location: here, Resource: "pcx-0a", VPC: "vpc-0c"},
		change.Propagation: {
			Kind: change.Propagation, Location: here, Resource: "rtb-0c", Target: network.TargetOf("vgw-0c"),
		},
		change.TransitGatewayRoute: {
			Kind: change.TransitGatewayRoute, Location: here, Resource: "tgw-rtb-0a",
			Destination: netip.MustParsePrefix("10.9.0.0/16"), Target: network.Target{Kind: network.TargetOther, ID: "tgw-attach-0c"},
		},
	}
}

func kindsBench(t *testing.T) *bench {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(kindsWorld))
	if err != nil {
		t.Fatalf("the test's world is wrong: %v", err)
	}
	return startOn(t, w)
}

// openingOf puts an example in place.
func openingOf(req change.Requirement) change.Change {
	c := opening(req)
	c.Action = req.Kind.Opens()
	if req.Kind == change.PeeringDNS {
		c.Side = change.Requester
	}
	return c
}

func (b *bench) world() any {
	b.t.Helper()
	data, err := b.sim.World().MarshalJSON()
	if err != nil {
		b.t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		b.t.Fatal(err)
	}
	return withoutEmpty(out)
}

// withoutEmpty drops empty lists: whether one is written or left out says the same.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if list, ok := x.([]any); ok && len(list) == 0 {
				delete(v, k)
				continue
			}
			v[k] = withoutEmpty(x)
		}
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
	}
	return v
}

func TestEveryKindOfWrite(t *testing.T) {
	for _, kind := range change.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			req, ok := examples()[kind]
			if !ok {
				t.Fatalf("there is no example of %s: add one", kind)
			}
			b := kindsBench(t)
			before := b.world()
			made := b.apply(openingOf(req))
			b.outcomes(change.Applied)(made)
			b.wantClaim(req, true)
			if cmp.Equal(b.world(), before) {
				t.Fatal("opening it changed nothing")
			}
			undo := made[0].Inverse()
			undo.Claimed = true
			if kind == change.Rule {
				undo.Rule = b.rule(req)
			}
			undone := b.apply(undo)
			b.outcomes(change.Applied)(undone)
			if diff := cmp.Diff(before, b.world()); diff != "" {
				t.Errorf("its inverse leaves another network (-before +after):\n%s", diff)
			}
			b.calledOnly(kind)
			speaks(t, made[0], undone[0])
		})
	}
}

// calledOnly says that no write was called but those that the kind's role is given.
func (b *bench) calledOnly(kind change.Kind) {
	b.t.Helper()
	for _, write := range b.writes() {
		if !slices.ContainsFunc(kind.Calls(), func(c change.Call) bool { return string(c.Action) == write && len(c.Resources) > 0 }) {
			b.t.Errorf("%s was called, which the kind does not name", write)
		}
	}
}

// speaks says that a kind is described, with its enforcement point, in all its forms.
func speaks(t *testing.T, made, undone change.Change) {
	t.Helper()
	texts := []string{made.Noun(), made.Sentence(), made.Story(), undone.Sentence(), undone.Story(), made.Key()}
	for _, text := range texts {
		if !strings.Contains(text, made.Resource) {
			t.Errorf("%q does not name %s", text, made.Resource)
		}
	}
	if made.Sentence() == undone.Sentence() || made.Story() == undone.Story() {
		t.Errorf("opening and closing are both %q", made.Sentence())
	}
	if made.Because() == undone.Because() || undone.Because() == "" || len(made.Detail()) == 0 {
		t.Errorf("reasons %q and %q, detail %v", made.Because(), undone.Because(), made.Detail())
	}
}

// TestAForeignRuleThatWasRevoked puts back the whole rule, wider than any requirement.
func TestAForeignRuleThatWasRevoked(t *testing.T) {
	b := kindsBench(t)
	wide := network.Rule{
		SecurityGroup: "sg-0c", Protocol: "tcp", FromPort: 6000, ToPort: 7000, Peer: network.Peer{CIDR: netip.MustParsePrefix("192.0.2.0/24")},
		Description: "of a vendor",
	}
	b.authorize(wide)
	before := b.contents("sg-0c")
	wide.ID = *b.rules("sg-0c")[0].SecurityGroupRuleId
	revoke := change.Change{
		Action: change.RevokeIngress, Rule: wide, Reason: change.ClosedIntent,
		Requirement: change.Requirement{Kind: change.Rule, Location: here, Resource: "sg-0c", Port: 6379, Peer: wide.Peer},
	}
	revoked := b.apply(revoke)
	b.outcomes(change.Applied)(revoked)
	same(t, "rules after it was revoked", b.contents("sg-0c"))
	b.outcomes(change.Applied)(b.apply(revoked[0].Inverse()))
	same(t, "rules after that was undone", b.contents("sg-0c"), before...)
}
