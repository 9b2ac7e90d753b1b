package finding_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

func TestFirstSeen(t *testing.T) {
	unit := network.Unit{Location: network.Location{Account: "111122223333", Region: "us-east-1"}, VPC: "vpc-0c"}
	many := func(n int) []finding.Finding {
		var out []finding.Finding
		for i := range n {
			out = append(out, finding.Finding{ID: fmt.Sprint(i), Status: finding.Opened, Severity: finding.Medium, Title: fmt.Sprintf("finding %02d", i)})
		}
		return out
	}
	t.Run("a few are reported one by one", func(t *testing.T) {
		if got := finding.FirstSeen(unit, many(5), time.Now()); len(got) != 5 {
			t.Errorf("%d messages for 5 findings", len(got))
		}
	})
	t.Run("many are one message, the worst first", func(t *testing.T) {
		all := append(many(300), finding.Finding{ID: "x", Status: finding.Opened, Severity: finding.Critical, Title: "everybody"}, finding.Finding{ID: "y", Status: finding.Resolved, Title: "mended"})
		got := finding.FirstSeen(unit, all, time.Now())
		if len(got) != 2 || got[0].ID != "y" {
			t.Fatalf("the messages are %v", got)
		}
		d := got[1]
		if d.Severity != finding.Critical || !strings.Contains(d.Title, "301 findings, 1 critical, 300 medium") || !strings.HasPrefix(d.Detail, "critical: everybody; medium: finding 00") || !strings.HasSuffix(d.Detail, "and 293 more") {
			t.Errorf("the message is %s %q: %q", d.Severity, d.Title, d.Detail)
		}
		if !strings.Contains(d.Fix, "cachegate findings --unit "+unit.String()) {
			t.Errorf("it does not say how to list them: %q", d.Fix)
		}
	})
}
