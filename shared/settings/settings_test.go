package settings_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/settings"
)

func TestALocationThatIsNamedTwiceIsThereOnce(t *testing.T) {
	t.Parallel()
	s, err := settings.New(map[string]string{settings.Locations: "111122223333/eu-west-1, 111122223333/eu-west-1,444455556666/eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []network.Location{{Account: "111122223333", Region: "eu-west-1"}, {Account: "444455556666", Region: "eu-west-1"}}
	if got := s.Locations(); !slices.Equal(got, want) {
		t.Errorf("the locations are %v, want %v", got, want)
	}
}

func TestRolesAreFoundByTheirAccount(t *testing.T) {
	t.Parallel()
	const one, other = "arn:aws:iam::111122223333:role/spoke", "arn:aws-us-gov:iam::444455556666:role/path/spoke"
	s, err := settings.New(map[string]string{settings.SpokeRoles: one + "," + other})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.SpokeRoles(); !maps.Equal(got, map[string]string{"111122223333": one, "444455556666": other}) {
		t.Errorf("the roles are %v", got)
	}
	if s.DefaultMode() != intent.Observe {
		t.Errorf("where nothing is said the mode is %s", s.DefaultMode())
	}
}

func TestSettingsThatDoNotReadSayWhatTheyMayBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ setting, value, want string }{
		"no Region":           {settings.Locations, "111122223333", "must be account/Region"},
		"no role":             {settings.SpokeRoles, "arn:aws:iam::111122223333:user/x", "must be the ARN of a role"},
		"two of an account":   {settings.SpokeRoles, "arn:aws:iam::1:role/a,arn:aws:iam::1:role/b", "two roles of account 1"},
		"a mode there is not": {settings.DefaultMode, "on", "must be off, observe or enforce"},
	} {
		if _, err := settings.New(map[string]string{c.setting: c.value}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestAllSettingsThatAreMissingAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := settings.Read(settings.Dispatch, func(string) (string, bool) { return "", false })
	for _, name := range settings.Of(settings.Dispatch) {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is missing, and the error is %v", name, err)
		}
	}
	// Empty is as good as missing, but for what a deployment without spokes has not.
	values := map[string]string{}
	for _, name := range settings.Of(settings.Reconcile) {
		values[name] = "x"
	}
	values[settings.Locations], values[settings.DefaultMode] = "1/eu-west-1", "observe"
	values[settings.SpokeRoles], values[settings.ExternalID] = "", ""
	read := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	if _, err = settings.Read(settings.Reconcile, read); err != nil {
		t.Errorf("without spokes the settings do not read: %v", err)
	}
	values[settings.LedgerTable] = ""
	if _, err = settings.Read(settings.Reconcile, read); err == nil || !strings.Contains(err.Error(), settings.LedgerTable) {
		t.Errorf("without a ledger the settings read: %v", err)
	}
}
