package apply_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

const account = "111122223333"

var (
	here = network.Location{Account: account, Region: "us-east-1"}
	unit = network.Unit{Location: here, VPC: "vpc-0c"}
	far  = network.Unit{Location: here, VPC: "vpc-0f"}
)

const world = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}, {VpcId: vpc-0a, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}, {VpcId: vpc-0b, CidrBlock: 10.2.0.0/16}]
    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables:
      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Associations: [{RouteTableAssociationId: rtbassoc-0c, Main: true}], Routes: [{DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}]}
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}
      - {GroupId: sg-0d, GroupName: carts, VpcId: vpc-0c}
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0c}
    VpcPeeringConnections:
      - {VpcPeeringConnectionId: pcx-0a, RequesterVpcInfo: {VpcId: vpc-0c}, AccepterVpcInfo: {VpcId: vpc-0a}}
      - {VpcPeeringConnectionId: pcx-0b, RequesterVpcInfo: {VpcId: vpc-0c}, AccepterVpcInfo: {VpcId: vpc-0b}}
`

// bench is a network in memory with an applier at work in it.
type bench struct {
	t *testing.T
	*apply.Applier
	sim    *awssim.Sim
	ledger *ledger.Memory
	admin  *ec2.Client
	now    time.Time
	// asked counts the questions whether writing is permitted, and refuse says
	// from which question on it is not.
	asked, refuse int
}

func start(t *testing.T) *bench {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatalf("the test's world is wrong: %v", err)
	}
	return startOn(t, w)
}

func startOn(t *testing.T, w *awssim.World) *bench {
	t.Helper()
	b := &bench{t: t, sim: awssim.New(w), ledger: ledger.NewMemory(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	b.admin = ec2.NewFromConfig(b.sim.Config(account, here.Region, awssim.Actor{Session: "alice"}))
	clients := apply.NewClients(func(_ context.Context, l network.Location) (aws.Config, error) {
		if l != here {
			return aws.Config{}, fmt.Errorf("no role in %s", l)
		}
		return b.sim.Config(l.Account, l.Region, awssim.Actor{RoleARN: "arn:aws:iam::111122223333:role/cachegate"}), nil
	})
	b.Applier = &apply.Applier{
		Client: clients.For, Claims: b.ledger, Deployment: "test", Clock: func() time.Time { return b.now },
		CheckStillAllowed: func(context.Context) error {
			if b.asked++; b.refuse > 0 && b.asked >= b.refuse {
				return fmt.Errorf("mode is off: the kill switch stops every write")
			}
			return nil
		},
	}
	return b
}

func holder(u network.Unit, name string) change.Holder {
	return change.Holder{Unit: u, Intent: intent.Key{Cluster: "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions", Name: name}}
}

var orders = holder(unit, "orders")

func peer(text string) network.Peer {
	if p, err := netip.ParsePrefix(text); err == nil {
		return network.Peer{CIDR: p}
	}
	return network.Peer{SecurityGroup: text}
}

func ruleOf(group, source string) change.Requirement {
	return change.Requirement{Kind: change.Rule, Location: here, Resource: group, Port: 6379, Peer: peer(source)}
}

func routeOf(destination, target string) change.Requirement {
	return change.Requirement{Kind: change.Route, Location: here, Resource: "rtb-0c", Destination: netip.MustParsePrefix(destination), Target: network.TargetOf(target)}
}

func opening(req change.Requirement, holders ...change.Holder) change.Change {
	if len(holders) == 0 {
		holders = []change.Holder{orders}
	}
	c := change.Change{Action: change.AuthorizeIngress, Requirement: req, Holders: holders, Reason: change.Declared, Mode: intent.Enforce, Description: "cachegate: sessions/orders"}
	switch req.Kind {
	case change.Route:
		c.Action = change.CreateRoute
	case change.PeeringDNS:
		c.Action, c.Side = change.SetPeeringDNS, change.Requester
	default:
	}
	for _, h := range holders {
		c.Intents = append(c.Intents, h.Intent)
	}
	return c
}

// closing takes away what an opening made; of a rule it names the id.
func closing(b *bench, req change.Requirement, holders ...change.Holder) change.Change {
	b.t.Helper()
	c := opening(req, holders...)
	c.Claimed = true
	c.Action = change.DeleteRoute
	if req.Kind == change.Rule {
		c.Action = change.RevokeIngress
		c.Rule = b.rule(req)
	}
	return c
}

// rule reads the rule that a requirement asks for, as a snapshot would.
func (b *bench) rule(req change.Requirement) network.Rule {
	b.t.Helper()
	for _, r := range b.rules(req.Resource) {
		if source(r) == req.Peer.String() {
			return network.Rule{
				ID: *r.SecurityGroupRuleId, SecurityGroup: req.Resource, Protocol: *r.IpProtocol, FromPort: *r.FromPort, ToPort: *r.ToPort, Peer: req.Peer,
			}
		}
	}
	b.t.Fatalf("no rule of %s admits %s", req.Resource, req.Peer)
	return network.Rule{}
}

func (b *bench) rules(group string) []types.SecurityGroupRule {
	b.t.Helper()
	out, err := b.admin.DescribeSecurityGroupRules(b.t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.DeleteFunc(out.SecurityGroupRules, func(r types.SecurityGroupRule) bool { return *r.IsEgress })
}

func source(r types.SecurityGroupRule) string {
	if r.ReferencedGroupInfo != nil {
		return aws.ToString(r.ReferencedGroupInfo.GroupId)
	}
	return aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) + aws.ToString(r.PrefixListId)
}

// sources are those of a group's ingress rules, sorted.
func (b *bench) sources(group string) []string {
	var out []string
	for _, r := range b.rules(group) {
		out = append(out, source(r))
	}
	slices.Sort(out)
	return out
}

// routes are those that somebody made in rtb-0c, sorted.
func (b *bench) routes() []string {
	b.t.Helper()
	out, err := b.admin.DescribeRouteTables(b.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{"rtb-0c"}})
	if err != nil {
		b.t.Fatal(err)
	}
	var found []string
	for _, r := range out.RouteTables[0].Routes {
		if r.Origin == types.RouteOriginCreateRoute {
			found = append(found, *r.DestinationCidrBlock+">"+aws.ToString(r.VpcPeeringConnectionId))
		}
	}
	slices.Sort(found)
	return found
}

// allow lets a CIDR or group into a group by hand.
func (b *bench) allow(group, from string) {
	b.t.Helper()
	p := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379)}
	if strings.HasPrefix(from, "sg-") {
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &from}}
	} else {
		p.IpRanges = []types.IpRange{{CidrIp: &from}}
	}
	if _, err := b.admin.AuthorizeSecurityGroupIngress(b.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{p}}); err != nil {
		b.t.Fatal(err)
	}
}

// authorize makes a rule by hand.
func (b *bench) authorize(r network.Rule) {
	b.t.Helper()
	p := types.IpPermission{
		IpProtocol: &r.Protocol, FromPort: &r.FromPort, ToPort: &r.ToPort,
		IpRanges: []types.IpRange{{CidrIp: aws.String(r.Peer.CIDR.String()), Description: &r.Description}},
	}
	if _, err := b.admin.AuthorizeSecurityGroupIngress(b.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &r.SecurityGroup, IpPermissions: []types.IpPermission{p}}); err != nil {
		b.t.Fatal(err)
	}
}

// contents gives what a group's ingress rules say, without their ids.
func (b *bench) contents(group string) []string {
	var out []string
	for _, r := range b.rules(group) {
		out = append(out, fmt.Sprint(*r.IpProtocol, *r.FromPort, *r.ToPort, source(r), aws.ToString(r.Description)))
	}
	slices.Sort(out)
	return out
}

// apply carries changes out and gives their outcomes.
func (b *bench) apply(changes ...change.Change) []change.Change {
	b.t.Helper()
	out, err := b.Apply(b.t.Context(), unit, changes, nil)
	if err != nil {
		b.t.Logf("the run stopped early: %v", err)
	}
	return out
}

func (b *bench) outcomes(want ...change.Outcome) func([]change.Change) {
	return func(changes []change.Change) {
		b.t.Helper()
		var got []change.Outcome
		for _, c := range changes {
			got = append(got, c.Outcome)
		}
		if !slices.Equal(got, want) {
			b.t.Errorf("the outcomes are %v, want %v", got, want)
			for _, c := range changes {
				b.t.Logf("%s: %s %s", c.Text(), c.Outcome, c.Why)
			}
		}
	}
}

// claim gives the claim of a requirement; ok is false where there is none.
func (b *bench) claim(req change.Requirement) (change.Claim, bool) {
	b.t.Helper()
	found, err := b.ledger.Claims(b.t.Context(), unit, []change.Point{req.Point()})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range found {
		if c.Requirement == req {
			return c, true
		}
	}
	return change.Claim{}, false
}

func (b *bench) wantClaim(req change.Requirement, there bool) change.Claim {
	b.t.Helper()
	c, ok := b.claim(req)
	if ok != there {
		b.t.Errorf("the claim %s is there: %v, want %v", req, ok, there)
	}
	return c
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// writes counts the calls that changed the network by anybody but alice.
func (b *bench) writes() []string {
	var out []string
	for _, w := range b.sim.Writes() {
		if w.Actor.RoleARN != "" {
			out = append(out, strings.TrimPrefix(w.Operation, "ec2:"))
		}
	}
	return out
}
