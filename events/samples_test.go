package events_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
)

func TestEveryFamilyHasASample(t *testing.T) {
	t.Parallel()
	sampled := map[string]bool{}
	for _, s := range events.Samples() {
		sampled[s.Family] = true
	}
	for _, f := range events.Families() {
		if !sampled[f.Name] {
			t.Errorf("%s has none", f.Name)
		}
		delete(sampled, f.Name)
	}
	delete(sampled, events.FamilyIgnored)
	if len(sampled) > 0 {
		t.Errorf("samples of families that are not: %v", sampled)
	}
}

func TestASampleIsOneEventOfTheFamilyAndCallThatItsNameSays(t *testing.T) {
	t.Parallel()
	for _, s := range events.Samples() {
		e, err := events.DecodeOne(s.Data)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if s.Family == events.FamilyIgnored {
			if e.Ignored == "" || !strings.HasPrefix(s.Name, string(e.Ignored)+"-") {
				t.Errorf("%s is ignored as %q", s.Name, e.Ignored)
			}
			continue
		}
		if e.Ignored != "" || e.Family() != s.Family {
			t.Errorf("%s of %s is ignored as %q and of family %q", s.Name, s.Family, e.Ignored, e.Family())
		}
		if call, _, _ := strings.Cut(s.Name, "-"); strings.HasSuffix(e.DetailType, "via CloudTrail") && call != e.Name {
			t.Errorf("%s holds a call of %s", s.Name, e.Name)
		}
	}
}

func TestEveryReasonThatAnEventCanGiveToBeIgnoredHasASample(t *testing.T) {
	t.Parallel()
	missing := []events.IgnoreReason{
		events.IgnoredFailedCall, events.IgnoredDryRun, events.IgnoredReadOnly, events.IgnoredNotWatched,
	}
	for _, s := range events.Samples() {
		if e, err := events.DecodeOne(s.Data); err == nil {
			missing = slices.DeleteFunc(missing, func(r events.IgnoreReason) bool { return r == e.Ignored })
		}
	}
	if len(missing) > 0 {
		t.Errorf("no sample is ignored as %v", missing)
	}
}

func TestASampleMatchesOnePatternUnlessItIsIgnored(t *testing.T) {
	t.Parallel()
	for _, s := range events.Samples() {
		want := 1
		if s.Family == events.FamilyIgnored {
			want = 0
		}
		if got := matching(t, s.Data); len(got) != want {
			t.Errorf("%s of %s matches %v", s.Name, s.Family, got)
		}
	}
}

func TestASampleIsAWholeEnvelopeOfTheInventedNetwork(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	for _, s := range events.Samples() {
		var env struct {
			Version, ID, Source, Account, Time, Region string
			DetailType                                 string `json:"detail-type"`
			Resources                                  []string
			Detail                                     map[string]any
		}
		d := json.NewDecoder(bytes.NewReader(s.Data))
		d.DisallowUnknownFields()
		if err := d.Decode(&env); err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if env.Version != "0" || env.Resources == nil || env.Region == "" || env.Time == "" || env.Detail == nil {
			t.Errorf("%s is no whole envelope: %+v", s.Name, env)
		}
		if other, twice := ids[env.ID]; twice {
			t.Errorf("%s and %s share the id %s", s.Name, other, env.ID)
		}
		ids[env.ID] = s.Name
	}
	accounts := regexp.MustCompile(`[":]\d{12}[":]`)
	for _, s := range events.Samples() {
		for _, a := range accounts.FindAllString(string(s.Data), -1) {
			if a = a[1:13]; a != "111122223333" && a != "444455556666" && a != "123456789012" {
				t.Errorf("%s names the account %s, which is none of the invented ones", s.Name, a)
			}
		}
	}
}

func TestTheReadmeOfTheSamplesNamesWhatIsInThem(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("samples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, s := range events.Samples() {
		all = append(all, s.Data...)
	}
	ids := regexp.MustCompile("`([a-z]+-[^`]*[0-9][^`]*)`").FindAllStringSubmatch(string(readme), -1)
	if len(ids) < 20 {
		t.Fatalf("found %d ids: the expression is wrong", len(ids))
	}
	for _, id := range ids {
		if !bytes.Contains(all, []byte(id[1])) {
			t.Errorf("%s is in no sample", id[1])
		}
	}
}

func TestATagCallSaysWhichTagsItSets(t *testing.T) {
	t.Parallel()
	for _, s := range events.Samples() {
		if s.Family != "tags" || s.Name != "CreateTags" {
			continue
		}
		e, err := events.DecodeOne(s.Data)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"Name", "owner"}; !slices.Equal(e.TagKeys, want) {
			t.Errorf("got %v, want %v", e.TagKeys, want)
		}
		return
	}
	t.Error("there is no sample of CreateTags")
}
