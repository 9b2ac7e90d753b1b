package capture_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/capture"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/test/bigestate"
)

var home = network.Location{Account: bigestate.Account, Region: bigestate.Region}

// account is a simulated account whose calls are counted.
type account struct {
	sim   *awssim.Sim
	calls map[string]int
}

func accountOf(t *testing.T, accounts awssim.Accounts) *account {
	t.Helper()
	w, _, err := awssim.Build(accounts)
	if err != nil {
		t.Fatal(err)
	}
	a := &account{sim: awssim.New(w), calls: map[string]int{}}
	a.sim.OnCall(func(_ context.Context, c awssim.Call) error {
		a.calls[c.Operation]++
		return nil
	})
	return a
}

func (a *account) options() capture.Options {
	return capture.Options{
		Locations: []network.Location{home}, CallsPerSecond: -1,
		Config: func(_ context.Context, at network.Location) (aws.Config, error) {
			return a.sim.Config(at.Account, at.Region, awssim.Actor{Session: "test"}), nil
		},
	}
}

// How many calls a capture makes depends on pages alone.
func TestACaptureCallsOnceAPage(t *testing.T) {
	small := accountOf(t, bigestate.World(bigestate.Size{VPCs: 2, Clusters: 1, Applications: 3}))
	large := accountOf(t, bigestate.World(bigestate.Size{VPCs: 2, Clusters: 500, Applications: 2000}))
	for _, a := range []*account{small, large} {
		if _, err := capture.Read(t.Context(), a.options()); err != nil {
			t.Fatal(err)
		}
	}
	// 1,000 clusters on pages of 100; 5,000 groups and 9,000 rules on pages of 1,000.
	pages := map[string]int{
		"elasticache:DescribeCacheClusters": 10, "elasticache:DescribeReplicationGroups": 10, "ec2:DescribeSecurityGroups": 5 + 1,
		"ec2:DescribeSecurityGroupRules": 11, "ec2:DescribeNetworkInterfaces": 4,
	}
	for operation, n := range large.calls {
		want := max(small.calls[operation], pages[operation])
		if n > want {
			t.Errorf("%s is called %d times, expected %d", operation, n, want)
		}
	}
	if len(large.calls) < capture.Steps(1) {
		t.Errorf("only %d operations are called", len(large.calls))
	}
}

func TestACaptureGoesOnWhereItWasStopped(t *testing.T) {
	a := accountOf(t, bigestate.World(bigestate.Size{VPCs: 2, Clusters: 2, Applications: 3}))
	a.sim.Fail(awssim.Injection{Operation: "ec2:DescribeNetworkInterfaces", Code: "InternalError"})
	var kept []byte
	options := a.options()
	options.Save = func(s *capture.State) (err error) {
		kept, err = json.Marshal(s)
		return err
	}
	if _, err := capture.Read(t.Context(), options); err == nil || !strings.Contains(err.Error(), "DescribeNetworkInterfaces") {
		t.Fatalf("the error is %v", err)
	}
	a.sim.Heal()
	clear(a.calls)
	state, err := capture.ParseState(kept)
	if err != nil {
		t.Fatal(err)
	}
	options.State = state
	resumed, err := capture.Read(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if a.calls["ec2:DescribeSecurityGroups"] > 0 || a.calls["ec2:DescribeNetworkInterfaces"] == 0 {
		t.Errorf("the calls are %v", a.calls)
	}
	whole, err := capture.Read(t.Context(), a.options())
	if err != nil {
		t.Fatal(err)
	}
	got, want := text(t, resumed.World), text(t, whole.World)
	if got != want {
		t.Errorf("what was resumed is another world:\n%s\n%s", got, want)
	}
}

func TestWhatIsRefusedIsNoEmptyList(t *testing.T) {
	a := accountOf(t, bigestate.World(bigestate.Size{VPCs: 2, Clusters: 2, Applications: 3}))
	a.sim.Fail(awssim.Injection{Operation: "ec2:DescribeRouteTables", Code: "UnauthorizedOperation"})
	result, err := capture.Read(t.Context(), a.options())
	if err != nil {
		t.Fatal(err)
	}
	if len(result.World) != 0 || len(result.Unreadable) != 1 || result.Unreadable[0].Action != "ec2:DescribeRouteTables" {
		t.Errorf("the world has %d accounts, and %v could not be read", len(result.World), result.Unreadable)
	}
}

func TestACaptureEndsWithItsContext(t *testing.T) {
	a := accountOf(t, bigestate.World(bigestate.Size{VPCs: 2, Clusters: 2, Applications: 3}))
	ctx, cancel := context.WithCancel(t.Context())
	options := a.options()
	options.Step = cancel
	if _, err := capture.Read(ctx, options); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestACaptureHoldsNoSecret(t *testing.T) {
	world := bigestate.World(bigestate.Size{VPCs: 2, Clusters: 1, Applications: 3})
	r := world.Region(bigestate.Account, bigestate.Region)
	r.VpnConnections[0].CustomerGatewayConfiguration = aws.String("hush")
	r.VpnConnections[0].Options.TunnelOptions = []ec2types.TunnelOption{{PreSharedKey: aws.String("hush")}}
	r.VirtualInterfaces = []awssim.VirtualInterface{{VirtualInterface: dxtypes.VirtualInterface{
		VirtualInterfaceId: aws.String("dxvif-0a"), VirtualInterfaceState: "available", AuthKey: aws.String("hush"), CustomerRouterConfig: aws.String("hush"),
		BgpPeers: []dxtypes.BGPPeer{{BgpPeerId: aws.String("dxpeer-0a"), AuthKey: aws.String("hush")}},
	}}}
	a := accountOf(t, world)
	options := a.options()
	var kept string
	options.Save = func(s *capture.State) error {
		data, err := json.Marshal(s)
		kept += string(data)
		return err
	}
	result, err := capture.Read(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if all := text(t, result.World) + kept; strings.Contains(all, "hush") || !strings.Contains(all, "dxvif-0a") {
		t.Errorf("the world is %s", all)
	}
}

func text(t *testing.T, world awssim.Accounts) string {
	t.Helper()
	out, err := json.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
