package events_test

import (
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
)

func TestEveryWatchedNameBelongsToOneFamily(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, f := range events.Families() {
		if f.Name == "" || !strings.HasPrefix(f.Source, "aws.") || len(f.Names) == 0 {
			t.Errorf("family %+v is incomplete", f)
		}
		for _, name := range f.Names {
			if other, twice := seen[name]; twice {
				t.Errorf("%s is in %s and in %s", name, other, f.Name)
			}
			seen[name] = f.Name
			if native := f.EventSource == ""; native != strings.Contains(name, " ") {
				t.Errorf("%s in %s: API names have no spaces and detail-types have", name, f.Name)
			}
		}
	}
}

func TestAFamilyOfCallsNamesTheServiceOfItsSource(t *testing.T) {
	t.Parallel()
	for _, f := range events.Families() {
		if want := strings.TrimPrefix(f.Source, "aws.") + ".amazonaws.com"; f.EventSource != "" && f.EventSource != want {
			t.Errorf("%s has the event source %s, want %s", f.Name, f.EventSource, want)
		}
	}
}

func TestWhoChangesTheListOfFamiliesChangesTheirOwnCopy(t *testing.T) {
	t.Parallel()
	events.Families()[0].Names[0] = "X"
	if events.Families()[0].Names[0] == "X" {
		t.Error("the list is shared")
	}
}

func TestTheCallsThatCanOpenOrCloseAPathAreWatched(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "ModifyManagedPrefixList", "ModifyNetworkInterfaceAttribute",
		"ReplaceRoute", "DisassociateRouteTable", "EnableVgwRoutePropagation", "DisableRouteServerPropagation",
		"DeleteVpcPeeringConnection", "ModifyVpcAttribute", "ReplaceNetworkAclAssociation", "ModifyVpcEncryptionControl",
		"ModifyTransitGateway", "DeleteTransitGatewayRoute", "AssociateTransitGatewayPolicyTable", "DetachVpnGateway",
		"DeleteVpnConnectionRoute", "DeleteTags", "CreateVpcEndpoint", "DeleteVpcEndpoints",
	} {
		if e := decodeOne(t, ec2Call(name, `"readOnly":false`)); e.Ignored != "" || e.Family() == "" {
			t.Errorf("%s is ignored as %q", name, e.Ignored)
		}
	}
}
