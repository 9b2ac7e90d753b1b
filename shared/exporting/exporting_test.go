package exporting_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/exporting"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/test/full"
)

var (
	home = network.Location{Account: "111122223333", Region: "us-east-1"}
	away = network.Location{Account: "444455556666", Region: "us-east-1"}
)

func holding(name, ruleID string, r change.Requirement) exporting.Holding {
	return exporting.Holding{
		Claim: change.Claim{Requirement: r, RuleID: ruleID, Status: change.Standing, Holders: []change.Holder{{
			Intent: intent.Key{Cluster: "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions", Name: name},
		}}},
		Description: `cachegate: sessions/` + name + ` ${var.x} %{if} "quoted"`,
	}
}

// all is one holding of each kind and of each form of peer and target.
func all() []exporting.Holding {
	rule := func(p network.Peer) change.Requirement {
		return change.Requirement{Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 6379, Peer: p}
	}
	route := func(at network.Location, to, target string) change.Requirement {
		return change.Requirement{Kind: change.Route, Location: at, Resource: "rtb-0c", Destination: netip.MustParsePrefix(to), Target: network.TargetOf(target)}
	}
	out := []exporting.Holding{
		holding("orders", "sgr-01", rule(network.Peer{SecurityGroup: "sg-0a"})),
		holding("orders", "sgr-02", rule(network.Peer{SecurityGroup: "sg-0b", Account: "444455556666"})),
		holding("office", "sgr-03", rule(network.Peer{CIDR: netip.MustParsePrefix("192.168.4.0/24")})),
		holding("office", "sgr-04", rule(network.Peer{CIDR: netip.MustParsePrefix("2001:db8::/48")})),
		holding("office 2", "sgr-06", rule(network.Peer{CIDR: netip.MustParsePrefix("192.168.5.0/24")})),
		holding("lists", "sgr-05", rule(network.Peer{PrefixList: "pl-0a"})),
		holding("orders", "", route(home, "10.30.0.0/16", "pcx-0b")),
		holding("orders", "", route(away, "10.20.0.0/16", "tgw-0a")),
		holding("office", "", route(home, "192.168.0.0/20", "vgw-0c")),
		holding("office", "", route(home, "2001:db8::/48", "eni-0c")),
		holding("hub", "", change.Requirement{Kind: change.TransitGatewayRoute, Location: away, Resource: "tgw-rtb-0a", Destination: netip.MustParsePrefix("10.20.0.0/16"), Target: network.Target{ID: "tgw-attach-0c"}}),
		holding("office", "", change.Requirement{Kind: change.Propagation, Location: home, Resource: "rtb-0c", Target: network.TargetOf("vgw-0c")}),
		holding("names", "", change.Requirement{Kind: change.PeeringDNS, Location: home, Resource: "pcx-0b", VPC: "vpc-0c"}),
	}
	exporting.Sort(out)
	return out
}

func TestTerraformReadsWhatIsExported(t *testing.T) {
	text := exporting.Terraform(all())
	file, problems := hclparse.NewParser().ParseHCL(text, "held.tf")
	if problems.HasErrors() {
		t.Fatalf("%v\n%s", problems, text)
	}
	_ = file
	for _, want := range []string{
		`referenced_security_group_id = "444455556666/sg-0b"`, `cidr_ipv6 `, `prefix_list_id `, `id = "rtb-0c_10.30.0.0/16"`, `vpc_peering_connection_id = "pcx-0b"`,
		`transit_gateway_id `, `gateway_id `, `network_interface_id `, `destination_ipv6_cidr_block `, `id = "tgw-rtb-0a_10.20.0.0/16"`, `provider `, `$${var.x} %%{if} \"quoted\"`,
		"# left out: 111122223333/us-east-1/pcx-0b", "alias ", "# needed by sessions/orders",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(string(text), "\nimport {"); n != 11 {
		t.Errorf("there are %d imports, expected one for each but the propagation and the DNS option", n)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "resource ") {
			if names[line] {
				t.Errorf("%s stands twice", line)
			}
			names[line] = true
		}
	}
}

// Terraform itself reads it, where it is installed, and its provider can be had.
func TestTerraformValidatesWhatIsExported(t *testing.T) {
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not installed")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "held.tf"), exporting.Terraform(all()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), path, append([]string{"-chdir=" + folder}, args...)...) //nolint:gosec // the tool that was found
		out, err := command.CombinedOutput()
		return string(out), err
	}
	if out, err := run("fmt", "-check", "-diff"); err != nil {
		t.Errorf("it is not formatted as Terraform formats: %v\n%s", err, out)
	}
	full.Need(t)
	if out, err := run("init", "-backend=false", "-input=false"); err != nil {
		t.Skipf("the provider cannot be had here: %v\n%s", err, out)
	}
	if out, err := run("validate"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCloudFormationImportsWhatItsTemplatesHold(t *testing.T) {
	stacks, err := exporting.CloudFormation(all())
	if err != nil || len(stacks) != 2 {
		t.Fatalf("%d stacks: %v", len(stacks), err)
	}
	for _, s := range stacks {
		var template struct {
			Resources map[string]struct {
				Type, DeletionPolicy string
				Properties           map[string]any
			}
		}
		var imports []struct {
			ResourceType, LogicalResourceId string //nolint:revive // CloudFormation's own name
			ResourceIdentifier              map[string]string
		}
		if err := json.Unmarshal(s.Template, &template); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(s.Import, &imports); err != nil {
			t.Fatal(err)
		}
		if len(imports) != len(template.Resources) {
			t.Errorf("%s has %d resources and imports %d", s.Location, len(template.Resources), len(imports))
		}
		for _, i := range imports {
			r, ok := template.Resources[i.LogicalResourceId]
			if !ok || r.Type != i.ResourceType || r.DeletionPolicy != "Retain" || len(i.ResourceIdentifier) == 0 {
				t.Errorf("%s: %s is %+v", s.Location, i.LogicalResourceId, r)
			}
		}
	}
	left := slices.Concat(stacks[0].Left, stacks[1].Left)
	if len(left) != 2 {
		t.Errorf("left out are %v, expected the propagation and the DNS option", left)
	}
	for _, want := range []string{`"SourceSecurityGroupOwnerId": "444455556666"`, `"CidrIpv6": "2001:db8::/48"`, `"Id": "sgr-03"`, `"CidrBlock": "10.30.0.0/16"`, `"VpcPeeringConnectionId": "pcx-0b"`} {
		if !strings.Contains(string(stacks[0].Template)+string(stacks[0].Import), want) {
			t.Errorf("there is no %s in\n%s\n%s", want, stacks[0].Template, stacks[0].Import)
		}
	}
}
