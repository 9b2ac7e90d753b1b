package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
)

// unpropagated is the world of the transit gateway whose table knows no VPC.
func unpropagated() string {
	var out []string
	for line := range strings.SplitSeq(attached, "\n") {
		if strings.Contains(line, "TransitGatewayRouteTablePropagations") || strings.Contains(line, "State: enabled") {
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

const gatewayOrders = `
- {cluster: "*", name: "*", writes: [rules, routes, tgw-routes]}
- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: transit-gateway}
`

const gatewayNothing = `
- {cluster: "*", name: "*", writes: [rules, routes, tgw-routes]}
`

// gatewayRoutes are the static routes of the gateway's table.
func (s *scenario) gatewayRoutes() []string {
	s.t.Helper()
	out, err := s.admin(cacheAccount).SearchTransitGatewayRoutes(s.t.Context(), &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: aws.String("tgw-rtb-0a"), Filters: []ec2types.Filter{{Name: aws.String("type"), Values: []string{"static"}}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for _, r := range out.Routes {
		for _, a := range r.TransitGatewayAttachments {
			found = append(found, *r.DestinationCidrBlock+">"+*a.TransitGatewayAttachmentId)
		}
	}
	slices.Sort(found)
	return found
}

func TestTheRoutesOfATransitGatewayAreMadeAndTakenAwayWhereThePolicySaysSo(t *testing.T) {
	s := start(t, unpropagated(), gatewayOrders)
	s.satisfied()
	wantStrings(t, "routes of the gateway", s.gatewayRoutes(), "10.0.0.0/16>tgw-attach-0c", "10.1.0.0/16>tgw-attach-0a")
	s.declare(gatewayNothing)
	s.sweep()
	wantStrings(t, "routes of the gateway", s.gatewayRoutes())
	s.closesWhenWithdrawn()
}

func TestTheRoutesOfATransitGatewayAreLeftAloneByDefault(t *testing.T) {
	s := start(t, unpropagated(), "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: transit-gateway}")
	s.sweep()
	s.settles()
	wantStrings(t, "routes of the gateway", s.gatewayRoutes())
}

func TestARouteOfATransitGatewayThatSomebodyRepointedStaysTheirs(t *testing.T) {
	s := start(t, unpropagated(), gatewayOrders)
	s.satisfied()
	must[*ec2.ReplaceTransitGatewayRouteOutput](t)(s.admin(cacheAccount).ReplaceTransitGatewayRoute(t.Context(), &ec2.ReplaceTransitGatewayRouteInput{
		TransitGatewayRouteTableId: aws.String("tgw-rtb-0a"), DestinationCidrBlock: aws.String("10.1.0.0/16"), TransitGatewayAttachmentId: aws.String("tgw-attach-0c"),
	}))
	s.sweep()
	s.settles()
	s.declare(gatewayNothing)
	s.sweep()
	wantStrings(t, "routes of the gateway", s.gatewayRoutes(), "10.1.0.0/16>tgw-attach-0c")
}

func TestAGatewayRouteWhoseAnswerIsLostIsStillOursToTakeAway(t *testing.T) {
	for name, injected := range map[string]awssim.Injection{
		"the connection breaks":      {Err: errLost, After: true, Times: 1},
		"a time-out is tried again":  {Err: timeout{}, After: true, Times: 1},
		"EC2 says internal error":    {Code: "InternalError", After: true, Times: 1},
		"the call never gets there":  {Err: errLost, Times: 1},
		"the first call is too fast": {Code: "RequestLimitExceeded", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, unpropagated(), gatewayOrders)
			injected.Operation = "ec2:CreateTransitGatewayRoute"
			s.Sim.Fail(injected)
			s.sweep()
			s.Sim.Heal()
			s.now = s.now.Add(visible)
			s.satisfied()
			s.declare(gatewayNothing)
			s.sweep()
			wantStrings(t, "routes of the gateway", s.gatewayRoutes())
		})
	}
}

// timeout is an error that the SDK's retryer tries again.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

func TestNothingOfATransitGatewayIsClosedWhileItsOwnerIsDark(t *testing.T) {
	for _, operation := range append(reads(), "") {
		t.Run("fails: "+operation, func(t *testing.T) {
			for _, account := range []string{cacheAccount, appAccount} {
				s := start(t, unpropagated(), gatewayOrders)
				s.satisfied()
				s.Sim.Fail(awssim.Injection{Operation: operation, Account: account, Code: "UnauthorizedOperation"})
				mark := s.mark()
				s.sweep()
				s.sweep()
				wantStrings(t, "writes while "+account+" is dark", s.writesSince(mark))
				s.Sim.Heal()
				wantStrings(t, "routes of the gateway", s.gatewayRoutes(), "10.0.0.0/16>tgw-attach-0c", "10.1.0.0/16>tgw-attach-0a")
				s.satisfied()
			}
		})
	}
}

func TestTheGatewaysRoutesAreAccountedFor(t *testing.T) {
	s := start(t, unpropagated(), gatewayOrders)
	s.satisfied()
	n := 0
	for _, c := range s.claims() {
		if c.Kind == "tgw-route" && c.Status == change.Standing {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d of two routes are claimed", n)
	}
}
