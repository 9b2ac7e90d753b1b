package cli

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/network"
)

// The places of the tour's world; see tour/world.yaml.
const (
	tourRegion = "us-east-1"

	platform      = "111122223333"
	cacheVPC      = "vpc-cac4e001"
	sessionsGroup = "sg-5e550001"
	hardenedGroup = "sg-5e550002"
	catalogGroup  = "sg-ca7a1001"

	application = "444455556666"
	ordersGroup = "sg-0de50001"
	ordersTable = "rtb-0de50001"
	buildGroup  = "sg-b111d001"
)

const (
	redisPort = 6379
	httpsPort = 443
)

// scenes runs the tour from its beginning to its end.
func (g *guide) scenes(ctx context.Context) error {
	g.unit = network.Unit{Location: network.Location{Account: platform, Region: tourRegion}, VPC: cacheVPC}
	for _, scene := range []func(context.Context) error{
		g.firstRun, g.undeclared, g.revoked, g.expires, g.changesGroup, g.farRoute, g.nobody,
	} {
		if err := scene(ctx); err != nil {
			return err
		}
		if err := g.arrive(ctx); err != nil {
			return err
		}
		g.text.whole = false
		g.scene++
	}
	return nil
}

// firstRun opens what is declared, in a world where nothing is open yet.
func (g *guide) firstRun(ctx context.Context) error {
	g.tell("Before the tour: the first run",
		"Four intents are declared for two clusters, and nothing is open yet. cachegate opens what they need, routes first, "+
			"in both accounts; every change is claimed before it is made and verified after it.")
	return g.wake(ctx, "first run")
}

// undeclared is a rule that nobody declared: reported on one cluster, revoked on
// the other, as their policies say.
func (g *guide) undeclared(ctx context.Context) error {
	g.clock.at(9, 12)
	g.tell("Somebody adds a rule that nobody declared",
		"dave opens the sessions to the whole internet, and the catalog to a partner's network. The policy of the sessions says "+
			"report, that of the catalog says revoke. Look at the findings: one critical and open, one taken care of.")
	dave := ec2.NewFromConfig(g.as(platform, "platform-admin", "dave"))
	rule, err := g.letIn(ctx, dave, sessionsGroup, redisPort, "0.0.0.0/0", "temporary, debugging")
	if err != nil {
		return err
	}
	_, err = g.letIn(ctx, dave, catalogGroup, redisPort, "198.51.100.0/24", "partner")
	if err != nil {
		return err
	}
	g.clock.at(9, 40)
	g.aside("dave reads the finding and removes the rule himself. It is reported once more, as resolved.")
	_, err = dave.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(sessionsGroup), SecurityGroupRuleIds: []string{rule},
	})
	return err
}

// revoked is a declared rule that somebody takes away.
func (g *guide) revoked(ctx context.Context) error {
	g.clock.at(11, 5)
	g.tell("A declared rule is revoked by hand",
		"erin tidies up and revokes the rule that lets the orders application in over the peering. It is declared, so it is put "+
			"back, and the finding names who removed it. The hops are the whole path, from the application's end to the cluster's.")
	g.text.whole = true
	erin := ec2.NewFromConfig(g.as(platform, "security-audit", "erin"))
	_, err := erin.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(sessionsGroup), IpPermissions: fromGroup(redisPort, application, ordersGroup),
	})
	return err
}

// expires is an intent whose time is over. No event says so: the unit's own
// schedule wakes it.
func (g *guide) expires(ctx context.Context) error {
	g.clock.at(18, 0)
	g.tell("An intent expires",
		"The load test was declared until 18:00. No event tells that time is up: every run sets an alarm for the next moment "+
			"that matters to its unit, and now it rings. What the intent opened is closed.")
	return g.wake(ctx, "schedule")
}

// changesGroup is a cluster that gets another security group.
func (g *guide) changesGroup(ctx context.Context) error {
	g.clock.at(20, 30)
	g.tell("A cluster changes its security group",
		"frank moves the sessions to a hardened group that lets nobody in. What is declared is opened in the new group first; "+
			"then what cachegate had put into the old one goes.")
	frank := elasticache.NewFromConfig(g.as(platform, "platform-admin", "frank"))
	_, err := frank.ModifyReplicationGroup(ctx, &elasticache.ModifyReplicationGroupInput{
		ReplicationGroupId: aws.String("sessions"), SecurityGroupIds: []string{hardenedGroup}, ApplyImmediately: aws.Bool(true),
	})
	return err
}

// farRoute is a route that goes in the account at the other end of the peering.
func (g *guide) farRoute(ctx context.Context) error {
	g.clock.at(21, 15)
	g.tell("A route is deleted on the far side of the peering",
		"grace cleans up route tables in the application account, and with them the path to the caches. cachegate knows that "+
			"the orders intent depends on that table, and puts the route back, over there.")
	grace := ec2.NewFromConfig(g.as(application, "network-admin", "grace"))
	_, err := grace.DeleteRoute(ctx, &ec2.DeleteRouteInput{
		RouteTableId: aws.String(ordersTable), DestinationCidrBlock: aws.String("10.20.0.0/16"),
	})
	return err
}

// nobody is an event that concerns no cluster.
func (g *guide) nobody(ctx context.Context) error {
	g.clock.at(22, 0)
	g.tell("An event that concerns nobody",
		"heidi lets the offices reach the build agents, in a VPC that has nothing to do with any cluster. That costs one read "+
			"of the dependency index, and not one call to AWS.")
	heidi := ec2.NewFromConfig(g.as(application, "build-admin", "heidi"))
	_, err := g.letIn(ctx, heidi, buildGroup, httpsPort, "203.0.113.0/24", "offices")
	return err
}

// letIn lets a range into a group, in somebody's name, and gives the new rule's id.
func (g *guide) letIn(ctx context.Context, who *ec2.Client, group string, port int32, cidr, description string) (string, error) {
	out, err := who.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(group), IpPermissions: fromRange(port, cidr, description),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecurityGroupRules[0].SecurityGroupRuleId), g.arrive(ctx)
}

func fromRange(port int32, cidr, description string) []types.IpPermission {
	return []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port),
		IpRanges: []types.IpRange{{CidrIp: aws.String(cidr), Description: aws.String(description)}},
	}}
}

func fromGroup(port int32, account, group string) []types.IpPermission {
	return []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port),
		UserIdGroupPairs: []types.UserIdGroupPair{{UserId: aws.String(account), GroupId: aws.String(group)}},
	}}
}
