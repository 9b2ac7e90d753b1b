package intent_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/resource"
)

// orders is an intent with nothing wrong.
func orders() fields {
	return fields{"cluster": "sessions", "name": "orders", "sources": list("sg-0a")}
}

const (
	at12  = `intents.yaml:12: field `
	at10  = `intents.yaml:10: field `
	ofIt  = ` of intent "orders" for cluster "sessions" `
	forms = `must be a security group (sg-0a1b2c3d4e5f60718, or 123456789012/sg-… of another account), ` +
		`a CIDR or an address (IPv4 or IPv6), a prefix list (pl-…) or a VPC (vpc-…)`
	times = `must be an RFC 3339 time such as 2026-12-31T23:59:59Z, or epoch seconds`
	epoch = `must be epoch seconds, a number of ten digits, or an RFC 3339 time such as 2026-12-31T23:59:59Z`
	arns  = `must be the ARN of a replication group, cache cluster or serverless cache, ` +
		`such as arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions`
	names = `must be 1 to 128 printable characters without a space at either end`
	texts = `must be at most 256 characters on one line, without control characters`
	paths = `must be same-vpc, peering, transit-gateway, transit-vpc, vpn or direct-connect`
	vias  = `must be an id such as pcx-0a1b2c3d4e5f60718, and begin with pcx-, tgw-, vgw- or eni-`
	ports = `must be a port, a whole number from 1 to 65535`
)

func TestEveryWrongFieldOfAnIntentIsNamedWithWhatItHoldsAndWhatItMayHold(t *testing.T) {
	long := strings.Repeat("x", 300)
	shown := `"` + strings.Repeat("x", 80) + `…"`
	cases := []struct {
		name   string
		change fields
		want   []string
	}{
		{"a missing cluster", fields{"cluster": absent}, []string{at10 + `"cluster" of intent "orders" is missing: ` + arns}},
		{"a cluster that is a number", fields{"cluster": 7}, []string{at12 + `"cluster" of intent "orders" is the number 7: ` + arns}},
		{"a cluster that cannot be a name", fields{"cluster": "my sessions"}, []string{
			at12 + `"cluster" of intent "orders" for cluster "my sessions" is "my sessions": ` + arns + `, or the cluster's bare name`,
		}},
		{"a cluster with two hyphens in a row", fields{"cluster": "a--b"}, []string{
			at12 + `"cluster" of intent "orders" for cluster "a--b" is "a--b": ` + arns + `, or the cluster's bare name`,
		}},
		{"a cluster in upper case", fields{"cluster": "Sessions"}, []string{
			at12 + `"cluster" of intent "orders" for cluster "Sessions" is "Sessions": must be in lower case, as ElastiCache keeps its names`,
		}},
		{"an ARN of another service", fields{"cluster": "arn:aws:rds:us-east-1:123456789012:cluster:sessions"}, []string{
			at12 + `"cluster" of intent "orders" for cluster "arn:aws:rds:us-east-1:123456789012:cluster:sessions" ` +
				`is "arn:aws:rds:us-east-1:123456789012:cluster:sessions": ` + arns,
		}},
		{"a missing name", fields{"name": absent}, []string{at10 + `"name" of an intent for cluster "sessions" is missing: ` + names}},
		{"neither cluster nor name", fields{"cluster": absent, "name": absent}, []string{
			at10 + `"cluster" of an item is missing: ` + arns, at10 + `"name" of an item is missing: ` + names,
		}},
		{"a name that is a number", fields{"name": 7}, []string{at12 + `"name" of an intent for cluster "sessions" is the number 7: ` + names}},
		{"an empty name", fields{"name": ""}, []string{at12 + `"name" of an intent for cluster "sessions" is "": ` + names}},
		{"a name with a control character", fields{"name": "a\x1b[31m"}, []string{
			at12 + `"name" of intent "a\x1b[31m" for cluster "sessions" is "a\x1b[31m": ` + names,
		}},
		{"a name with a space at its end", fields{"name": "orders "}, []string{
			at12 + `"name" of intent "orders " for cluster "sessions" is "orders ": ` + names,
		}},
		{"a name that is too long", fields{"name": long}, []string{
			at12 + `"name" of intent ` + shown + ` for cluster "sessions" is ` + shown + `: ` + names,
		}},

		{"no sources", fields{"sources": absent}, []string{at10 + `"sources"` + ofIt + `is missing: must be a list of at least one source`}},
		{"an empty list of sources", fields{"sources": list()}, []string{
			at12 + `"sources"` + ofIt + `is an empty list: must be a list of at least one source`,
		}},
		{"too many sources", fields{"sources": slices.Repeat(list("sg-0a"), 101)}, []string{
			at12 + `"sources"` + ofIt + `is a list of 101: must be at most 100 sources; a prefix list holds more`,
		}},
		{"source and sources", fields{"source": "sg-0b"}, []string{
			at12 + `"source"` + ofIt + `is given beside sources: must be left out, or be the only one of the two`,
		}},
		{"a source that is a list", fields{"sources": absent, "source": list("sg-0a", "sg-0b")}, []string{
			at12 + `"source"` + ofIt + `is a list: must be one string; several sources are written as the list sources`,
		}},
		{"a wrong source", fields{"sources": absent, "source": "orders"}, []string{at12 + `"source"` + ofIt + `is "orders": ` + forms}},
		{"every wrong source of a list", fields{"sources": list("sg-XYZ", 10, nil, true, list("sg-0a"), "")}, []string{
			at12 + `"sources"` + ofIt + `is "sg-XYZ": ` + forms,
			at12 + `"sources"` + ofIt + `is the number 10: ` + forms,
			at12 + `"sources"` + ofIt + `is empty (null): ` + forms,
			at12 + `"sources"` + ofIt + `is the boolean true: ` + forms,
			at12 + `"sources"` + ofIt + `is a list: ` + forms,
			at12 + `"sources"` + ofIt + `is "": ` + forms,
		}},
		{"an address that YAML takes for a map", fields{"sources": list(map[string]any{"fd00:": nil})}, []string{
			at12 + `"sources"` + ofIt + `is a map: ` + forms + `; an address that ends in a colon must be in quotes`,
		}},
		{"a source that is binary data", fields{"sources": intent.Value{Kind: intent.Binary}}, []string{
			at12 + `"sources"` + ofIt + `is binary data: ` + forms,
		}},
		{"an account with eleven digits", fields{"sources": list("12345678901/sg-0a")}, []string{
			at12 + `"sources"` + ofIt + `is "12345678901/sg-0a": ` + forms,
		}},
		{"an account before what is no security group", fields{"sources": list("444455556666/vpc-0a")}, []string{
			at12 + `"sources"` + ofIt + `is "444455556666/vpc-0a": ` + forms,
		}},
		{"a prefix length that is too long", fields{"sources": list("10.0.0.0/33")}, []string{
			at12 + `"sources"` + ofIt + `is "10.0.0.0/33": ` + forms,
		}},
		{"an address with a zone", fields{"sources": list("fe80::1%eth0")}, []string{
			at12 + `"sources"` + ofIt + `is "fe80::1%eth0": must be written without a zone (what follows the %)`,
		}},
		{"an IPv4 address mapped into IPv6", fields{"sources": list("::ffff:10.0.0.0/104")}, []string{
			at12 + `"sources"` + ofIt + `is "::ffff:10.0.0.0/104": must be written as the IPv4 CIDR or address that it stands for`,
		}},
		{"the address of no host", fields{"sources": list("0.0.0.0")}, []string{
			at12 + `"sources"` + ofIt + `is "0.0.0.0": must be the address of a host; everything is written 0.0.0.0/0 or ::/0`,
		}},
		{"everything as an open source", fields{"sources": list("0.0.0.0/0", "::/0")}, []string{
			at12 + `"sources"` + ofIt + `is "0.0.0.0/0": must be narrower: everything is accepted only as a source of access closed`,
			at12 + `"sources"` + ofIt + `is "::/0": must be narrower: everything is accepted only as a source of access closed`,
		}},
		{"sources that are too wide", fields{"sources": list("10.0.0.0/7", "2001:db8::/31", "10.0.0.0/8", "2001:db8::/32")}, []string{
			at12 + `"sources"` + ofIt + `is "10.0.0.0/7": must be no wider than /8, the widest IPv4 source that the policy accepts`,
			at12 + `"sources"` + ofIt + `is "2001:db8::/31": must be no wider than /32, the widest IPv6 source that the policy accepts`,
		}},
		{"the same source in two ways of writing", fields{"sources": list("10.1.2.3", "10.1.2.3/32")}, []string{
			at12 + `"sources"` + ofIt + `is "10.1.2.3/32", the same source as "10.1.2.3" before it: must be listed once`,
		}},

		{"the endpoint of a cache", fields{"cluster": "sessions.abc123.ng.0001.euw1.cache.amazonaws.com:6379"}, []string{
			at12 + `"cluster" of intent "orders" for cluster "sessions.abc123.ng.0001.euw1.cache.amazonaws.com:6379" is "sessions.abc123.ng.0001.euw1.cache.amazonaws.com:6379": is the endpoint of sessions: write its name, "sessions", or its ARN`,
		}},

		{"host bits", fields{"sources": list("10.1.2.3/16", "2001:db8:1::5/48")}, []string{
			at12 + `"sources"` + ofIt + `is "10.1.2.3/16": has host bits, and may mean either: write 10.1.0.0/16 for the whole range, or 10.1.2.3/32 for the one host`,
			at12 + `"sources"` + ofIt + `is "2001:db8:1::5/48": has host bits, and may mean either: write 2001:db8:1::/48 for the whole range, or 2001:db8:1::5/128 for the one host`,
		}},

		{"an unknown path", fields{"path": "transit"}, []string{at12 + `"path"` + ofIt + `is "transit": ` + paths}},
		{"an empty path", fields{"path": nil}, []string{at12 + `"path"` + ofIt + `is empty (null): ` + paths + `, or left out`}},
		{"an unknown access", fields{"access": "allow"}, []string{at12 + `"access"` + ofIt + `is "allow": must be open or closed`}},
		{"everything, with an access that cannot be read", fields{"access": "close", "sources": list("0.0.0.0/0")}, []string{
			at12 + `"access"` + ofIt + `is "close": must be open or closed`,
		}},

		{"a via of no known kind", fields{"via": "igw-0a"}, []string{at12 + `"via"` + ofIt + `is "igw-0a": ` + vias}},
		{"an empty via", fields{"via": ""}, []string{at12 + `"via"` + ofIt + `is "": ` + vias + `, or left out`}},
		{"a via that is a list", fields{"via": list("tgw-0a")}, []string{
			at12 + `"via"` + ofIt + `is a list: must be a string, an id such as pcx-0a1b2c3d4e5f60718`,
		}},
		{"a via that is no id", fields{"via": "tgw_hub"}, []string{at12 + `"via"` + ofIt + `is "tgw_hub": ` + vias}},
		{"a via where nothing is between", fields{"path": "same-vpc", "via": "pcx-0a"}, []string{
			at12 + `"via"` + ofIt + `is "pcx-0a": must be left out: path same-vpc goes over nothing`,
		}},
		{"a via that does not fit peering", fields{"path": "peering", "via": "tgw-0a"}, []string{
			at12 + `"via"` + ofIt + `is "tgw-0a": must be an id that begins with pcx-, since path is peering`,
		}},
		{"a via that does not fit a transit gateway", fields{"path": "transit-gateway", "via": "pcx-0a"}, []string{
			at12 + `"via"` + ofIt + `is "pcx-0a": must be an id that begins with tgw-, since path is transit-gateway`,
		}},
		{"a via that does not fit a transit VPC", fields{"path": "transit-vpc", "via": "tgw-0a"}, []string{
			at12 + `"via"` + ofIt + `is "tgw-0a": must be an id that begins with vgw- or eni-, since path is transit-vpc`,
		}},
		{"a via that does not fit a VPN", fields{"path": "vpn", "via": "eni-0a"}, []string{
			at12 + `"via"` + ofIt + `is "eni-0a": must be an id that begins with vgw- or tgw-, since path is vpn`,
		}},
		{"a via that does not fit Direct Connect", fields{"path": "direct-connect", "via": "pcx-0a"}, []string{
			at12 + `"via"` + ofIt + `is "pcx-0a": must be an id that begins with vgw- or tgw-, since path is direct-connect`,
		}},

		{"an empty list of ports", fields{"ports": list()}, []string{
			at12 + `"ports"` + ofIt + `is an empty list: must be a list of at least one port, or left out`,
		}},
		{"every wrong port", fields{"ports": list(0, 65536, -1, "redis", number("6379.0"), "06379", true)}, []string{
			at12 + `"ports"` + ofIt + `is the number 0: ` + ports,
			at12 + `"ports"` + ofIt + `is the number 65536: ` + ports,
			at12 + `"ports"` + ofIt + `is the number -1: ` + ports,
			at12 + `"ports"` + ofIt + `is "redis": ` + ports,
			at12 + `"ports"` + ofIt + `is the number 6379.0: ` + ports,
			at12 + `"ports"` + ofIt + `is "06379": ` + ports,
			at12 + `"ports"` + ofIt + `is the boolean true: ` + ports,
		}},
		{"a port twice", fields{"ports": list(6379, "6379")}, []string{at12 + `"ports"` + ofIt + `is "6379", a second time: must be listed once`}},
		{"too many ports", fields{"ports": slices.Repeat(list(6379), 21)}, []string{
			at12 + `"ports"` + ofIt + `is a list of 21: must be at most 20 ports`,
		}},

		{"an expiry in words", fields{"expiresAt": "tomorrow"}, []string{at12 + `"expiresAt"` + ofIt + `is "tomorrow": ` + times}},
		{"an expiry that nobody filled in", fields{"expiresAt": nil}, []string{
			at12 + `"expiresAt"` + ofIt + `is empty (null): ` + times + `, or left out`,
		}},
		{"an expiry without its offset", fields{"expiresAt": "2026-12-31T23:59:59"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-12-31T23:59:59": ` + times,
		}},
		{"an expiry with an hour of one digit", fields{"expiresAt": "2026-12-31T3:59:59Z"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-12-31T3:59:59Z": ` + times,
		}},
		{"an expiry with a comma", fields{"expiresAt": "2026-12-31T23:59:59,5Z"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-12-31T23:59:59,5Z": ` + times,
		}},
		{"an expiry with an offset of more than a day", fields{"expiresAt": "2026-12-31T23:59:59+24:00"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-12-31T23:59:59+24:00": ` + times,
		}},
		{"an expiry on a day that is not there", fields{"expiresAt": "2026-02-30T23:59:59Z"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-02-30T23:59:59Z": ` + times,
		}},
		{"an expiry that is a day written as a number", fields{"expiresAt": 20261231}, []string{at12 + `"expiresAt"` + ofIt + `is the number 20261231: ` + epoch}},
		{"an expiry in milliseconds", fields{"expiresAt": 1798761599000}, []string{
			at12 + `"expiresAt"` + ofIt + `is the number 1798761599000: must be epoch seconds; these look like milliseconds, so leave out the last three digits`,
		}},
		{"an expiry in milliseconds as a string", fields{"expiresAt": "1798761599000"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "1798761599000": must be epoch seconds; these look like milliseconds, so leave out the last three digits`,
		}},
		{"an expiry beyond any number", fields{"expiresAt": strings.Repeat("9", 30)}, []string{
			at12 + `"expiresAt"` + ofIt + `is "999999999999999999999999999999": must be epoch seconds; these look like milliseconds, so leave out the last three digits`,
		}},
		{"an expiry with a fraction of a second as a number", fields{"expiresAt": number("1798761599.5")}, []string{
			at12 + `"expiresAt"` + ofIt + `is the number 1798761599.5: ` + times,
		}},
		{"a start at the beginning of time", fields{"notBefore": "0001-01-01T00:00:00Z"}, []string{
			at12 + `"notBefore"` + ofIt + `is "0001-01-01T00:00:00Z": must be a time from September 2001 to the year 9999`,
		}},
		{"an expiry past the year 9999", fields{"expiresAt": "9999-12-31T23:59:59-01:00"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "9999-12-31T23:59:59-01:00": must be a time from September 2001 to the year 9999`,
		}},
		{"an expiry before the start", fields{"notBefore": "2027-01-01T00:00:00+01:00", "expiresAt": "2026-12-31T23:00:00Z"}, []string{
			at12 + `"expiresAt"` + ofIt + `is "2026-12-31T23:00:00Z": must be later than notBefore, which is 2026-12-31T23:00:00Z`,
		}},
		{"a start that is a list", fields{"notBefore": list()}, []string{at12 + `"notBefore"` + ofIt + `is a list: ` + times}},

		{"an owner that is a number", fields{"owner": 42}, []string{at12 + `"owner"` + ofIt + `is the number 42: must be a string`}},
		{"an owner with a control character", fields{"owner": "a\tb"}, []string{at12 + `"owner"` + ofIt + `is "a\tb": ` + texts}},
		{"a reason of several lines", fields{"reason": "INC-42\nurgent"}, []string{at12 + `"reason"` + ofIt + `is "INC-42\nurgent": ` + texts}},
		{"a reason that turns the direction of writing", fields{"reason": "a\u202eb"}, []string{at12 + `"reason"` + ofIt + `is "a\u202eb": ` + texts}},
		{"a reason that is too long", fields{"reason": long}, []string{at12 + `"reason"` + ofIt + `is ` + shown + `: ` + texts}},

		{"a misspelt field", fields{"expireAt": "2026-12-31T23:59:59Z"}, []string{
			at12 + `"expireAt"` + ofIt + `is not known: did you mean "expiresAt"?`,
		}},
		{"a field in the wrong case", fields{"NotBefore": "2026-12-31T23:59:59Z"}, []string{
			at12 + `"NotBefore"` + ofIt + `is not known: did you mean "notBefore"?`,
		}},
		{"a field of nothing", fields{"ticket": "INC-42"}, []string{
			at12 + `"ticket"` + ofIt + `is not known: must be one of cluster, name, sources, source, path, via, access, ports, notBefore, expiresAt, owner, reason`,
		}},
		{"a field of a policy", fields{"mode": "enforce"}, []string{
			at12 + `"mode"` + ofIt + `is not known: belongs to policies, the items whose cluster is "*"`,
		}},
		{"a field whose name does not print", fields{"\x00": "x"}, []string{
			at12 + `"(no name)"` + ofIt + `is not known: must be one of cluster, name, sources, source, path, via, access, ports, notBefore, expiresAt, owner, reason`,
		}},

		{"everything at once", fields{"name": absent, "sources": list("any"), "path": "vpc", "ports": list(0), "expiresAt": "soon"}, []string{
			at10 + `"name" of an intent for cluster "sessions" is missing: ` + names,
			at12 + `"sources" of an intent for cluster "sessions" is "any": ` + forms,
			at12 + `"path" of an intent for cluster "sessions" is "vpc": ` + paths,
			at12 + `"ports" of an intent for cluster "sessions" is the number 0: ` + ports,
			at12 + `"expiresAt" of an intent for cluster "sessions" is "soon": ` + times,
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			set := intent.Parse([]intent.Record{orders().with(c.change).record()}, intent.Options{BareNames: true})
			if len(set.Intents) != 0 || len(set.Invalid) != 1 {
				t.Fatalf("got %d intents and %d invalid ones, want none and one", len(set.Intents), len(set.Invalid))
			}
			requireEqual(t, "messages", messages(set.Invalid[0].Problems), c.want)
		})
	}
}

func TestEveryWayToWriteAnIntentIsAcceptedInItsCanonicalForm(t *testing.T) {
	base := intent.Intent{
		Cluster: "sessions", Name: "orders", Access: intent.Open,
		Sources: []intent.Source{{Kind: intent.SecurityGroup, ID: "sg-0a"}},
		Place:   intent.Place{File: "intents.yaml", Line: 10},
	}
	cidr := func(text string) intent.Source {
		return intent.Source{Kind: intent.CIDR, Prefix: netip.MustParsePrefix(text)}
	}
	newYear := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name   string
		change fields
		want   func(*intent.Intent)
	}{
		{"nothing but what is required", nil, func(*intent.Intent) {}},
		{"one source", fields{"sources": absent, "source": "sg-0a"}, func(*intent.Intent) {}},
		{"sources that are one string", fields{"sources": "sg-0a"}, func(*intent.Intent) {}},
		{"a set of sources", fields{"sources": intent.Value{Kind: intent.List, Unordered: true, List: []intent.Value{intent.TextValue("sg-0a")}}}, func(*intent.Intent) {}},
		{"every form of a source", fields{"sources": list(
			"sg-0a1b2c3d4e5f60718", "444455556666/sg-0b", "10.1.0.0/16", "10.9.8.7", "2001:db8:1::/48", "2001:db8::1", "pl-63a5400a", "vpc-0abc",
		)}, func(i *intent.Intent) {
			i.Sources = []intent.Source{
				{Kind: intent.SecurityGroup, ID: "sg-0a1b2c3d4e5f60718"},
				{Kind: intent.SecurityGroup, Account: "444455556666", ID: "sg-0b"},
				cidr("10.1.0.0/16"), cidr("10.9.8.7/32"), cidr("2001:db8:1::/48"), cidr("2001:db8::1/128"),
				{Kind: intent.PrefixList, ID: "pl-63a5400a"},
				{Kind: intent.VPC, ID: "vpc-0abc"},
			}
		}},
		{"everything, closed", fields{"sources": list("0.0.0.0/0", "::/0"), "access": "closed"}, func(i *intent.Intent) {
			i.Sources, i.Access = []intent.Source{cidr("0.0.0.0/0"), cidr("::/0")}, intent.Closed
		}},
		{"closed sources wider than the policy lets be opened", fields{"sources": list("10.0.0.0/7"), "access": "closed"}, func(i *intent.Intent) {
			i.Sources, i.Access = []intent.Source{cidr("10.0.0.0/7")}, intent.Closed
		}},
		{"open, said aloud", fields{"access": "open"}, func(*intent.Intent) {}},
		{"a path and what it goes over", fields{"path": "transit-vpc", "via": "eni-0a"}, func(i *intent.Intent) {
			i.Path, i.Via = intent.TransitVPC, "eni-0a"
		}},
		{"what it goes over without a path", fields{"via": "vgw-0a"}, func(i *intent.Intent) { i.Via = "vgw-0a" }},
		{"ports as numbers and strings, in any order", fields{"ports": list("6380", 6379)}, func(i *intent.Intent) { i.Ports = []uint16{6379, 6380} }},
		{"one port", fields{"ports": 65535}, func(i *intent.Intent) { i.Ports = []uint16{65535} }},
		{"times in RFC 3339", fields{"notBefore": "2026-12-31T23:00:00.25Z", "expiresAt": "2027-01-01T01:00:00+01:00"}, func(i *intent.Intent) {
			i.NotBefore, i.ExpiresAt = newYear.Add(-time.Hour+250*time.Millisecond), newYear
		}},
		{"times in epoch seconds", fields{"notBefore": "1798758000", "expiresAt": 1798761600}, func(i *intent.Intent) {
			i.NotBefore, i.ExpiresAt = newYear.Add(-time.Hour), newYear
		}},
		{"an expiry far away", fields{"expiresAt": "9999-12-31T23:59:59Z"}, func(i *intent.Intent) {
			i.ExpiresAt = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		}},
		{"owner and reason", fields{"owner": "équipe <paiements>", "reason": "INC-42 👩‍💻"}, func(i *intent.Intent) {
			i.Owner, i.Reason = "équipe <paiements>", "INC-42 👩‍💻"
		}},
		{"a security group over a path that takes none, which the judgement reports", fields{"path": "transit-vpc"}, func(i *intent.Intent) {
			i.Path = intent.TransitVPC
		}},
		{"any ARN of the three kinds", fields{"cluster": "arn:aws-us-gov:elasticache:us-gov-west-1:123456789012:serverlesscache:sessions"}, func(i *intent.Intent) {
			i.Cluster = "arn:aws-us-gov:elasticache:us-gov-west-1:123456789012:serverlesscache:sessions"
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			set := intent.Parse([]intent.Record{orders().with(c.change).record()}, intent.Options{BareNames: true})
			if len(set.Invalid) != 0 || len(set.Intents) != 1 {
				t.Fatalf("got %d intents and %v", len(set.Intents), set.Invalid)
			}
			want := base
			c.want(&want)
			requireEqual(t, "intent", set.Intents[0], want, cmpopts.EquateComparable(netip.Prefix{}))
		})
	}
}

func TestInTheTableAClusterIsAnARN(t *testing.T) {
	cases := map[string]bool{
		sessions: true,
		"arn:aws:elasticache:eu-central-1:123456789012:cluster:sessions-001":         true,
		"arn:aws:elasticache:us-east-1:123456789012:serverlesscache:sessions":        true,
		"arn:aws-cn:elasticache:cn-north-1:123456789012:cluster:a":                   true,
		"arn:aws-us-gov:elasticache:us-gov-east-1:123456789012:replicationgroup:a-1": true,
		"sessions": false,
		"arn:aws:elasticache:us-east-1:123456789012:snapshot:sessions":                  false,
		"arn:aws:elasticache:us-east-1:123456789012:globalreplicationgroup:sessions":    false,
		"arn:aws:elasticache:cn-north-1:123456789012:cluster:a":                         false,
		"arn:aws-cn:elasticache:us-east-1:123456789012:cluster:a":                       false,
		"arn:aws-iso:elasticache:us-iso-east-1:123456789012:cluster:a":                  false,
		"arn:aws:elasticache:us-east:123456789012:cluster:a":                            false,
		"arn:aws:elasticache:us-east-1:12345678901:cluster:a":                           false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:":                           false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:a-":                         false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:1a":                         false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:a:b":                        false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:Sessions":                   false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:" + strings.Repeat("a", 51): false,
		"arn:aws:elasticache:us-east-1:123456789012:cluster:" + strings.Repeat("a", 50): true,
		" " + sessions: false,
	}
	for cluster, valid := range cases {
		set := intent.Parse([]intent.Record{orders().with(fields{"cluster": cluster}).record()}, intent.Options{})
		if got := len(set.Intents) == 1; got != valid {
			t.Errorf("cluster %q: valid is %v, want %v: %v", cluster, got, valid, set.Invalid)
		}
		arn, err := resource.ParseARN(cluster)
		if (err == nil) != valid || valid && arn.String() != cluster {
			t.Errorf("ParseClusterARN(%q) = %q, %v", cluster, arn, err)
		}
	}
}

func TestAnInvalidIntentHoldsUntilAnExpiryThatCanBeRead(t *testing.T) {
	expiry := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name   string
		change fields
		want   time.Time
	}{
		{"something else is wrong", fields{"path": "x", "expiresAt": "2027-01-01T00:00:00Z"}, expiry},
		{"something else is wrong and there is no expiry", fields{"path": "x"}, time.Time{}},
		{"the expiry is wrong", fields{"expiresAt": "2027"}, time.Time{}},
		{"the expiry is before the start", fields{"notBefore": "2028-01-01T00:00:00Z", "expiresAt": "2027-01-01T00:00:00Z"}, time.Time{}},
		{"the start cannot be read", fields{"notBefore": "x", "expiresAt": "2027-01-01T00:00:00Z"}, expiry},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			record := orders().with(c.change).with(fields{"owner": "payments"}).record()
			set := intent.Parse([]intent.Record{record}, intent.Options{BareNames: true})
			got := set.Invalid[0]
			requireEqual(t, "expiry", got.ExpiresAt, c.want)
			requireEqual(t, "key", got.Key, intent.Key{Cluster: "sessions", Name: "orders"})
			requireEqual(t, "owner", got.Owner, "payments")
			requireEqual(t, "holds before", got.Holds(expiry.Add(-1)), true)
			requireEqual(t, "holds at the expiry", got.Holds(expiry), c.want.IsZero())
			moment, found := got.NextMoment(expiry.Add(-1))
			if found == c.want.IsZero() || found && !moment.Equal(expiry) {
				t.Errorf("next moment is %v, %v", moment, found)
			}
			if _, found = got.NextMoment(expiry); found {
				t.Error("there is a moment after the expiry")
			}
		})
	}
}

func TestAnOwnerThatCannotBeReadIsLeftOutOfWhatIsInvalid(t *testing.T) {
	set := intent.Parse([]intent.Record{orders().with(fields{"owner": "a\x00b"}).record()}, intent.Options{BareNames: true})
	requireEqual(t, "owner", set.Invalid[0].Owner, "")
}

func TestAWrongItemNeverStopsTheRightOnes(t *testing.T) {
	set := intent.Parse([]intent.Record{
		orders().record(),
		orders().with(fields{"name": "billing", "path": "x"}).record(),
		orders().with(fields{"name": "search"}).record(),
	}, intent.Options{BareNames: true})
	if len(set.Intents) != 2 || set.Intents[0].Name != "orders" || set.Intents[1].Name != "search" || len(set.Invalid) != 1 {
		t.Fatalf("got %v and %v", set.Intents, set.Invalid)
	}
}

func TestTwoItemsWithOneKeyAreBothInvalidAndBothLinesAreNamed(t *testing.T) {
	at := func(line int, f fields) intent.Record {
		record := f.record()
		record.Place.Line = line
		return record
	}
	expiring := fields{"expiresAt": "2027-01-01T00:00:00Z", "owner": "a"}
	set := intent.Parse([]intent.Record{
		at(3, orders().with(expiring)),
		at(9, orders().with(expiring)),
		at(12, orders().with(fields{"name": "search"})),
		at(15, orders().with(fields{"name": "search", "path": "x"})),
		at(18, orders().with(fields{"name": "search", "expiresAt": 1798761600, "owner": "b"})),
	}, intent.Options{BareNames: true})
	if len(set.Intents) != 0 || len(set.Invalid) != 2 {
		t.Fatalf("got %v and %v", set.Intents, set.Invalid)
	}
	requireEqual(t, "messages", messages(set.Invalid[0].Problems), []string{
		`intents.yaml:9: field "name"` + ofIt + `is "orders", declared already at intents.yaml:3: must be declared once for a cluster`,
	})
	if set.Invalid[0].ExpiresAt.IsZero() || set.Invalid[0].Owner != "a" {
		t.Errorf("what both agree on is lost: %+v", set.Invalid[0])
	}
	ofSearch := ` of intent "search" for cluster "sessions" `
	requireEqual(t, "messages", messages(set.Invalid[1].Problems), []string{
		at12 + `"path"` + ofSearch + `is "x": ` + paths,
		`intents.yaml:15: field "name"` + ofSearch + `is "search", declared already at intents.yaml:12: must be declared once for a cluster`,
		`intents.yaml:18: field "name"` + ofSearch + `is "search", declared already at intents.yaml:12: must be declared once for a cluster`,
	})
	if !set.Invalid[1].ExpiresAt.IsZero() || set.Invalid[1].Owner != "" {
		t.Errorf("something that they disagree on is believed: %+v", set.Invalid[1])
	}
}

func TestItemsWithoutAKeyAreNotTakenForTheSame(t *testing.T) {
	nameless := orders().with(fields{"name": absent}).record()
	set := intent.Parse([]intent.Record{nameless, nameless}, intent.Options{BareNames: true})
	if len(set.Invalid) != 2 {
		t.Fatalf("got %v", set.Invalid)
	}
}

func TestAMessageAboutATableItemNamesItsKeyOnce(t *testing.T) {
	record := orders().with(fields{"cluster": sessions, "path": "x"}).record()
	record.Place = intent.Place{Item: "cluster=" + sessions + " name=orders"}
	set := intent.Parse([]intent.Record{record}, intent.Options{})
	requireEqual(t, "messages", messages(set.Invalid[0].Problems), []string{
		`table item cluster=` + sessions + ` name=orders: field "path" is "x": ` + paths,
	})
}

func TestOnlyTheFirstUnknownFieldsAreNamed(t *testing.T) {
	f := orders()
	for i := range 40 {
		f["zz"+strings.Repeat("z", i)] = 1
	}
	set := intent.Parse([]intent.Record{f.record()}, intent.Options{BareNames: true})
	requireEqual(t, "number of problems", len(set.Invalid[0].Problems), 20)
}
