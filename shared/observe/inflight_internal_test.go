package observe

import "testing"

func TestAsManyCallsRunAtOnceAsTheClientsSay(t *testing.T) {
	for want, clients := range map[int]Clients{maxInFlight: &FromConfig{}, 3: &FromConfig{InFlight: 3}} {
		if got := inFlight(clients); got != want {
			t.Errorf("%d calls run at once, want %d", got, want)
		}
	}
}
