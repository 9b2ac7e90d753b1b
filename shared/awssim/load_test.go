package awssim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestWhatIsNoWorldIsRefusedWithFileLineAndPlace(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"a key that is no account":   {"w.json", `{"Vpcs": []}`, []string{"w.json:1", `"Vpcs"`, "twelve digits"}},
		"a key that is no Region":    {"w.json", `{"111122223333": {"Vpcs": []}}`, []string{`"Vpcs"`, "us-east-1"}},
		"JSON that breaks off":       {"w.json", "{\"111122223333\":\n {", []string{"w.json:2", "ends in the middle of a JSON value"}},
		"JSON with a comma too many": {"w.json", "{\"111122223333\": {},\n}", []string{"w.json:2", "cannot be read as JSON"}},
		"YAML that is none":          {"w.yaml", "a: [1, 2\nb: }", []string{"w.yaml:2", "cannot be read as YAML"}},
		"two documents":              {"w.yaml", "---\n\"111122223333\": {}\n---\n\"444455556666\": {}\n", []string{"w.yaml:4", "more than one document"}},
		"a tag of CloudFormation's":  {"w.yaml", "\"111122223333\":\n  us-east-1: !Ref region\n", []string{"w.yaml:2", "!Ref", "leave it out"}},
		"a Region that is no object": {"w.json", `{"111122223333":
{"us-east-1": []}}`, []string{"w.json:2", "111122223333/us-east-1", "is a list", "object"}},
		"a Region that stands twice": {"w.json", `{"111122223333": {"us-east-1": {},
"us-east-1": {}}}`, []string{"w.json:2", "111122223333", "us-east-1", "twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := awssim.Load(c.file, []byte(c.text))
			if _, ok := errors.AsType[*awssim.FileError](err); !ok {
				t.Fatalf("error is %v, expected a FileError", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not tell %q", err, part)
				}
			}
		})
	}
}

func TestAWrongObjectIsToldWithFileLineAndPlace(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"a subnet of a VPC that is not there": {"w.yaml", `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    Subnets:
      - {SubnetId: subnet-1, VpcId: vpc-1, CidrBlock: 10.0.1.0/24}
      - {SubnetId: subnet-2, VpcId: vpc-2, CidrBlock: 10.0.2.0/24}
`, []string{"w.yaml:7", "111122223333/us-east-1/Subnets[1].VpcId", `"vpc-2"`, "vpc-1"}},
		"a security group without a VPC": {
			"w.json", "{\"111122223333\":\n{\"us-east-1\":\n{\"SecurityGroups\":\n[{\"GroupId\": \"sg-1\"}]}}}",
			[]string{"w.json:4", "SecurityGroups[0].VpcId", "is missing"},
		},
		"a port that is no number": {"w.json", `{"111122223333": {"us-east-1": {
"SecurityGroupRules": [{"FromPort": "redis"}]}}}`, []string{"w.json:2", "SecurityGroupRules[0].FromPort", `"redis"`, "whole number"}},
		"a CIDR that is none": {
			"w.yaml", "\"111122223333\":\n  us-east-1:\n    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0}]\n",
			[]string{"w.yaml:3", "Vpcs[0].CidrBlock", `"10.0.0.0"`, "10.0.0.0/16"},
		},
		"a list where an object stands": {"w.json", `{"111122223333": {"us-east-1": {"Vpcs": [["vpc-1"]]}}}`, []string{"Vpcs[0]", "is a list", "object"}},
		"an id that stands twice": {"w.json", `{"111122223333": {"us-east-1": {"Vpcs": [
{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16"}]}}}`, []string{"Vpcs[1].VpcId", "twice"}},
		"a rule without a protocol": {
			"w.json", `{"111122223333": {"us-east-1": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1"}],
"SecurityGroupRules": [{"GroupId": "sg-1", "CidrIpv4": "10.0.0.0/8", "FromPort": 6379}]}}}`,
			[]string{"w.json:3", "SecurityGroupRules[0].IpProtocol", "is missing"},
		},
		"a rule with two sources": {
			"w.json", `{"111122223333": {"us-east-1": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1"}],
"SecurityGroupRules": [{"GroupId": "sg-1", "IsEgress": false, "IpProtocol": "-1", "CidrIpv4": "10.0.0.0/8", "PrefixListId": "pl-1"}]}}}`,
			[]string{"w.json:3", "SecurityGroupRules[0]", "2 sources"},
		},
		"a subnet with two route tables": {"w.json", `{"111122223333": {"us-east-1": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}]},
{"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}]}]}}}`, []string{"w.json:3", "RouteTables[1]", "rtb-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, warnings, err := awssim.Load(c.file, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			told := unreadOf(warnings)
			if len(told) != 1 {
				t.Fatalf("%d things are unread, expected one: %s", len(told), strings.Join(told, "\n"))
			}
			for _, part := range c.want {
				if !strings.Contains(told[0], part) {
					t.Errorf("%q does not tell %q", told[0], part)
				}
			}
		})
	}
}

// unreadOf are the warnings of what a world does not hold.
func unreadOf(warnings []awssim.Warning) []string {
	var told []string
	for _, w := range warnings {
		if w.Unread {
			told = append(told, w.String())
		}
	}
	return told
}

func TestEverythingThatIsWrongIsTold(t *testing.T) {
	_, warnings, err := awssim.Load("w.yaml", []byte(`
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/33}]
    Subnets: [{SubnetId: subnet-1, VpcId: vpc-9, CidrBlock: 10.0.1.0/24}]
    SecurityGroups: [{GroupId: sg-1, VpcId: vpc-9}, {GroupId: sg-2}, {GroupId: sg-3, VpcId: vpc-1}]
`))
	if err != nil {
		t.Fatal(err)
	}
	// vpc-9 is told once, for the subnet; vpc-1 with its block, and not once more for sg-3.
	told := strings.Join(unreadOf(warnings), "\n")
	for part, times := range map[string]int{"Vpcs[0].CidrBlock: \"10.0.0.0/33\"": 1, "Subnets[0].VpcId: \"vpc-9\"": 1, "SecurityGroups[1].VpcId: is missing": 1, "vpc-1": 0, "unknown": 3} {
		if n := strings.Count(told, part); n != times {
			t.Errorf("%q is told %d times, expected %d:\n%s", part, n, times, told)
		}
	}
	// They matter more than what was filled in.
	if !warnings[0].Unread || !warnings[2].Unread {
		t.Errorf("the first warnings are %v", warnings[:3])
	}
}

func TestManyWrongObjectsAreToldInFew(t *testing.T) {
	_, warnings, err := awssim.Load("w.json", []byte(`{"111122223333": {"us-east-1": {"Instances": [`+strings.Repeat(`{"Tags": []}, `, 999)+`{}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	told := unreadOf(warnings)
	if len(told) != 20 || !strings.Contains(told[19], "(and 980 more places)") {
		t.Errorf("%d are told, the last %s", len(told), told[len(told)-1])
	}
}

func TestAWorldMadeInGoHasNothingWrong(t *testing.T) {
	accounts := awssim.Accounts{}
	accounts.Region(hub, home).Subnets = []ec2types.Subnet{{SubnetId: aws.String("subnet-1"), VpcId: aws.String("vpc-9"), CidrBlock: aws.String("10.0.1.0/24")}}
	if _, _, err := awssim.Build(accounts); err == nil || !strings.Contains(err.Error(), "Subnets[0].VpcId") {
		t.Errorf("the error is %v", err)
	}
}

// loose is written as people write it: small letters, numbers and booleans as texts, one element without its list,
// account ids as numbers, whole command outputs, a YAML anchor.
const loose = `
001122223333:
  us-east-1:
    vpcs:
      Vpcs:
        - {vpcId: vpc-1, cidrBlock: 10.0.0.0/16, enableDnsHostnames: "true", enableDnsSupport: {value: false}}
    subnets: &subnet {subnetId: subnet-1, vpcId: vpc-1, cidrBlock: 10.0.1.9/24}
    securityGroups:
      - groupId: sg-1
        vpcId: vpc-1
        ipPermissions:
          ipProtocol: 6
          fromPort: "6379"
          toPort: 6379.0
          userIdGroupPairs: {groupId: sg-9, userId: 1122223333}
    networkAcls: null
    instances: []
    somethingNew: [{a: 1}]
    cachegateClaims: [{routeTableId: rtb-1, destinationCidrBlock: 10.9.0.0/16, intents: web/orders}]
`

func TestAWorldWrittenByHandIsUnderstood(t *testing.T) {
	world, warnings, err := awssim.Load("world", []byte(loose))
	if err != nil {
		t.Fatal(err)
	}
	region := world.Accounts()["001122223333"]["us-east-1"]
	if region == nil {
		t.Fatal("the account id lost its zeros")
	}
	vpc := region.Vpcs[0]
	if !*vpc.EnableDnsHostnames.Value || *vpc.EnableDnsSupport.Value {
		t.Errorf("the attributes are %v and %v", *vpc.EnableDnsHostnames.Value, *vpc.EnableDnsSupport.Value)
	}
	if cidr := *region.Subnets[0].CidrBlock; cidr != "10.0.1.0/24" {
		t.Errorf("the subnet is %s", cidr)
	}
	rule := region.SecurityGroupRules[0]
	if *rule.IpProtocol != "tcp" || *rule.FromPort != 6379 || *rule.ToPort != 6379 || *rule.ReferencedGroupInfo.UserId != "001122223333" {
		t.Errorf("the rule is %+v", rule)
	}
	if len(region.CachegateClaims) != 1 || region.CachegateClaims[0].Intents[0] != "web/orders" {
		t.Errorf("the claims are %+v", region.CachegateClaims)
	}
	told := ""
	for _, w := range warnings {
		told += w.String() + "\n"
	}
	for _, part := range []string{"somethingNew: this key is not known", "has no main route table", "has no default network ACL", "IpPermissionsEgress: is missing"} {
		if !strings.Contains(told, part) {
			t.Errorf("no warning tells %q:\n%s", part, told)
		}
	}
}

func TestDefaultsOfAVPCThatComesAlone(t *testing.T) {
	world, _, err := awssim.Load("w.yaml", []byte(`
"111122223333": {us-east-1: {Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}], Subnets: [{SubnetId: subnet-1, VpcId: vpc-1, CidrBlock: 10.0.1.0/24}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	r := world.Accounts()["111122223333"]["us-east-1"]
	if !*r.Vpcs[0].EnableDnsSupport.Value || *r.Vpcs[0].EnableDnsHostnames.Value {
		t.Error("AWS has DNS support on and hostnames off")
	}
	table, acl := r.RouteTables[0], r.NetworkAcls[0]
	if !*table.Associations[0].Main || len(table.Routes) != 1 || *table.Routes[0].GatewayId != "local" {
		t.Errorf("the main table is %+v", table)
	}
	if !*acl.IsDefault || len(acl.Associations) != 1 || acl.Entries[0].RuleAction != ec2types.RuleActionAllow {
		t.Errorf("the default ACL is %+v", acl)
	}
}

func TestPermissionsAndRulesTellTheSame(t *testing.T) {
	const byRules = `{"111122223333": {"us-east-1": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissionsEgress": []}],
"SecurityGroupRules": [
 {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "CidrIpv4": "10.1.0.0/16"},
 {"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "ReferencedGroupInfo": {"GroupId": "sg-1"}}]}}}`
	sim := awssim.New(load(t, byRules))
	out := must[*ec2.DescribeSecurityGroupsOutput](t)(client(sim, hub, home).DescribeSecurityGroups(t.Context(), nil))
	g := out.SecurityGroups[0]
	if len(g.IpPermissions) != 1 || len(g.IpPermissions[0].IpRanges) != 1 || len(g.IpPermissions[0].UserIdGroupPairs) != 1 ||
		*g.IpPermissions[0].UserIdGroupPairs[0].UserId != hub || len(g.IpPermissionsEgress) != 0 {
		t.Errorf("the permissions are %+v and %+v", g.IpPermissions, g.IpPermissionsEgress)
	}
}

func TestTheListsTheCLIPrintsAreReadAsTheyAre(t *testing.T) {
	const printed = `{"111122223333": {"us-east-1": {
"Reservations": [{"ReservationId": "r-1", "OwnerId": "111122223333", "Instances": [{"InstanceId": "i-1", "SubnetId": "subnet-1", "LaunchTime": "2026-10-01T10:00:00+00:00",
  "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.1.5", "Groups": [{"GroupId": "sg-1"}]}]}]}],
"PrefixLists": [{"PrefixListId": "pl-1", "OwnerId": "AWS", "PrefixListName": "com.amazonaws.us-east-1.s3", "Entries": [{"Cidr": "192.0.2.0/24"}]}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1"}],
"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}],
"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}}}`
	sim := awssim.New(load(t, printed))
	c := client(sim, hub, home)
	ctx := t.Context()
	enis := must[*ec2.DescribeNetworkInterfacesOutput](t)(c.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{filter("addresses.private-ip-address", "10.0.1.5")},
	}))
	if len(enis.NetworkInterfaces) != 1 || *enis.NetworkInterfaces[0].VpcId != "vpc-1" {
		t.Errorf("the instance's interface is %+v", enis.NetworkInterfaces)
	}
	lists := must[*ec2.DescribeManagedPrefixListsOutput](t)(c.DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{Filters: []ec2types.Filter{filter("owner-id", "AWS")}}))
	if len(lists.PrefixLists) != 1 || lists.PrefixLists[0].MaxEntries != nil {
		t.Errorf("AWS's own prefix list is %+v", lists.PrefixLists)
	}
	instances := must[*ec2.DescribeInstancesOutput](t)(c.DescribeInstances(ctx, nil))
	if at := aws.ToTime(instances.Reservations[0].Instances[0].LaunchTime); at.Year() != 2026 {
		t.Errorf("launched at %s", at)
	}
}

func TestAWorldIsWrittenAsItIsRead(t *testing.T) {
	for name, text := range map[string]string{"two VPCs": twoVPCs, "gateway": sharedGateway, "data centre": dataCentre, "loose": loose} {
		t.Run(name, func(t *testing.T) {
			world, _, err := awssim.Load("world", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			first := must[[]byte](t)(json.Marshal(world))
			again, warnings, err := awssim.Load("world.json", first)
			if err != nil {
				t.Fatal(err)
			}
			if second := must[[]byte](t)(json.Marshal(again)); string(first) != string(second) {
				t.Error(firstDifference(first, second))
			}
			for _, w := range warnings {
				if strings.Contains(w.Text, "filled in") || strings.Contains(w.Text, "not known") {
					t.Errorf("what was written is not whole: %s", w)
				}
			}
		})
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b []byte) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	cut := func(text []byte) string { return string(text[max(0, at-80):min(len(text), at+80)]) }
	return "written once: …" + cut(a) + "…\nwritten twice: …" + cut(b) + "…"
}

func TestDirectConnectIsWrittenInItsOwnLetters(t *testing.T) {
	world, _, err := awssim.Load("world", []byte(dataCentre))
	if err != nil {
		t.Fatal(err)
	}
	text := string(must[[]byte](t)(json.Marshal(world)))
	for _, part := range []string{`"virtualInterfaceId":"dxvif-1"`, `"bgpStatus":"up"`, `"VpnGatewayId":"vgw-1"`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
}

func TestAWorldOfBracketsIsRefused(t *testing.T) {
	for _, file := range []string{"w.yaml", "w.json", "w"} {
		_, _, err := awssim.Load(file, []byte(strings.Repeat("[", 200_000)))
		if err == nil || !strings.Contains(err.Error(), file+":1: is nested more than 64 levels deep") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestNumbersAndTimesAsToolsPrintThem(t *testing.T) {
	world, _, err := awssim.Load("w.yaml", []byte(`
111122223333:
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    Subnets: [{SubnetId: subnet-1, VpcId: vpc-1, CidrBlock: 10.0.1.0/24}]
    SecurityGroups: [{GroupId: sg-1, VpcId: vpc-1, IpPermissions: [{IpProtocol: tcp, FromPort: 0443, ToPort: 0x1F4, IpRanges: [{CidrIp: 10.0.0.0/8}]}]}]
    Instances: # the first as PyYAML prints the times of boto3
    - {InstanceId: i-1, SubnetId: subnet-1, LaunchTime: 2026-10-01 10:00:00+00:00}
    - {InstanceId: i-2, SubnetId: subnet-1, LaunchTime: 2026-10-01 10:00:00.500000}
    - {InstanceId: i-3, SubnetId: subnet-1, LaunchTime: '2026-10-01T12:00:00+02:00'}
    - {InstanceId: i-4, SubnetId: subnet-1, LaunchTime: 1790848800.0}
`))
	if err != nil {
		t.Fatal(err)
	}
	region := world.Accounts()[hub][home]
	if rule := region.SecurityGroupRules[0]; *rule.FromPort != 443 || *rule.ToPort != 500 {
		t.Errorf("the rule is for %d to %d", *rule.FromPort, *rule.ToPort)
	}
	for _, instance := range region.Instances {
		if at := instance.LaunchTime.Truncate(time.Second); !at.Equal(time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%s was launched at %s", *instance.InstanceId, at)
		}
	}
}

func TestAHostileYAMLFileDoesNotUnfoldForEver(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [a, b, c, d, e, f, g, h, i, j]\n")
	for i := 1; i < 9; i++ {
		n := string(rune('0' + i))
		p := string(rune('0' + i - 1))
		b.WriteString("a" + n + ": &a" + n + " [" + strings.TrimSuffix(strings.Repeat("*a"+p+", ", 10), ", ") + "]\n")
	}
	if _, _, err := awssim.Load("bomb.yaml", []byte(b.String())); err == nil {
		t.Error("the file was accepted")
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{twoVPCs, sharedGateway, dataCentre, loose, "", "{}", "[]", "a: &a [*a]", "{\"111122223333\": {\"us-east-1\": {\"Vpcs\": {}}}}"} {
		f.Add("w.json", []byte(text))
		f.Add("w.yaml", []byte(text))
		f.Add("w", []byte(text))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		world, warnings, err := awssim.Load(name, data)
		if err != nil {
			return
		}
		first, err := json.Marshal(world)
		if err != nil {
			t.Fatalf("a world that was read cannot be written: %v", err)
		}
		again, _, err := awssim.Load("again.json", first)
		if err != nil {
			t.Fatalf("a world that was written cannot be read: %v", err)
		}
		second, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if len(unreadOf(warnings)) == 0 && string(first) != string(second) { // what is unread is not written
			t.Fatal(firstDifference(first, second))
		}
	})
}

func TestYAMLMergeKeysAreUnfolded(t *testing.T) {
	world, _, err := awssim.Load("w.yaml", []byte(`
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    SecurityGroups:
      - &group {GroupId: sg-1, VpcId: vpc-1, Description: caches}
      - <<: *group
        GroupId: sg-2
    CachegateClaims: [{RouteTableId: rtb-1, DestinationCidrBlock: 10.9.0.0/16, Intents: [web/orders]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	groups := world.Accounts()[hub][home].SecurityGroups
	if len(groups) != 2 || *groups[1].GroupId != "sg-2" || *groups[1].Description != "caches" {
		t.Errorf("the groups are %+v", groups)
	}
	if claims := world.Claims(); len(claims) != 1 || claims[0].Region != home || *claims[0].RouteTableId != "rtb-1" {
		t.Errorf("the claims are %+v", claims)
	}
}
