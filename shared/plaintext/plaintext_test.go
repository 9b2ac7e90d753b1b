package plaintext_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/plaintext"
	"github.com/cachegate/cachegate/shared/plaintext/plaintexttest"
)

func TestCleanTakesAwayWhatATerminalWouldActUpon(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain text stays", "sg-0a lets 10.0.0.0/8 in", "sg-0a lets 10.0.0.0/8 in"},
		{"letters of other scripts stay", "équipe-Комманда 日本語", "équipe-Комманда 日本語"},
		{"spaces at the ends stay", " a ", " a "},
		{"a colour", "\x1b[31mred\x1b[0m", "red"},
		{"a colour introduced by C1", "\u009b31mred", "red"},
		{"a window title", "\x1b]0;pwned\x07text", "text"},
		{"a window title that C1 ends", "\u009d0;pwned\u009ctext", "text"},
		{"a link", "\x1b]8;;https://example.com\x1b\\label\x1b]8;;\x1b\\", "label"},
		{"a device control string", "\x1bP1$r0m\x1b\\text", "text"},
		{"a string that does not end hides nothing", "\x1b]0;all the rest", "]0;all the rest"[1:]},
		{"a sequence that does not end hides nothing", "\x1b[31", "31"},
		{"an escape at the end", "text\x1b", "text"},
		{"a character set", "\x1b(0text", "text"},
		{"a reset", "\x1bctext", "text"},
		{"line ends and tabs become spaces", "a\r\nb\tc", "a  b c"},
		{"separators become spaces", "a\u2028b\u2029c\u0085d", "a b c d"},
		{"control characters", "a\x00\x07\x08b\x7f", "ab"},
		{"C1", "a\u0080\u0084b", "ab"},
		{"embedded and overridden directions", "a\u202a\u202b\u202c\u202d\u202eb", "ab"},
		{"isolated directions", "a\u2066\u2067\u2068\u2069b", "ab"},
		{"marks that cannot be seen", "a\u200b\u200f\ufeffb", "ab"},
		{"bytes that are no text", "a\xffb", "a\ufffdb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := plaintext.Clean(c.text); got != c.want {
				t.Errorf("Clean(%q) = %q, expected %q", c.text, got, c.want)
			}
		})
	}
}

func TestNothingUnsafeIsLeftOfAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := plaintexttest.Hostile().Draw(t, "text")
		got := plaintext.Clean(text)
		if !utf8.ValidString(got) {
			t.Fatalf("Clean(%q) = %q is no UTF-8", text, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("Clean(%q) = %q holds %U", text, got, r)
			}
		}
		if again := plaintext.Clean(got); again != got {
			t.Fatalf("cleaning %q again gives %q", got, again)
		}
	})
}

func TestPrintableTextIsLeftAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äöüЖ漢]*`).Draw(t, "text")
		if got := plaintext.Clean(text); got != text {
			t.Fatalf("Clean(%q) = %q", text, got)
		}
	})
}
