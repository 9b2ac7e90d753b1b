package access

import (
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/network"
)

// gateSnapshot knows sg-0b of vpc-0a (10.1.0.0/16) and two prefix lists.
func gateSnapshot(rules ...network.Rule) *network.Snapshot {
	s := peeredSnapshot(rules...)
	s.PrefixLists["pl-0a"] = network.PrefixList{ID: "pl-0a", Location: here, Entries: cidrs("10.1.0.0/17", "10.1.128.0/17"), MaxEntries: 10}
	s.PrefixLists["pl-0b"] = network.PrefixList{ID: "pl-0b", Location: here, Entries: cidrs("10.1.2.0/24", "10.2.0.0/16"), MaxEntries: 10}
	return s
}

func TestWhichRulesLetAPeerIn(t *testing.T) {
	tests := []struct {
		name  string
		rules []network.Rule
		peer  string
		by    []string
	}{
		{"no rule", nil, "10.1.2.0/24", nil},
		{"the exact CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.2.0/24")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"a wider CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "10.0.0.0/8")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"everything", []network.Rule{tcp("sgr-01", 6379, 6379, "0.0.0.0/0")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"a narrower CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.2.0/25")}, "10.1.2.0/24", nil},
		{"two halves", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.2.0/25"), tcp("sgr-02", 6379, 6379, "10.1.2.128/25")}, "10.1.2.0/24", []string{"sgr-01", "sgr-02"}},
		{"two halves of three quarters", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.2.0/25"), tcp("sgr-02", 6379, 6379, "10.1.2.128/26")}, "10.1.2.0/24", nil},
		{"a range of ports", []network.Rule{tcp("sgr-01", 6000, 7000, "10.1.2.0/24")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"a range of ports that ends before", []network.Rule{tcp("sgr-01", 6000, 6378, "10.1.2.0/24")}, "10.1.2.0/24", nil},
		{"all traffic", []network.Rule{allTraffic("sgr-01", "10.1.2.0/24")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"the protocol by its number", []network.Rule{{ID: "sgr-01", Protocol: "6", FromPort: 6379, ToPort: 6379, Peer: peerOf("10.1.2.0/24")}}, "10.1.2.0/24", []string{"sgr-01"}},
		{"UDP", []network.Rule{{ID: "sgr-01", Protocol: "udp", FromPort: 6379, ToPort: 6379, Peer: peerOf("10.1.2.0/24")}}, "10.1.2.0/24", nil},
		{"an egress rule", []network.Rule{out(tcp("sgr-01", 6379, 6379, "10.1.2.0/24"))}, "10.1.2.0/24", nil},
		{"a prefix list with the CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0b")}, "10.1.2.0/24", []string{"sgr-01"}},
		{"a prefix list whose entries make up the CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0a")}, "10.1.0.0/16", []string{"sgr-01"}},
		{"a prefix list and a CIDR that make up the CIDR", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0b"), tcp("sgr-02", 6379, 6379, "10.1.3.0/24")}, "10.1.2.0/23", []string{"sgr-01", "sgr-02"}},
		{"a prefix list that was not read", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0f")}, "10.1.2.0/24", nil},
		{"the prefix list itself", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0b")}, "pl-0b", []string{"sgr-01"}},
		{"the prefix list itself, though it was not read", []network.Rule{tcp("sgr-01", 6379, 6379, "pl-0f")}, "pl-0f", []string{"sgr-01"}},
		{"CIDRs that hold every entry of a prefix list", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.0.0/16"), tcp("sgr-02", 6379, 6379, "10.2.0.0/15")}, "pl-0b", []string{"sgr-01", "sgr-02"}},
		{"CIDRs that hold some entries of a prefix list", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.0.0/16")}, "pl-0b", nil},
		{"the group itself", []network.Rule{tcp("sgr-01", 6379, 6379, "444455556666/sg-0b")}, "444455556666/sg-0b", []string{"sgr-01"}},
		{"the group under another account", []network.Rule{tcp("sgr-01", 6379, 6379, "sg-0b")}, "444455556666/sg-0b", nil},
		{"all of the VPC of a group", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.0.0/16")}, "444455556666/sg-0b", []string{"sgr-01"}},
		{"a part of the VPC of a group", []network.Rule{tcp("sgr-01", 6379, 6379, "10.1.1.0/24")}, "444455556666/sg-0b", nil},
		{"a group is no cover for a CIDR of its VPC", []network.Rule{tcp("sgr-01", 6379, 6379, "444455556666/sg-0b")}, "10.1.1.10/32", nil},
		{"a group whose VPC is not known", []network.Rule{tcp("sgr-01", 6379, 6379, "0.0.0.0/0")}, "444455556666/sg-0f", nil},
		{"IPv6", []network.Rule{tcp("sgr-01", 6379, 6379, "fd00::/48")}, "fd00::/64", []string{"sgr-01"}},
		{"IPv4 is none for IPv6", []network.Rule{tcp("sgr-01", 6379, 6379, "0.0.0.0/0")}, "fd00::/64", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gate, ok := NewIndex(gateSnapshot(tt.rules...)).Gate("sg-0c", 6379)
			equal(t, "the gate is found", ok, true)
			same(t, "rules", gate.Covering(peerOf(tt.peer), nil), tt.by...)
		})
	}
}

func TestRulesThatAreSkippedDoNotCount(t *testing.T) {
	rules := []network.Rule{
		tcp("sgr-01", 6379, 6379, "10.1.0.0/16"), tcp("sgr-02", 6379, 6379, "10.1.2.0/25"), tcp("sgr-03", 6379, 6379, "pl-0b"),
		tcp("sgr-04", 6379, 6379, "444455556666/sg-0b"), tcp("sgr-05", 6000, 7000, "444455556666/sg-0b"),
	}
	gate, _ := NewIndex(gateSnapshot(rules...)).Gate("sg-0c", 6379)
	skipping := func(ids ...string) func(network.Rule) bool {
		return func(r network.Rule) bool { return slices.Contains(ids, r.ID) }
	}
	same(t, "by what is left", gate.Covering(peerOf("10.1.2.0/24"), skipping("sgr-01", "sgr-02")), "sgr-03")
	same(t, "by nothing", gate.Covering(peerOf("10.1.2.0/24"), skipping("sgr-01", "sgr-03")))
	same(t, "a group by another rule for it", gate.Covering(peerOf("444455556666/sg-0b"), skipping("sgr-01", "sgr-04")), "sgr-05")
	same(t, "a group by its VPC", gate.Covering(peerOf("444455556666/sg-0b"), skipping("sgr-04", "sgr-05")), "sgr-01")
}

func TestAGateKnowsTheRulesThatAreExactlyAPeerOnItsPortAlone(t *testing.T) {
	gate, _ := NewIndex(gateSnapshot(
		tcp("sgr-01", 6379, 6379, "10.1.0.0/16"), tcp("sgr-02", 6379, 6380, "10.1.0.0/16"), allTraffic("sgr-03", "10.1.0.0/16"), tcp("sgr-04", 6379, 6379, "sg-0a"),
	)).Gate("sg-0c", 6379)
	var ids []string
	for _, p := range []string{"10.1.0.0/16", "sg-0a", "10.1.0.0/17"} {
		for _, r := range gate.Exact(peerOf(p)) {
			ids = append(ids, r.ID)
		}
	}
	same(t, "exact rules", ids, "sgr-01", "sgr-04")
}

func TestThereIsNoGateOfAGroupThatIsNotInTheSnapshot(t *testing.T) {
	_, ok := NewIndex(snapshot()).Gate("sg-0f", 6379)
	equal(t, "found", ok, false)
}

func TestWhetherARuleIsForTheClustersPortsAlone(t *testing.T) {
	tests := []struct {
		name  string
		rule  network.Rule
		ports []uint16
		only  bool
	}{
		{"the one port", tcp("sgr-01", 6379, 6379, "sg-0a"), []uint16{6379}, true},
		{"both ports", tcp("sgr-01", 6379, 6380, "sg-0a"), []uint16{6379, 6380}, true},
		{"one of both ports", tcp("sgr-01", 6380, 6380, "sg-0a"), []uint16{6379, 6380}, true},
		{"a port beside", tcp("sgr-01", 6378, 6379, "sg-0a"), []uint16{6379, 6380}, false},
		{"every port", tcp("sgr-01", 0, 65535, "sg-0a"), []uint16{6379, 6380}, false},
		{"all traffic", allTraffic("sgr-01", "sg-0a"), []uint16{6379}, false},
		{"another port", tcp("sgr-01", 22, 22, "sg-0a"), []uint16{6379}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { equal(t, "only the ports", OnlyPorts(tt.rule, tt.ports), tt.only) })
	}
}
