package access

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

const nodeARN = "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001"

func TestTheARNOfANodeStandsForItsReplicationGroup(t *testing.T) {
	ix := NewIndex(snapshot())
	c, ok := ix.Cluster(nodeARN)
	equal(t, "found", ok, true)
	equal(t, "the cluster", c.ARN, sessionsARN)
	_, ok = ix.Cluster("arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-009")
	equal(t, "a node that is not a member is found", ok, false)
}

func TestASubnetWithoutATableOfItsOwnUsesTheMainOneOfItsVPC(t *testing.T) {
	s := snapshot()
	s.RouteTables["rtb-01"] = network.RouteTable{
		ID: "rtb-01", VPC: "vpc-0c", Location: here, Associations: []network.RouteTableAssociation{{ID: "rtbassoc-01", Subnet: "subnet-0a"}, {ID: "rtbassoc-02", Gateway: "vgw-0a"}},
	}
	ix := NewIndex(s)
	equal(t, "the table of subnet-0a", ix.tableFor(s.Subnets["subnet-0a"]), "rtb-01")
	equal(t, "the table of subnet-0c", ix.tableFor(s.Subnets["subnet-0c"]), "rtb-0c")
	same(t, "tables of both", ix.tablesOf([]network.Subnet{s.Subnets["subnet-0c"], s.Subnets["subnet-0a"]}), "rtb-01", "rtb-0c")
	same(t, "tables of one twice", ix.tablesOf([]network.Subnet{s.Subnets["subnet-0c"], s.Subnets["subnet-0c"]}), "rtb-0c")
}

func TestWhoElseAGroupGuards(t *testing.T) {
	eni := func(id, description, requester, kind, subnet string) network.NetworkInterface {
		return network.NetworkInterface{
			ID: id, VPC: "vpc-0c", Subnet: subnet, Location: here, SecurityGroups: []string{"sg-0c"}, Description: description, RequesterID: requester, Type: kind,
		}
	}
	serverless := network.Cluster{
		ARN: "arn:aws:elasticache:us-east-1:111122223333:serverlesscache:carts", Name: "carts", Kind: resource.ServerlessCache, Location: here,
		VPC: "vpc-0c", Subnets: []string{"subnet-0c"}, SecurityGroups: []network.Membership{{SecurityGroup: "sg-0c"}}, Ports: []uint16{6379, 6380},
	}
	tests := []struct {
		name       string
		interfaces []network.NetworkInterface
		serverless bool
		others     string
	}{
		{"its own nodes", []network.NetworkInterface{eni("eni-01", "ElastiCache sessions-001", "", "interface", "subnet-0c"), eni("eni-02", "", "amazon-elasticache", "interface", "subnet-0c")}, false, ""},
		{"an instance", []network.NetworkInterface{eni("eni-01", "primary", "", "interface", "subnet-0c")}, false, "eni-01"},
		{"an endpoint of something else", []network.NetworkInterface{eni("eni-01", "VPC Endpoint Interface vpce-0a", "", "vpc_endpoint", "subnet-0c")}, false, "eni-01"},
		{"another cluster", nil, true, "carts"},
		{"the endpoint of a serverless cache that it guards", []network.NetworkInterface{eni("eni-01", "VPC Endpoint Interface vpce-0a", "", "vpc_endpoint", "subnet-0c")}, true, "carts"},
		{"an endpoint outside the subnets of the serverless cache", []network.NetworkInterface{eni("eni-01", "VPC Endpoint Interface vpce-0a", "", "vpc_endpoint", "subnet-0a")}, true, "carts, eni-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := snapshot()
			for _, i := range tt.interfaces {
				s.NetworkInterfaces[i.ID] = i
			}
			if tt.serverless {
				s.Clusters[serverless.ARN] = serverless
			}
			shared := NewIndex(s).SharedWith("sg-0c", sessionsARN)
			if tt.others == "" {
				equal(t, "guards the cluster alone", shared.None(), true)
				return
			}
			if text := shared.String(); !strings.Contains(text, "also guards "+tt.others+":") {
				t.Errorf("%q does not name %s", text, tt.others)
			}
		})
	}
}

func TestTheRuleIsMadeInTheGroupThatGuardsOnlyThisCluster(t *testing.T) {
	other := cluster("sg-0c")
	other.ARN, other.Name = strings.Replace(sessionsARN, "sessions", "carts", 1), "carts"
	bystander := network.NetworkInterface{ID: "eni-0d", VPC: "vpc-0c", Subnet: "subnet-0a", Location: here, SecurityGroups: []string{"sg-0c"}}
	tests := []struct {
		name       string
		groups     []string
		shared     bool
		bystander  bool
		policy     intent.SharedGroups
		group      string
		mendable   bool
		stateAfter State
	}{
		{"the only group", []string{"sg-0c"}, false, false, intent.Refuse, "sg-0c", true, StateClosed},
		{"the one that no other cluster has", []string{"sg-0c", "sg-0d"}, true, false, intent.Refuse, "sg-0d", true, StateClosed},
		{"the one without bystanders", []string{"sg-0c", "sg-0d"}, false, true, intent.Refuse, "sg-0d", true, StateClosed},
		{"the lowest of several of its own", []string{"sg-0d", "sg-0c"}, false, false, intent.Refuse, "sg-0c", true, StateClosed},
		{"a shared group is refused", []string{"sg-0c"}, true, false, intent.Refuse, "sg-0c", false, StateBlocked},
		{"a group with a bystander is refused", []string{"sg-0c"}, false, true, intent.Refuse, "sg-0c", false, StateBlocked},
		{"a shared group is opened where the policy allows it", []string{"sg-0c"}, true, true, intent.Allow, "sg-0c", true, StateClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := snapshot()
			s.SecurityGroups["sg-0d"] = network.SecurityGroup{ID: "sg-0d", VPC: "vpc-0c", Location: here}
			s.Clusters[sessionsARN] = cluster(tt.groups...)
			if tt.shared {
				s.Clusters[other.ARN] = other
			}
			if tt.bystander {
				s.NetworkInterfaces["eni-0d"] = bystander
			}
			d := declared("sg-0a")
			d.Policy.SharedGroups = tt.policy
			j := NewIndex(s).Judge(d)
			equal(t, "the state", j.State, tt.stateAfter)
			equal(t, "the group of the need", j.Needs[0].Resource, tt.group)
			equal(t, "it may be written", j.Needs[0].Blocked.None(), tt.mendable)
		})
	}
}

func TestWhileAClusterChangesGroupsBothMustLetTheSourceIn(t *testing.T) {
	s := snapshot(tcp("sgr-01", 6379, 6379, "sg-0a"))
	s.SecurityGroups["sg-0d"] = network.SecurityGroup{ID: "sg-0d", VPC: "vpc-0c", Location: here}
	c := cluster("sg-0c")
	c.SecurityGroups = append(c.SecurityGroups, network.Membership{SecurityGroup: "sg-0d", Status: "adding"})
	s.Clusters[sessionsARN] = c
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateClosed)
	equal(t, "the gate sg-0c", hopsOf(j, HopIngress)["sg-0c"], Pass)
	equal(t, "the gate sg-0d", hopsOf(j, HopIngress)["sg-0d"], Fail)
	equal(t, "the number of needs", len(j.Needs), 2)
}

func TestARuleInAnyOfTheClustersGroupsLetsTheSourceIn(t *testing.T) {
	s := snapshot()
	s.SecurityGroups["sg-0d"] = network.SecurityGroup{ID: "sg-0d", VPC: "vpc-0c", Location: here, Rules: []network.Rule{tcp("sgr-01", 6379, 6379, "sg-0a")}}
	s.Clusters[sessionsARN] = cluster("sg-0c", "sg-0d")
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateOpen)
	same(t, "by", j.Needs[0].By, "sgr-01")
}

func TestEveryPortOfAServerlessCacheIsNeeded(t *testing.T) {
	s := snapshot(tcp("sgr-01", 6379, 6379, "sg-0a"))
	c := cluster("sg-0c")
	c.Ports = []uint16{6379, 6380}
	s.Clusters[sessionsARN] = c
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateClosed)
	equal(t, "the number of needs", len(j.Needs), 2)
	d := declared("sg-0a")
	d.Intent.Ports = []uint16{6379}
	equal(t, "the state with one port declared", NewIndex(s).Judge(d).State, StateOpen)
	d.Intent.Ports = []uint16{6381}
	j = NewIndex(s).Judge(d)
	equal(t, "the state with a port that the cluster does not have", j.State, StateBlocked)
	equal(t, "its needs", len(j.Needs), 0)
	equal(t, "what it holds is kept", len(j.Unknown) > 0, true)
}

func TestADualStackClusterIsOpenedForEachFamilyThatIsDeclared(t *testing.T) {
	s := snapshot()
	c := cluster("sg-0c")
	c.NetworkType, c.IPDiscovery = network.DualStack, network.IPv4
	s.Clusters[sessionsARN] = c
	vpc := s.VPCs["vpc-0c"]
	vpc.CIDRs = append(vpc.CIDRs, cidr("fd00::/56"))
	s.VPCs["vpc-0c"] = vpc
	for id, block := range map[string]string{"subnet-0c": "fd00:0:0:1::/64", "subnet-0a": "fd00:0:0:2::/64"} {
		sn := s.Subnets[id]
		sn.CIDRs = append(sn.CIDRs, cidr(block))
		s.Subnets[id] = sn
	}
	table := s.RouteTables["rtb-0c"]
	table.Routes = append(table.Routes, local("fd00::/56"))
	s.RouteTables["rtb-0c"] = table
	j := NewIndex(s).Judge(declared("10.0.2.0/24", "fd00:0:0:2::/64"))
	peers := map[netip.Prefix]bool{}
	for _, n := range j.Needs {
		peers[n.Peer.CIDR] = n.Blocked.None()
	}
	equal(t, "the number of needs", len(peers), 2)
	equal(t, "IPv4 is opened", peers[cidr("10.0.2.0/24")], true)
	equal(t, "IPv6 is opened", peers[cidr("fd00:0:0:2::/64")], true)
}

func TestASourceOfAFamilyThatTheClusterDoesNotHaveIsBlocked(t *testing.T) {
	s := snapshot()
	j := NewIndex(s).Judge(declared("fd00::/64"))
	equal(t, "the state", j.State, StateBlocked)
	equal(t, "the number of needs", len(j.Needs), 0)
}
