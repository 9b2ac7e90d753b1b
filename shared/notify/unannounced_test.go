package notify_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/notify"
)

func TestWhatIsOverBeforeAnybodyHeardOfItIsNotToldAsResolved(t *testing.T) {
	for _, c := range []struct {
		name  string
		fails map[notify.Channel]int
		want  finding.Status
	}{
		{"every channel was down", map[notify.Channel]int{notify.Alerts: 2, notify.Chat: 2, notify.Events: 2}, finding.Done},
		{"one channel was down", map[notify.Channel]int{notify.Chat: 2}, finding.Resolved},
		{"none was", nil, finding.Resolved},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, to := ledger.NewMemory(), &channels{fails: c.fails}
			o := notify.Outbox{Teller: to, Notices: l}
			runs(t, o, l, finding.Finding{ID: "a", Status: finding.Opened})
			runs(t, o, l, finding.Finding{ID: "a", Status: finding.Resolved})
			if last := to.told[len(to.told)-1].Finding; last.Said() != c.want {
				t.Errorf("it is told as %s, want %s", last.Said(), c.want)
			}
		})
	}
}
