package reconcile_test

import (
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
)

// reads are the operations by which a unit and its far side are read.
func reads() []string {
	return []string{
		"elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups", "elasticache:DescribeServerlessCaches",
		"elasticache:DescribeCacheSubnetGroups", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
		"ec2:DescribeSecurityGroupRules", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:DescribeRouteTables",
		"ec2:DescribeNetworkAcls", "ec2:DescribeVpcPeeringConnections", "ec2:DescribeManagedPrefixLists",
		"ec2:DescribeAvailabilityZones", "ec2:DescribeVpcAttribute", "ec2:DescribeTransitGateways",
		"ec2:DescribeTransitGatewayAttachments", "ec2:DescribeTransitGatewayVpcAttachments",
		"ec2:DescribeTransitGatewayRouteTables", "ec2:SearchTransitGatewayRoutes", "ec2:GetManagedPrefixListEntries",
	}
}

// keeps opens what is declared, lets reads fail, and wants nothing to be written,
// everything to stand and every claim to be kept.
func keeps(t *testing.T, world, intents string, failing awssim.Injection) {
	t.Helper()
	s := start(t, world, intents)
	s.sweep()
	if n := s.Unsatisfied(); n > 0 {
		t.Fatalf("%d intents are not satisfied to begin with", n)
	}
	held := len(s.claims())
	rules, near, far := s.sources("sg-0c"), s.routes(cacheAccount, s.tableOf("vpc-0c")), []string(nil)
	if world != sameVPC {
		far = s.routes(appAccount, "rtb-0a")
	}
	failing.Code = "UnauthorizedOperation"
	s.Sim.Fail(failing)
	mark := s.mark()
	s.sweep()
	s.sweep()
	wantStrings(t, "writes while reads fail", s.writesSince(mark))
	s.Sim.Heal()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), rules...)
	wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, s.tableOf("vpc-0c")), near...)
	if world != sameVPC {
		wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"), far...)
	}
	s.settles()
	if n := len(s.claims()); n != held {
		t.Errorf("%d claims are left of %d", n, held)
	}
	if n := s.Unsatisfied(); n > 0 {
		t.Errorf("%d intents are not satisfied once everything can be read again", n)
	}
}

func TestNothingIsClosedWhileAReadOfTheCachesSideFails(t *testing.T) {
	for _, operation := range reads() {
		t.Run(operation, func(t *testing.T) {
			keeps(t, sameVPC, orders, awssim.Injection{Operation: operation, Account: cacheAccount})
		})
	}
}

func TestNothingIsClosedWhileAReadFailsOnAWayOverAPeeringConnection(t *testing.T) {
	for name, intents := range map[string]string{
		"a group":   "- {cluster: sessions, name: orders, source: 444455556666/sg-0a}",
		"a CIDR":    "- {cluster: sessions, name: orders, source: 10.1.1.0/24}",
		"a VPC":     "- {cluster: sessions, name: orders, source: vpc-0a, path: peering}",
		"no path":   "- {cluster: sessions, name: orders, source: vpc-0a}",
		"two of it": "- {cluster: sessions, name: orders, sources: [10.1.1.0/24, 444455556666/sg-0a]}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, account := range []string{cacheAccount, appAccount} {
				t.Run("all of "+account, func(t *testing.T) { keeps(t, peered, intents, awssim.Injection{Account: account}) })
				for _, operation := range reads() {
					t.Run(operation+" of "+account, func(t *testing.T) {
						keeps(t, peered, intents, awssim.Injection{Operation: operation, Account: account})
					})
				}
			}
		})
	}
}

func TestNothingIsClosedWhileAReadFailsOnAWayOverATransitGateway(t *testing.T) {
	for name, intents := range map[string]string{
		"a CIDR":  "- {cluster: sessions, name: orders, source: 10.1.1.0/24}",
		"a VPC":   "- {cluster: sessions, name: orders, source: vpc-0a, path: transit-gateway}",
		"no path": "- {cluster: sessions, name: orders, source: vpc-0a}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, account := range []string{cacheAccount, appAccount} {
				t.Run("all of "+account, func(t *testing.T) { keeps(t, attached, intents, awssim.Injection{Account: account}) })
				for _, operation := range reads() {
					t.Run(operation+" of "+account, func(t *testing.T) {
						keeps(t, attached, intents, awssim.Injection{Operation: operation, Account: account})
					})
				}
			}
		})
	}
}

func TestAFarAccountThatIsDarkIsReportedAsUnknownAndTheOwnSideIsStillOpened(t *testing.T) {
	s := start(t, peered, "- {cluster: sessions, name: orders, source: 444455556666/sg-0a, path: peering}")
	s.Sim.Fail(awssim.Injection{Account: appAccount, Code: "UnauthorizedOperation"})
	reports := s.sweep()
	if got := reports[len(reports)-1].After[0].State; got != access.StateUnknown {
		t.Errorf("the state is %s, want unknown", got)
	}
	s.Sim.Heal()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
	wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"))
}

func TestWhatIsOverIsClosedOnTheOwnSideWhileTheFarAccountIsDarkAndThereOnceItIsNot(t *testing.T) {
	for name, intents := range map[string][2]string{
		"it expires":    {"- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering, expiresAt: 2026-11-22T13:00:00Z}", ""},
		"it is deleted": {"- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}", "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, peered, intents[0])
			s.satisfied()
			s.Sim.Fail(awssim.Injection{Account: appAccount, Code: "UnauthorizedOperation"})
			s.now = s.now.Add(2 * time.Hour)
			if intents[1] != "" {
				s.declare(intents[1])
			}
			s.sweep()
			s.sweep()
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
			wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"))
			s.Sim.Heal()
			wantStrings(t, "routes of vpc-0a while it is dark", s.routes(appAccount, "rtb-0a"), "10.0.0.0/16>pcx-0a")
			s.sweep()
			wantStrings(t, "routes of vpc-0a afterwards", s.routes(appAccount, "rtb-0a"))
			s.settles()
		})
	}
}

func TestAnotherIntentIsOpenedAndClosedWhileOneIsDark(t *testing.T) {
	dark := "- {cluster: sessions, name: orders, source: 444455556666/sg-0a, path: peering}\n"
	s := start(t, peered, dark+"- {cluster: sessions, name: local, source: 10.0.1.0/24, path: same-vpc}\n")
	s.satisfied()
	s.Sim.Fail(awssim.Injection{Account: appAccount, Code: "UnauthorizedOperation"})
	s.declare(dark + "- {cluster: sessions, name: second, source: 10.0.2.0/24, path: same-vpc}\n")
	s.sweep()
	s.Sim.Heal()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.2.0/24:6379", "sg-0a:6379")
	s.satisfied()
}
