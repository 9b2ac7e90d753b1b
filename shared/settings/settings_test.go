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

// environment is that of a function, all names of both functions in it.
func environment(changes map[string]string) func(string) (string, bool) {
	values := map[string]string{}
	for _, name := range slices.Concat(settings.Of(settings.Dispatch), settings.Of(settings.Reconcile)) {
		values[name] = "value of " + name
	}
	values[settings.DefaultMode] = "observe"
	values[settings.Locations] = "111122223333/us-east-1, 444455556666/eu-west-1,"
	values[settings.SpokeRoles] = "arn:aws:iam::444455556666:role/path/cachegate-spoke"
	maps.Copy(values, changes)
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok && value != "absent"
	}
}

func TestSettingsAreReadWholeAndInTheirForms(t *testing.T) {
	s, err := settings.Read(settings.Reconcile, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range settings.Of(settings.Reconcile) {
		if s.Get(name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	locations := []network.Location{{Account: "111122223333", Region: "us-east-1"}, {Account: "444455556666", Region: "eu-west-1"}}
	if !slices.Equal(s.Locations(), locations) {
		t.Errorf("the locations are %v, want %v", s.Locations(), locations)
	}
	if roles := s.SpokeRoles(); len(roles) != 1 || roles["444455556666"] != "arn:aws:iam::444455556666:role/path/cachegate-spoke" {
		t.Errorf("the roles are %v", roles)
	}
}

func TestAFunctionReadsItsOwnNamesAndNoOthers(t *testing.T) {
	s, err := settings.Read(settings.Dispatch, environment(map[string]string{settings.SpokeRoles: "absent", settings.AlertTopic: "absent", settings.OwnRoles: "a, b,,"}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Get(settings.AlertTopic) != "" || len(s.SpokeRoles()) != 0 {
		t.Error("dispatch has settings of reconcile")
	}
	if got := s.List(settings.OwnRoles); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the list is %v", got)
	}
	if names := settings.Of("another"); names != nil {
		t.Errorf("a function that there is not reads %v", names)
	}
}

func TestEverySettingThatIsMissingIsNamedAtOnce(t *testing.T) {
	_, err := settings.Read(settings.Reconcile, func(string) (string, bool) { return "", true })
	if err == nil {
		t.Fatal("an empty environment was read")
	}
	for _, name := range settings.Of(settings.Reconcile) {
		mayBeEmpty := name == settings.SpokeRoles || name == settings.ExternalID
		if strings.Contains(err.Error(), name+" ") == mayBeEmpty {
			t.Errorf("%s may be empty: %v; the error is\n%v", name, mayBeEmpty, err)
		}
	}
	_, err = settings.Read(settings.Reconcile, environment(map[string]string{settings.ExternalID: "absent"}))
	if err == nil || !strings.Contains(err.Error(), settings.ExternalID) {
		t.Errorf("without the external id, which may be empty but must be there, the error is %v", err)
	}
}

func TestASettingThatDoesNotReadIsNamedWithWhatItMayHold(t *testing.T) {
	tests := []struct {
		name, setting, value, says string
	}{
		{"a location without a Region", settings.Locations, "111122223333", "111122223333/eu-west-1"},
		{"a location without an account", settings.Locations, "/us-east-1", "111122223333/eu-west-1"},
		{"a unit for a location", settings.Locations, "111122223333/us-east-1/vpc-0a", "111122223333/eu-west-1"},
		{"a role's name", settings.SpokeRoles, "cachegate-spoke", "arn:aws:iam::"},
		{"a session's ARN", settings.SpokeRoles, "arn:aws:sts::444455556666:assumed-role/cachegate-spoke/x", "arn:aws:iam::"},
		{"a user's ARN", settings.SpokeRoles, "arn:aws:iam::444455556666:user/bob", "arn:aws:iam::"},
		{"a role of no account", settings.SpokeRoles, "arn:aws:iam:::role/cachegate-spoke", "arn:aws:iam::"},
		{"two roles of an account", settings.SpokeRoles, "arn:aws:iam::444455556666:role/a,arn:aws:iam::444455556666:role/b", "444455556666"},
		{"a mode that there is not", settings.DefaultMode, "Enforce", "off, observe or enforce"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := settings.Read(settings.Reconcile, environment(map[string]string{tt.setting: tt.value}))
			if err == nil || !strings.Contains(err.Error(), tt.setting) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %v, want one that names %s and says %q", err, tt.setting, tt.says)
			}
			if _, err = settings.New(map[string]string{tt.setting: tt.value}); err == nil {
				t.Error("settings were made of it")
			}
		})
	}
}

func TestTheModeIsObserveUnlessTheDeploymentSaysOtherwise(t *testing.T) {
	for value, want := range map[string]intent.Mode{"": intent.Observe, "off": intent.Off, "observe": intent.Observe, "enforce": intent.Enforce} {
		s, err := settings.New(map[string]string{settings.DefaultMode: value})
		if err != nil || s.DefaultMode() != want {
			t.Errorf("%q is mode %s (%v), want %s", value, s.DefaultMode(), err, want)
		}
	}
}

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
