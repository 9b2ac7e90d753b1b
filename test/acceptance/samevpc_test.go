package acceptance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestADeclaredIntentIsOpenedKeptOpenAndClosedAgain(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard, app := n.group("cache"), n.group("app")
	n.instance(app)
	sessions := n.cluster("sessions-same-vpc", guard)
	before := s.gate.count()
	s.declare(t, sessions, "orders", map[string]string{"source": app, "owner": "team-orders"})
	s.settle(t)
	if got := home.ingress(guard); len(got) > 0 {
		t.Errorf("a fresh deployment wrote %v", got)
	}
	if writes := s.gate.writesSince(before); len(writes) > 0 {
		t.Errorf("in observe mode it called %v", writes)
	}

	s.enforcing(t, sessions)
	s.settle(t)
	open := []string{app + ":6379-6379"}
	if got := home.ingress(guard); !slices.Equal(got, open) {
		t.Fatalf("%s lets %v in: expected %v\n%s", guard, got, open, s.reconcile.logged())
	}

	home.revokeAll(guard)
	home.happened("RevokeSecurityGroupIngress", "Admin/mallory", map[string]any{"groupId": guard})
	s.settle(t)
	if got := home.ingress(guard); !slices.Equal(got, open) {
		t.Errorf("after somebody revoked it, %s lets %v in: expected %v", guard, got, open)
	}

	s.withdraw(t, sessions, "orders")
	s.settle(t)
	if got := home.ingress(guard); len(got) > 0 {
		t.Errorf("after the intent went, %s lets %v in", guard, got)
	}
}

// revokeAll takes all ingress rules of a group away, as a person does.
func (at *site) revokeAll(group string) {
	at.t.Helper()
	out := must[*ec2.DescribeSecurityGroupRulesOutput](at.t, "reading rules")(at.ec2.DescribeSecurityGroupRules(at.t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	}))
	var ids []string
	for _, r := range out.SecurityGroupRules {
		if !aws.ToBool(r.IsEgress) {
			ids = append(ids, *r.SecurityGroupRuleId)
		}
	}
	must[*ec2.RevokeSecurityGroupIngressOutput](at.t, "revoking rules")(at.ec2.RevokeSecurityGroupIngress(at.t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(group), SecurityGroupRuleIds: ids,
	}))
}
