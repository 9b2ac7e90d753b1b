package budget

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// budget is what something may cost at most; written is the round of the last write to EC2.
type budget struct{ calls, rounds, written int }

func (b budget) holds(t *testing.T, scenario string, c cost) {
	t.Helper()
	t.Logf("%-40s %3d calls %3d rounds, EC2 written in round %d", scenario, c.calls, c.rounds, c.wrote)
	if c.calls > b.calls || c.rounds > b.rounds || c.wrote > b.written || (c.wrote == 0) != (b.written == 0) {
		t.Errorf("%s: at most %d calls in %d rounds, EC2 written by round %d; it was %s", scenario, b.calls, b.rounds, b.written, c)
	}
}

// settled gives a deployment on an estate that declares what it has, after its first runs.
func settled(t *testing.T, e *estate, clusters int, more ...object) *deployment {
	t.Helper()
	d := deploy(t, e.world(t))
	for n := range clusters {
		d.declare(open(n))
	}
	d.declare(more...)
	d.settle()
	time.Sleep(time.Hour)
	return d
}

// revoking are policies that let undeclared rules be revoked.
func revoking() []object {
	return []object{{"cluster": "*", "name": "*", "mode": "enforce", "undeclared": "revoke"}}
}

// mallory acts on the account beside cachegate.
func (d *deployment) mallory() *ec2.Client {
	return ec2.NewFromConfig(d.sim.Config(account, region, awssim.Actor{Session: "mallory"}))
}

// letIn makes a rule that nobody declared.
func (d *deployment) letIn(group string) {
	d.t.Helper()
	_, err := d.mallory().AuthorizeSecurityGroupIngress(d.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.64.9/32")}},
	}}})
	if err != nil {
		d.t.Fatal(err)
	}
}

// shutOut takes away every ingress rule of a group.
func (d *deployment) shutOut(group string) {
	d.t.Helper()
	out, err := d.mallory().DescribeSecurityGroupRules(d.t.Context(), &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}}})
	if err != nil {
		d.t.Fatal(err)
	}
	var ids []string
	for _, r := range out.SecurityGroupRules {
		if !aws.ToBool(r.IsEgress) {
			ids = append(ids, *r.SecurityGroupRuleId)
		}
	}
	if _, err := d.mallory().RevokeSecurityGroupIngress(d.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(group), SecurityGroupRuleIds: ids}); err != nil {
		d.t.Fatal(err)
	}
}

func TestBudgetOfASettledUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget{calls: 18, rounds: 5}.holds(t, "a settled unit is woken", settled(t, sameVPC(10), 10, revoking()...).run())
	})
}

func TestBudgetOfRevoking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := settled(t, sameVPC(10), 10, revoking()...)
		d.letIn(guardOf(3))
		budget{calls: 4, rounds: 2}.holds(t, "dispatch of an event that matters", d.deliver())
		// Three of the calls are the channels that it is told on.
		budget{calls: 31, rounds: 10, written: 6}.holds(t, "an undeclared rule is revoked", d.run())
	})
}

func TestBudgetOfPuttingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := settled(t, sameVPC(10), 10)
		d.shutOut(guardOf(3))
		d.deliver()
		budget{calls: 31, rounds: 10, written: 6}.holds(t, "a declared rule is put back", d.run())
	})
}

func TestBudgetOfAnEventThatDoesNotMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := settled(t, sameVPC(2), 2)
		if _, err := d.mallory().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: aws.String("other"), Description: aws.String("other"), VpcId: aws.String("vpc-0other")}); err != nil {
			t.Fatal(err)
		}
		budget{calls: 1, rounds: 1}.holds(t, "dispatch of an event that does not matter", d.deliver())
	})
}

// A batch of a hundred items is a call, and so is a page of a hundred caches, which comes
// after the one before.
func TestBudgetByClusters(t *testing.T) {
	sizes := []int{10, 100, 300, 1000}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, clusters := range sizes {
		t.Run(fmt.Sprint(clusters, " clusters"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := settled(t, sameVPC(clusters), clusters, revoking()...)
				hundreds := clusters / 100
				budget{calls: 18 + 6*hundreds, rounds: 4 + 2*hundreds}.holds(t, fmt.Sprint("a settled unit of ", clusters, " caches"), d.run())
			})
		})
	}
}

// What a run costs does not depend on what other units have.
func TestBudgetBesideOthers(t *testing.T) {
	for _, others := range []int{10, 100, 300} {
		t.Run(fmt.Sprint(others, " others"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := sameVPC(10)
				e.addOthers(others)
				d := settled(t, e, 10, append(revoking(), declaredFor(others)...)...)
				pages := others / 100
				budget{calls: 18 + pages, rounds: 3 + pages}.holds(t, fmt.Sprint("a settled unit beside ", others), d.run())
				d.letIn(guardOf(3))
				d.deliver()
				budget{calls: 31 + pages, rounds: 10 + pages, written: 6 + pages}.holds(t, fmt.Sprint("revoking beside ", others), d.run())
			})
		})
	}
}

func TestBudgetOfAFirstRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clusters = 300
		d := deploy(t, sameVPC(clusters).world(t))
		for n := range clusters {
			d.declare(open(n))
		}
		d.declare(object{"cluster": "*", "name": "*", "mode": "observe"})
		c := d.run()
		asked := 0
		for _, m := range c.made {
			if m.name != "sns:Publish" && m.name != "eventbridge:PutEvents" { // it tells of 300 intents
				asked++
			}
		}
		t.Logf("the first run of a unit of %d caches: %d calls, and %d that tell people, in %d rounds", clusters, asked, c.calls-asked, c.rounds)
		if asked > 120 {
			t.Errorf("%d calls: %s", asked, c)
		}
	})
}
