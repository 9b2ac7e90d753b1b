package notify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long texts may be, in characters. Each takes at most four bytes, escaped
// twice: all of them together stay below the 256 KB of a message.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxName   = 256
	maxTitle  = 300
	maxDetail = 8000
	maxFix    = 4000
	maxWhy    = 300
	maxDone   = 20
	// maxLine keeps a line of an e-mail readable, with a command on it.
	maxLine = 500
	// maxSubject is one less than a hundred: SNS wants fewer than that.
	maxSubject = 99
)

// clean makes a text one line that can do nothing to whoever shows it: no control
// characters, none that turn the direction of writing, nothing that is not UTF-8.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Noncharacter_Code_Point):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// cut shortens a text and says by how much.
func cut(text string, most int) (short string, wasCut bool) {
	length := utf8.RuneCountInString(text)
	if length <= most {
		return text, false
	}
	note := fmt.Sprintf("… (%d more characters)", length-most)
	return string([]rune(text)[:most-utf8.RuneCountInString(note)]) + note, true
}

// name cleans and shortens what is a name, an id or an ARN.
func name(text string) string {
	short, _ := cut(clean(text), maxName)
	return short
}

// parts splits what was joined from several sentences or commands.
func parts(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "; ")
}

// atMost gives the first of many texts, the last one saying how many are left out.
func atMost(texts []string, most int) []string {
	if len(texts) <= most {
		return texts
	}
	left := len(texts) - most + 1
	return append(texts[:most-1:most-1], fmt.Sprintf("and %d more", left))
}

// ascii replaces what SNS takes in no subject.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
