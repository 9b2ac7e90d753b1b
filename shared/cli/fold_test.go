package cli

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func textOf(line []span) string {
	var text strings.Builder
	for _, p := range line {
		text.WriteString(p.text)
	}
	return text.String()
}

func TestFoldBreaksAtSpacesAndLeavesIDsWhole(t *testing.T) {
	lines := fold([]span{say("rule "), in(strong, "sgr-0a1b2c3d4e5f60718"), say(", of "), in(strong, "sg-0a1b2c3d4e5f60718")}, 26, 24)
	want := []string{"rule", "sgr-0a1b2c3d4e5f60718,", "of sg-0a1b2c3d4e5f60718"}
	for i, line := range lines {
		if i >= len(want) || textOf(line) != want[i] {
			t.Fatalf("line %d is %q, expected %q", i+1, textOf(line), want)
		}
	}
}

func TestFoldKeepsTheTextAndTheWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-z0-9:./-]{1,40}|漢字|[ ]`))
		tones := rapid.SampledFrom([]tone{normal, strong, faint})
		spans := rapid.SliceOf(rapid.Custom(func(t *rapid.T) span {
			return span{text: strings.Join(words.Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between")), tone: tones.Draw(t, "tone")}
		})).Draw(t, "spans")
		columns := rapid.IntRange(2, 60).Draw(t, "columns")
		first := columns + rapid.IntRange(0, 4).Draw(t, "more room on the first line")
		var got, want strings.Builder
		for i, line := range fold(spans, first, columns) {
			text, room := textOf(line), columns
			if i == 0 {
				room = first
			}
			if w := ansi.StringWidth(text); w > room {
				t.Fatalf("the line %q is %d columns wide, expected at most %d", text, w, room)
			}
			got.WriteString(strings.ReplaceAll(text, " ", ""))
		}
		for _, p := range spans {
			want.WriteString(strings.ReplaceAll(p.text, " ", ""))
		}
		if got.String() != want.String() {
			t.Fatalf("folded, %q became %q", want.String(), got.String())
		}
	})
}

func TestACommandIsBrokenSoThatAShellJoinsItAgain(t *testing.T) {
	const command = "aws ec2 revoke-security-group-ingress --group-id sg-0a1b2c3d4e5f60718 " +
		"--security-group-rule-ids sgr-0a1b2c3d4e5f60718 sgr-0b1b2c3d4e5f60718 --region us-east-1 # account 111122223333"
	for _, width := range []int{60, 80, 120, 200} {
		var out strings.Builder
		(&screen{w: &out, width: width}).command(2, []span{say("fix  ")}, command)
		joined := strings.ReplaceAll(strings.TrimSpace(out.String()), "\\\n", " ")
		if got := strings.Join(strings.Fields(joined), " "); got != "fix "+command {
			t.Errorf("at %d columns a shell joins it to\n%s", width, got)
		}
		for line := range strings.Lines(out.String()) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("at %d columns a line has %d: %s", width, w, line)
			}
		}
	}
}

func TestACommandBehindWordsStandsOnLinesOfItsOwn(t *testing.T) {
	var out strings.Builder
	(&screen{w: &out, width: 80}).command(0, []span{say("fix  ")}, "declare it, or revoke it: aws ec2 revoke-security-group-ingress --group-id sg-0a")
	const want = "fix  declare it, or revoke it:\n  aws ec2 revoke-security-group-ingress --group-id sg-0a\n"
	if out.String() != want {
		t.Errorf("printed\n%s\nexpected\n%s", out.String(), want)
	}
}
