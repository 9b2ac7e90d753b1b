package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/network"
)

func entry(number int32, allow bool, protocol string, from, to uint16, block string) network.NetworkACLEntry {
	return network.NetworkACLEntry{Number: number, Allow: allow, Protocol: protocol, FromPort: from, ToPort: to, CIDR: cidr(block)}
}

func TestWhatANetworkACLDoesWithTraffic(t *testing.T) {
	all := entry(100, true, "-1", 0, 65535, "0.0.0.0/0")
	tests := []struct {
		name    string
		entries []network.NetworkACLEntry
		remote  string
		ports   portRange
		allowed bool
		number  int32
	}{
		{"nothing is allowed without an entry", nil, "10.0.2.0/24", portRange{6379, 6379}, false, 0},
		{"everything is allowed", []network.NetworkACLEntry{all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"the lower number decides, whatever the order in the list", []network.NetworkACLEntry{all, entry(90, false, "6", 6379, 6379, "10.0.0.0/16")}, "10.0.2.0/24", portRange{6379, 6379}, false, 90},
		{"an allow before a deny decides", []network.NetworkACLEntry{entry(110, false, "6", 6379, 6379, "10.0.0.0/16"), all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"a deny of a part of the addresses refuses the range", []network.NetworkACLEntry{entry(90, false, "6", 6379, 6379, "10.0.2.128/25"), all}, "10.0.2.0/24", portRange{6379, 6379}, false, 90},
		{"a deny of other addresses is no concern", []network.NetworkACLEntry{entry(90, false, "-1", 0, 65535, "10.0.3.0/24"), all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"a deny of other ports is no concern", []network.NetworkACLEntry{entry(90, false, "6", 22, 22, "0.0.0.0/0"), all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"a deny of one port in a range refuses the range", []network.NetworkACLEntry{entry(90, false, "6", 40000, 40000, "0.0.0.0/0"), all}, "10.0.2.0/24", ephemeral, false, 90},
		{"two port ranges make up the range", []network.NetworkACLEntry{entry(100, true, "6", 1024, 32767, "0.0.0.0/0"), entry(110, true, "6", 32768, 65535, "0.0.0.0/0")}, "10.0.2.0/24", ephemeral, true, 0},
		{"two port ranges with a gap do not", []network.NetworkACLEntry{entry(100, true, "6", 1024, 32766, "0.0.0.0/0"), entry(110, true, "6", 32768, 65535, "0.0.0.0/0")}, "10.0.2.0/24", ephemeral, false, 0},
		{"two halves of the addresses make up the range", []network.NetworkACLEntry{entry(100, true, "6", 6379, 6379, "10.0.2.0/25"), entry(110, true, "6", 6379, 6379, "10.0.2.128/25")}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"ports and addresses are matched together", []network.NetworkACLEntry{entry(100, true, "6", 1024, 40000, "10.0.2.0/25"), entry(110, true, "6", 40001, 65535, "10.0.2.128/25")}, "10.0.2.0/24", ephemeral, false, 0},
		{"a deny behind an allow of the same part is no concern", []network.NetworkACLEntry{entry(90, true, "6", 6379, 6379, "10.0.2.128/25"), entry(95, false, "6", 6379, 6379, "10.0.2.128/25"), all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"an allow for UDP is none for TCP", []network.NetworkACLEntry{entry(100, true, "17", 0, 65535, "0.0.0.0/0")}, "10.0.2.0/24", portRange{6379, 6379}, false, 0},
		{"a deny of UDP is none of TCP", []network.NetworkACLEntry{entry(90, false, "17", 0, 65535, "0.0.0.0/0"), all}, "10.0.2.0/24", portRange{6379, 6379}, true, 0},
		{"an IPv4 allow is none for IPv6", []network.NetworkACLEntry{all}, "fd00::/64", portRange{6379, 6379}, false, 0},
		{"an IPv6 allow is one for IPv6", []network.NetworkACLEntry{all, entry(101, true, "-1", 0, 65535, "::/0")}, "fd00::/64", portRange{6379, 6379}, true, 0},
		{"the lowest and highest ports are ports too", []network.NetworkACLEntry{entry(100, true, "6", 0, 65535, "0.0.0.0/0")}, "10.0.2.0/24", portRange{0, 65535}, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := filter(network.NetworkACL{ID: "acl-0a", Entries: tt.entries}, false, cidr(tt.remote), tt.ports)
			equal(t, "allowed", a.allowed, tt.allowed)
			equal(t, "the deciding entry", a.number, tt.number)
		})
	}
}

func TestIngressEntriesSayNothingAboutEgress(t *testing.T) {
	acl := network.NetworkACL{ID: "acl-0a", Entries: []network.NetworkACLEntry{entry(100, true, "-1", 0, 65535, "0.0.0.0/0")}}
	equal(t, "egress is allowed", filter(acl, true, cidr("10.0.2.0/24"), ephemeral).allowed, false)
}

func TestFilteringLeavesTheEntriesInTheirOrder(t *testing.T) {
	entries := []network.NetworkACLEntry{entry(200, true, "-1", 0, 65535, "0.0.0.0/0"), entry(100, false, "6", 22, 22, "0.0.0.0/0")}
	filter(network.NetworkACL{Entries: entries}, false, cidr("10.0.2.0/24"), portRange{6379, 6379})
	equal(t, "the first entry", entries[0].Number, int32(200))
}

// aclSnapshot has a network ACL of its own at the cache's subnet.
func aclSnapshot(entries ...network.NetworkACLEntry) *network.Snapshot {
	s := snapshot(tcp("sgr-0a", 6379, 6379, "sg-0a"))
	open := []network.NetworkACLEntry{entry(100, true, "-1", 0, 65535, "0.0.0.0/0"), {Number: 100, Egress: true, Allow: true, Protocol: "-1", ToPort: 65535, CIDR: cidr("0.0.0.0/0")}}
	s.NetworkACLs["acl-00"] = network.NetworkACL{ID: "acl-00", VPC: "vpc-0c", Location: here, Default: true, Entries: open}
	s.NetworkACLs["acl-0c"] = network.NetworkACL{
		ID: "acl-0c", VPC: "vpc-0c", Location: here, Associations: []network.NetworkACLAssociation{{ID: "aclassoc-0c", Subnet: "subnet-0c"}}, Entries: entries,
	}
	return s
}

func outward(e network.NetworkACLEntry) network.NetworkACLEntry {
	e.Egress = true
	return e
}

func TestAnswersThatPassOnTheEphemeralPortsOfLinuxOnlyPassWithARemark(t *testing.T) {
	s := aclSnapshot(entry(100, true, "6", 6379, 6379, "0.0.0.0/0"), outward(entry(100, true, "6", 32768, 60999, "0.0.0.0/0")))
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateOpen)
	for _, h := range j.Hops {
		if h.Kind == HopNetworkACL && h.Resource == "acl-0c" && h.Detail == "lets the connection and its answers through" {
			t.Error("nobody is told that Windows and Lambda clients are left out")
		}
	}
}

func TestAnswersThatDoNotPassAreABlockerWithTheEntryToMake(t *testing.T) {
	s := aclSnapshot(entry(100, true, "6", 6379, 6379, "0.0.0.0/0"))
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateBlocked)
	equal(t, "the verdict of acl-0c", hopsOf(j, HopNetworkACL)["acl-0c"], Fail)
	equal(t, "the verdict of acl-00", hopsOf(j, HopNetworkACL)["acl-00"], Pass)
}

func TestTrafficInsideOneSubnetPassesNoNetworkACL(t *testing.T) {
	s := aclSnapshot()
	eni := s.NetworkInterfaces["eni-0a"]
	eni.Subnet = "subnet-0c"
	s.NetworkInterfaces["eni-0a"] = eni
	j := NewIndex(s).Judge(declared("sg-0a"))
	equal(t, "the state", j.State, StateOpen)
	equal(t, "the number of ACL hops", len(hopsOf(j, HopNetworkACL)), 0)
}
