package awssim_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestManyMayCallCloneAndReadAtOnce(t *testing.T) {
	world := load(t, twoVPCs)
	sim := awssim.New(world)
	sim.Lag(awssim.Lag{Reads: 1})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := client(sim, hub, home)
			twin := awssim.New(world)
			for j := range 5 {
				cidr := fmt.Sprintf("10.0.%d.%d/32", i, j)
				for _, to := range []*ec2.Client{c, client(twin, hub, home)} {
					if _, err := to.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
						GroupId: new("sg-cache"), IpPermissions: fromCIDR(cidr),
					}); err != nil {
						t.Error(err)
					}
				}
				if _, err := c.DescribeSecurityGroups(t.Context(), nil); err != nil {
					t.Error(err)
				}
				sim.Clone().Events()
				sim.World().Accounts()
			}
		})
	}
	all.Wait()
	if n := len(sim.Writes()); n != 40 {
		t.Errorf("%d writes, expected 40", n)
	}
	if n := len(rulesOfGroup(t, client(awssim.New(world), hub, home), "sg-cache")); n != 1 {
		t.Errorf("the world has %d rules, expected the one it began with", n)
	}
}
