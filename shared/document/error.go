package document

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Error is what keeps a file from being read at all.
type Error struct {
	File string
	// Line is counted from 1; 0 for the file as a whole.
	Line    int
	Message string
}

// Error returns the file, the line and what is wrong there.
func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return e.File + ": " + e.Message
}

// problem is an Error that does not know its file yet.
type problem struct {
	line    int
	message string
	// syntax says that the text is not in the format that it was read as.
	syntax bool
}

func problemf(line int, format string, args ...any) *problem {
	return &problem{line: line, message: printable(fmt.Sprintf(format, args...))}
}

func syntaxf(line int, format string, args ...any) *problem {
	p := problemf(line, format, args...)
	p.syntax = true
	return p
}

func (p *problem) in(file string) error {
	return &Error{File: file, Line: p.line, Message: p.message}
}

// printable escapes what could change a terminal: messages repeat parts of the text.
func printable(message string) string {
	var text strings.Builder
	for _, r := range message {
		if unicode.IsPrint(r) {
			text.WriteRune(r)
			continue
		}
		text.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return text.String()
}

// shorten cuts a text to what a message may repeat of it.
func shorten(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
