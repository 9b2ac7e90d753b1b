package intent_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

func TestADescriptionNamesIntentOwnerAndReason(t *testing.T) {
	cases := []struct {
		name string
		i    intent.Intent
		want string
	}{
		{"nothing but the key", intent.Intent{Cluster: sessions, Name: "orders"}, "cachegate: sessions/orders"},
		{"an owner", intent.Intent{Cluster: sessions, Name: "orders", Owner: "team@example.com"}, "cachegate: sessions/orders, owner team@example.com"},
		{"a reason", intent.Intent{Cluster: "sessions", Name: "orders", Reason: "INC-42"}, "cachegate: sessions/orders: INC-42"},
		{
			"characters that EC2 refuses",
			intent.Intent{Cluster: sessions, Name: "órdenes été", Owner: `"A" & <B>`, Reason: "50% | ok?\nyes"},
			"cachegate: sessions/_rdenes _t_, owner _A_ _ _B_: 50_ _ ok__yes",
		},
		{
			"the longest names leave room for the owner",
			intent.Intent{Cluster: strings.Repeat("c", 50), Name: strings.Repeat("n", 128), Owner: strings.Repeat("o", 256), Reason: "r"},
			"cachegate: " + strings.Repeat("c", 50) + "/" + strings.Repeat("n", 128) + ", owner " + strings.Repeat("o", 57),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireEqual(t, "description", intent.Description(c.i), c.want)
		})
	}
}

func TestEveryDescriptionIsOneThatEC2Accepts(t *testing.T) {
	accepted := regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]{1,255}$`)
	rapid.Check(t, func(t *rapid.T) {
		i := intenttest.Intent().Draw(t, "intent")
		i.Reason = rapid.String().Draw(t, "reason")
		if got := intent.Description(i); !accepted.MatchString(got) || strings.TrimSpace(got) != got {
			t.Fatalf("%q", got)
		}
	})
}

func TestTheOwnerIsReadFromADescription(t *testing.T) {
	for _, i := range []intent.Intent{
		{Cluster: "sessions", Name: "orders", Owner: "team-orders", Reason: "the shop: carts"},
		{Cluster: "sessions", Name: "orders", Owner: "team-orders"},
		{Cluster: "sessions", Name: "orders", Reason: "no owner"},
	} {
		if got := intent.OwnerIn(intent.Description(i)); got != i.Owner {
			t.Errorf("of %q the owner is read as %q, want %q", intent.Description(i), got, i.Owner)
		}
	}
	for _, foreign := range []string{"", "the lab, owner bob", "cachegate: sessions/x, owner " + strings.Repeat("o", intent.MaxDescription-29)} {
		if got := intent.OwnerIn(foreign); got != "" {
			t.Errorf("of %q the owner is read as %q, want none", foreign, got)
		}
	}
}
