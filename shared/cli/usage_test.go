package cli

import (
	"runtime/debug"
	"testing"
)

func TestDistanceCountsTheLettersThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"--world", "--world", 0},
		{"--wrold", "--world", 2},
		{"--wold", "--world", 1},
		{"--worlds", "--world", 1},
		{"", "abc", 3},
		{"intents", "json", 6},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, expected %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, expected %d", c.b, c.a, got, c.want)
		}
	}
}

func TestTheVersionNamesWhatItWasBuiltFrom(t *testing.T) {
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"a release", debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Version: "v1.2.0"}}, "v1.2.0 (go1.26.1)"},
		{"a build without a commit", debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Version: "(devel)"}}, "devel (go1.26.1)"},
		{"a build of a commit", debug.BuildInfo{GoVersion: "go1.26.1", Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: "false"},
		}}, "devel (commit 0123456789ab, go1.26.1)"},
		{"a build of a changed tree", debug.BuildInfo{GoVersion: "go1.26.1", Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"},
		}}, "devel (changed since commit 0123456789ab, go1.26.1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := versionOf(&c.info); got != c.want {
				t.Errorf("the version is %q, expected %q", got, c.want)
			}
		})
	}
}
