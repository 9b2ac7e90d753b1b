package stacks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/infra/stacks"
	"github.com/cachegate/cachegate/shared/intent"
)

func TestWithoutContextTheHubOnlyObserves(t *testing.T) {
	t.Parallel()
	got, err := options(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := stacks.Options{Name: "Cachegate", Mode: intent.Observe, Architecture: "arm64", SweepMinutes: 60}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.IsSpoke() {
		t.Error("it is a spoke")
	}
}

func TestTheContextIsRead(t *testing.T) {
	t.Parallel()
	got, err := options(map[string]string{
		"name": "Blue", "mode": "off", "architecture": "x86_64", "email": "a@example.com", "sweepMinutes": "1440",
		"requireTag": "team=data platform", "regions": " us-east-1, us-gov-west-1,us-east-1,", "spokeAccounts": "444455556666",
		"teams": "orders=" + sessions + "; " + catalog + ", search=" + catalog,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := stacks.Options{
		Name: "Blue", Mode: intent.Off, Architecture: "x86_64", Email: "a@example.com", SweepMinutes: 1440,
		RequireTag: stacks.Tag{Key: "team", Value: "data platform"}, Regions: []string{"us-east-1", "us-gov-west-1"},
		SpokeAccounts: []string{"444455556666"},
		Teams:         []stacks.Team{{Name: "orders", Clusters: []string{sessions, catalog}}, {Name: "search", Clusters: []string{catalog}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	spoke, err := options(map[string]string{"hubAccount": hubAccount, "hubRegion": hubRegion})
	if err != nil || !spoke.IsSpoke() || spoke.RoleRegion != hubRegion {
		t.Errorf("a spoke's context reads as %v, %v", spoke, err)
	}
}

func TestAWrongContextSaysWhatIsWrongAndWhatItMayBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, want string }{
		{"name", "9lives", `context name is "9lives": must be a letter, then`},
		{"name", strings.Repeat("a", 33), "at most 32"},
		{"intentsTable", "old", "need all of the contexts intentsTable, intentsStream, ledgerTable and tablesKey"},
		{"tablesKey", "alias/old", "must be the ARN of the key of the tables"},
		{"mode", "Enforce", `context mode is "Enforce": must be one of observe, off, enforce`},
		{"architecture", "amd64", "must be one of arm64, x86_64"},
		{"email", "Team <a@example.com>", "must be an e-mail address alone"},
		{"email", "nobody", "must be an e-mail address alone"},
		{"sweepMinutes", "4", `context sweepMinutes is "4": must be a whole number from 5 to 1440`},
		{"sweepMinutes", "1441", "from 5 to 1440"},
		{"sweepMinutes", "hourly", "from 5 to 1440"},
		{"requireTag", "cachegate", "must be KEY=VALUE"},
		{"requireTag", "aws:team=x", "must be KEY=VALUE"},
		{"requireTag", "team=${aws:PrincipalTag/team}", "must be KEY=VALUE"},
		{"requireTag", "team=*", "must be KEY=VALUE"},
		{"regions", "us-east-1,ireland", `context regions holds "ireland": must be Regions separated by commas`},
		{"spokeAccounts", "1234", `context spokeAccounts holds "1234": must be accounts of 12 digits`},
		{"teams", "orders", `cluster "" of team orders`},
		{"teams", "orders=*", `cluster "*" of team orders`},
		{"teams", "=" + sessions, "a name is a letter"},
		{"teams", "orders=" + sessions + ",orders=" + catalog, "stands once"},
		{"hubAccount", hubAccount, "needs both contexts"},
		{"hubRegion", hubRegion, "needs both contexts"},
		{"hubRegion", "here", `context hubRegion is "here": must be a Region`},
	} {
		_, err := options(map[string]string{c.key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("-c %s=%s gives %v, want an error with %q", c.key, c.value, err, c.want)
		}
	}
	_, err := options(map[string]string{"mode": "x", "regions": "y"})
	if err == nil || !strings.Contains(err.Error(), "mode") || !strings.Contains(err.Error(), "regions") {
		t.Errorf("two mistakes give %v", err)
	}
}

func TestMoreThanAWSTakesIsRefusedBeforeAnythingIsDeployed(t *testing.T) {
	t.Parallel()
	accounts := make([]string, 0, 60)
	for i := range 60 {
		accounts = append(accounts, fmt.Sprintf("%012d", i))
	}
	_, err := options(map[string]string{"spokeAccounts": strings.Join(accounts, ",")})
	if err == nil || !strings.Contains(err.Error(), "EventBridge takes 2048") || !strings.Contains(err.Error(), "Lambda takes 4096") {
		t.Errorf("sixty accounts give %v", err)
	}
	if _, err = options(map[string]string{"spokeAccounts": strings.Join(accounts[:10], ","), "regions": "us-east-1,us-west-2"}); err != nil {
		t.Errorf("ten accounts in three Regions give %v", err)
	}
}
