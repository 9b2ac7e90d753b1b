package graph

import (
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
)

func picture() Picture {
	return Picture{Cluster: "sessions", Judgements: []access.Judgement{
		{
			Intent: intent.Intent{Name: "orders", Sources: []intent.Source{{Kind: intent.SecurityGroup, Account: "444455556666", ID: "sg-0a"}}},
			Path:   intent.Peering, State: access.StateBlocked,
			Hops: []access.Hop{
				{Kind: access.HopEgress, Resource: "sg-0a", Verdict: access.Pass},
				{Kind: access.HopRoute, Resource: "rtb-0a", Verdict: access.Fail, Detail: "the longest match 0.0.0.0/0 goes to nat-0a instead of pcx-0a to the cluster; the longest match already picks nat-0a"},
				{Kind: access.HopPeering, Resource: "pcx-0a", Verdict: access.Pending, Detail: "is pending-acceptance"},
				{Kind: access.HopNetworkACL, Resource: "acl-0c", Verdict: access.Unknown, Detail: "account 444455556666 cannot be read"},
				{Kind: access.HopIngress, Resource: "sg-0c", Verdict: access.Fail, Fixable: true, Detail: "no rule lets 444455556666/sg-0a in on TCP 6379"},
				{Kind: access.HopCluster, Resource: "sessions", Verdict: access.Pass},
			},
		},
		{
			Intent: intent.Intent{Name: "office <\"x\">", Sources: []intent.Source{{Kind: intent.CIDR, Prefix: netip.MustParsePrefix("192.168.4.0/24")}}},
			Path:   intent.VPN, State: access.StateOpen,
			Hops: []access.Hop{{Kind: access.HopIngress, Resource: "sg-0c", Verdict: access.Pass}},
		},
	}}
}

func TestTheSVGIsWellFormedAndSaysEveryVerdictInWords(t *testing.T) {
	svg := picture().SVG()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is not well formed: %v", err)
		}
	}
	for _, want := range []string{"✗ FAIL", "✓ pass", "… pending", "? unknown", "orders (peering): BLOCKED", "444455556666/sg-0a", "rtb-0a"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the SVG does not say %q", want)
		}
	}
	if file := os.Getenv("CACHEGATE_SVG"); file != "" {
		if err := os.WriteFile(file, []byte(svg), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBrokenHopsHaveAnotherShapeAndTheWayBehindThemIsDotted(t *testing.T) {
	text := picture().Mermaid()
	for _, want := range []string{
		`h0_1{{"✗ FAIL<br/>route<br/>rtb-0a`, `h0_0["✓ pass<br/>group-egress<br/>sg-0a"]:::pass`, `h0_2("… pending`, `h0_3[/"? unknown`,
		"s0 --> h0_0", "h0_1 -.-> h0_2", "h1_0 --> cluster",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the flowchart has no %q:\n%s", want, text)
		}
	}
}

func TestNamesCannotBreakOutOfThePicture(t *testing.T) {
	p := picture()
	p.Cluster = "a\"]; click x \x1b[31m\u202e<script>"
	for _, text := range []string{p.Mermaid(), p.SVG()} {
		for _, bad := range []string{"<script>", "\x1b", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("the picture holds %q", bad)
			}
		}
	}
	if strings.Contains(p.Mermaid(), `a"]; click`) {
		t.Error("a quote ends the name in the flowchart")
	}
}
