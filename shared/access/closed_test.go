package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/network"
)

func TestWhatAClosedIntentSpeaksAgainst(t *testing.T) {
	tests := []struct {
		name    string
		rule    network.Rule
		sources []string
		admits  bool
		wider   bool
	}{
		{"the CIDR itself", tcp("sgr-01", 6379, 6379, "10.1.0.0/16"), []string{"10.1.0.0/16"}, true, false},
		{"a CIDR inside", tcp("sgr-01", 6379, 6379, "10.1.2.0/24"), []string{"10.1.0.0/16"}, true, false},
		{"a wider CIDR", tcp("sgr-01", 6379, 6379, "10.0.0.0/8"), []string{"10.1.0.0/16"}, true, true},
		{"a CIDR inside two sources that join", tcp("sgr-01", 6379, 6379, "10.1.0.0/16"), []string{"10.1.0.0/17", "10.1.128.0/17"}, true, false},
		{"another CIDR", tcp("sgr-01", 6379, 6379, "10.2.0.0/16"), []string{"10.1.0.0/16"}, false, false},
		{"other ports", tcp("sgr-01", 22, 22, "10.1.0.0/16"), []string{"10.1.0.0/16"}, false, false},
		{"a range of ports around", tcp("sgr-01", 6000, 7000, "10.1.0.0/16"), []string{"10.1.0.0/16"}, true, true},
		{"all traffic", allTraffic("sgr-01", "10.1.0.0/16"), []string{"10.1.0.0/16"}, true, true},
		{"the group itself", tcp("sgr-01", 6379, 6379, "sg-0a"), []string{"sg-0a"}, true, false},
		{"the group of another account", tcp("sgr-01", 6379, 6379, "444455556666/sg-0b"), []string{"444455556666/sg-0b"}, true, false},
		{"the group written with the caches' own account", tcp("sgr-01", 6379, 6379, "sg-0a"), []string{"111122223333/sg-0a"}, true, false},
		{"another group", tcp("sgr-01", 6379, 6379, "sg-0d"), []string{"sg-0a"}, false, false},
		{"a group of a closed VPC", tcp("sgr-01", 6379, 6379, "sg-0a"), []string{"vpc-0c"}, true, false},
		{"a group whose VPC lies in a closed CIDR", tcp("sgr-01", 6379, 6379, "444455556666/sg-0b"), []string{"10.0.0.0/8"}, true, false},
		{"a group whose VPC lies partly in a closed CIDR", tcp("sgr-01", 6379, 6379, "444455556666/sg-0b"), []string{"10.1.1.0/24"}, true, true},
		{"a CIDR with a member of a closed group", tcp("sgr-01", 6379, 6379, "10.0.2.0/24"), []string{"sg-0a"}, true, true},
		{"the prefix list itself", tcp("sgr-01", 6379, 6379, "pl-0b"), []string{"pl-0b"}, true, false},
		{"the prefix list itself, though it was not read", tcp("sgr-01", 6379, 6379, "pl-0f"), []string{"pl-0f"}, true, false},
		{"a prefix list inside a closed CIDR", tcp("sgr-01", 6379, 6379, "pl-0b"), []string{"10.0.0.0/8"}, true, false},
		{"a prefix list partly inside a closed CIDR", tcp("sgr-01", 6379, 6379, "pl-0b"), []string{"10.1.0.0/16"}, true, true},
		{"everything, and a CIDR", tcp("sgr-01", 6379, 6379, "198.51.100.0/24"), []string{"0.0.0.0/0"}, true, false},
		{"everything, and everything", tcp("sgr-01", 6379, 6379, "0.0.0.0/0"), []string{"0.0.0.0/0"}, true, false},
		{"everything, and a group", tcp("sgr-01", 6379, 6379, "sg-0a"), []string{"0.0.0.0/0"}, true, false},
		{"everything, and a group that cannot be read", tcp("sgr-01", 6379, 6379, "444455556666/sg-0f"), []string{"0.0.0.0/0", "::/0"}, true, false},
		{"everything, and a prefix list that cannot be read", tcp("sgr-01", 6379, 6379, "pl-0f"), []string{"0.0.0.0/0", "::/0"}, true, false},
		{"everything, and the group's rule that refers to itself", tcp("sgr-01", 6379, 6379, "sg-0c"), []string{"0.0.0.0/0", "::/0"}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := NewIndex(gateSnapshot(tt.rule)).Judge(forbidden(tt.sources...))
			if got := len(j.Admitting) > 0; got != tt.admits {
				t.Fatalf("admits is %v, want %v", got, tt.admits)
			}
			equal(t, "satisfied", j.Satisfied, !tt.admits)
			if tt.admits {
				equal(t, "wider", j.Admitting[0].Wider, tt.wider)
				equal(t, "the state", j.State, StateOpen)
			}
			equal(t, "needs", len(j.Needs), 0)
		})
	}
}

func TestAClosedIntentOfADualStackVPCIsAboutTheClustersFamilyAlone(t *testing.T) {
	s := gateSnapshot(tcp("sgr-01", 6379, 6379, "sg-0a"))
	vpc := s.VPCs["vpc-0c"]
	vpc.CIDRs = cidrs("10.0.0.0/16", "fd00::/56")
	s.VPCs["vpc-0c"] = vpc
	j := NewIndex(s).Judge(forbidden("0.0.0.0/0"))
	equal(t, "wider", j.Admitting[0].Wider, false)
}

func TestAClosedIntentIsNotSatisfiedByWhatCannotBeRead(t *testing.T) {
	for _, kind := range []network.Kind{network.KindSecurityGroup, network.KindRule} {
		s := gateSnapshot()
		s.Failures = []network.Failure{{Location: here, Kind: kind, Operation: "ec2:DescribeSecurityGroupRules", Code: "UnauthorizedOperation"}}
		j := NewIndex(s).Judge(forbidden("10.1.0.0/16"))
		equal(t, "the state", j.State, StateUnknown)
		equal(t, "satisfied", j.Satisfied, false)
	}
}

func TestAClosedIntentIsUnknownWhileARuleRefersToAGroupThatCannotBeRead(t *testing.T) {
	j := NewIndex(gateSnapshot(tcp("sgr-01", 6379, 6379, "444455556666/sg-0f"))).Judge(forbidden("10.1.0.0/16"))
	equal(t, "satisfied", j.Satisfied, false)
	equal(t, "the state", j.State, StateUnknown)
	equal(t, "rules to revoke", len(j.Admitting), 0)
}

func TestEveryGroupOfTheClusterIsAskedByAClosedIntent(t *testing.T) {
	s := gateSnapshot()
	s.SecurityGroups["sg-0d"] = network.SecurityGroup{ID: "sg-0d", VPC: "vpc-0c", Location: here, Rules: []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.0.0/16")}}
	s.Clusters[sessionsARN] = cluster("sg-0c", "sg-0d")
	j := NewIndex(s).Judge(forbidden("10.1.0.0/16"))
	equal(t, "the number of rules", len(j.Admitting), 1)
	equal(t, "the gate sg-0c", hopsOf(j, HopIngress)["sg-0c"], Fail)
	equal(t, "the gate sg-0d", hopsOf(j, HopIngress)["sg-0d"], Pass)
}

func TestAClosedIntentForAClusterThatDoesNotExistIsBlocked(t *testing.T) {
	d := forbidden("10.1.0.0/16")
	d.Intent.Cluster = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sesions"
	j := NewIndex(gateSnapshot()).Judge(d)
	equal(t, "the state", j.State, StateBlocked)
	equal(t, "satisfied", j.Satisfied, false)
}

func TestAnEmptyPrefixListLetsNobodyIn(t *testing.T) {
	s := gateSnapshot(tcp("sgr-01", 6379, 6379, "pl-0c"))
	s.PrefixLists["pl-0c"] = network.PrefixList{ID: "pl-0c", Location: here, MaxEntries: 10}
	j := NewIndex(s).Judge(forbidden("10.1.0.0/16"))
	equal(t, "the state", j.State, StateClosed)
}
