package reconcile_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
)

// What a close would leave open may have carried what somebody took away since the group was
// read: then nothing is closed, and the next run looks again.
func TestNothingIsClosedWhereARuleThatThePlanCountsOnIsGone(t *testing.T) {
	const both = "- {cluster: sessions, name: orders, source: sg-0a}\n- {cluster: sessions, name: range, source: 10.0.2.0/24}\n"
	s := start(t, sameVPC, both)
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.2.0/24:6379", "sg-0a:6379")
	s.declare(orders) // what is declared for the range ends
	taken := false
	s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
		// Once the plan is made, and before the group is read once more.
		if in, ok := c.Input.(*ec2.DescribeSecurityGroupRulesInput); ok && !taken && len(in.Filters) == 1 && in.MaxResults == nil {
			taken = true
			s.revokeFrom("sg-0a")
		}
		return nil
	})
	s.run(cacheUnit())
	if !taken {
		t.Fatal("nobody took the rule away: the test shows nothing")
	}
	if got := s.sources("sg-0c"); len(got) == 0 || got[0] != "10.0.2.0/24:6379" {
		t.Errorf("the rules are %v: what carried the application's addresses was closed", got)
	}
	s.run(cacheUnit())
	s.run(cacheUnit())
	wantStrings(t, "rules of sg-0c at last", s.sources("sg-0c"), "sg-0a:6379")
}
