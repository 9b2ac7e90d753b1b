package intent_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
)

func TestPath(t *testing.T) {
	carriers := []intent.Carrier{
		intent.PeeringCarrier, intent.TransitGatewayCarrier, intent.VPNGatewayCarrier,
		intent.ApplianceCarrier, intent.VPNCarrier, intent.DirectConnectCarrier,
	}
	cases := []struct {
		path            intent.Path
		leaves, leadsTo bool
		// over holds a mark for each of the carriers above.
		over string
		vias []string
	}{
		{intent.SameVPC, false, true, "------", nil},
		{intent.Peering, true, true, "x-----", []string{"pcx-"}},
		{intent.TransitGateway, true, true, "-x----", []string{"tgw-"}},
		{intent.TransitVPC, true, true, "--xxx-", []string{"vgw-", "eni-"}},
		{intent.VPN, true, false, "-xx-x-", []string{"vgw-", "tgw-"}},
		{intent.DirectConnect, true, false, "-xx--x", []string{"vgw-", "tgw-"}},
		{"", true, true, "xxxxxx", []string{"pcx-", "tgw-", "vgw-", "eni-"}},
	}
	for i, c := range cases {
		name := string(c.path)
		if c.path == "" {
			name = "a path that is not declared"
		} else {
			requireEqual(t, "place in the list", intent.Paths()[i], c.path)
		}
		t.Run(name, func(t *testing.T) {
			requireEqual(t, "LeavesVPC", c.path.LeavesVPC(), c.leaves)
			requireEqual(t, "LeadsToVPC", c.path.LeadsToVPC(), c.leadsTo)
			requireEqual(t, "ViaPrefixes", c.path.ViaPrefixes(), c.vias)
			for j, carrier := range carriers {
				requireEqual(t, "Over", c.path.Over(carrier), c.over[j] == 'x')
			}
			requireEqual(t, "Over nothing", c.path.Over(intent.NoCarrier), false)
		})
	}
	requireEqual(t, "number of paths", len(intent.Paths()), len(cases)-1)
}

func TestCarrierOf(t *testing.T) {
	for id, want := range map[string]intent.Carrier{
		"pcx-0a": intent.PeeringCarrier, "tgw-0a": intent.TransitGatewayCarrier, "vgw-0a": intent.VPNGatewayCarrier,
		"eni-0a": intent.ApplianceCarrier, "igw-0a": intent.NoCarrier, "": intent.NoCarrier,
	} {
		t.Run(id, func(t *testing.T) { requireEqual(t, "carrier", intent.CarrierOf(id), want) })
	}
}
