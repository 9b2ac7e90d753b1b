package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// command prints a fix: where it is a command that is longer than the screen,
// in lines that a shell joins again, so that it can be copied as it stands.
func (s *screen) command(indent int, lead []span, text string) {
	text = clean(text)
	if s.plain() || !strings.HasPrefix(text, "aws ") {
		s.hanging(indent, indent+2, append(lead, span{text: text})...)
		return
	}
	lead = cleaned(lead)
	used := indent
	for _, p := range lead {
		used += ansi.StringWidth(p.text)
	}
	lines := continued(text, s.width-used, s.width-indent-4)
	for i, line := range lines {
		if i < len(lines)-1 {
			line += ` \`
		}
		if i == 0 {
			s.put(indent, s.renderAll(lead)+s.render(in(normal, "%s", line)))
			continue
		}
		s.put(indent+4, s.render(in(normal, "%s", line)))
	}
}

// continued breaks a command at its flags, with room for the backslash that
// continues it.
func continued(text string, first, further int) []string {
	const backslash = 2
	var lines []string
	line, room := "", first
	for _, part := range commandParts(text) {
		if line != "" && ansi.StringWidth(line)+1+ansi.StringWidth(part) > room-backslash {
			lines, line, room = append(lines, line), "", further
		}
		if line != "" {
			line += " "
		}
		line += part
	}
	return append(lines, line)
}

// commandParts divides a command into its name, its flags with their values,
// and the remark behind it.
func commandParts(text string) []string {
	var parts []string
	for field := range strings.FieldsSeq(text) {
		if len(parts) > 0 && !strings.HasPrefix(field, "--") && field != "#" {
			parts[len(parts)-1] += " " + field
			continue
		}
		parts = append(parts, field)
	}
	return parts
}
