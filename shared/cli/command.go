package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// command prints a fix: where it is a command that is longer than the screen,
// in lines that a shell joins again, so that it can be copied as it stands.
func (s *screen) command(indent int, lead []span, text string) {
	text = clean(text)
	said, command := apart(text)
	if s.plain() || command == "" {
		s.hanging(indent, indent+2, append(lead, span{text: text})...)
		return
	}
	if said != "" {
		s.hanging(indent, indent+2, append(lead, span{text: said})...)
		indent, lead = indent+2, nil
	}
	text = command
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

// apart divides a fix into what it says and the one command that it ends with;
// a text with several commands is no command.
func apart(text string) (said, command string) {
	i := strings.Index(text, "aws ")
	if i < 0 || strings.Contains(text[i:], "; ") || i > 0 && text[i-1] != ' ' {
		return text, ""
	}
	return text[:i], text[i:]
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

// commandParts divides a command where it may be broken: not between a flag and
// its value, nor inside the remark behind it.
func commandParts(text string) []string {
	var parts []string
	for field := range strings.FieldsSeq(text) {
		last := len(parts) - 1
		if last >= 0 && (strings.HasPrefix(parts[last], "#") || bareFlag(parts[last]) && !bareFlag(field)) {
			parts[last] += " " + field
			continue
		}
		parts = append(parts, field)
	}
	return parts
}

func bareFlag(part string) bool { return strings.HasPrefix(part, "--") && !strings.Contains(part, " ") }
