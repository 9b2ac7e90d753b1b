package intentfile

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
)

// plainPattern is what needs no quotes in YAML: a word, and ARNs.
var plainPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*(:[A-Za-z0-9._/-]+)*$`)

// otherwiseRead are the words that a reader of YAML 1.1 or 1.2 takes for something else.
func otherwiseRead() []string {
	return []string{"y", "yes", "n", "no", "on", "off", "true", "false", "null"}
}

// Format writes records as a YAML list that Parse reads back, the fields in the order of the
// documentation.
func Format(records []intent.Record) []byte {
	if len(records) == 0 {
		return []byte("[]\n")
	}
	var text strings.Builder
	for _, record := range records {
		indent := "- "
		for _, name := range record.FieldsInOrder() {
			text.WriteString(indent + scalar(name) + ":")
			writeField(&text, record.Fields[name])
			indent = "  "
		}
		if len(record.Fields) == 0 {
			text.WriteString("- {}\n")
		}
	}
	return []byte(text.String())
}

func writeField(text *strings.Builder, v intent.Value) {
	if v.Kind != intent.List || len(v.List) == 0 {
		text.WriteString(" " + inline(v) + "\n")
		return
	}
	text.WriteString("\n")
	for _, element := range v.List {
		text.WriteString("    - " + inline(element) + "\n")
	}
}

// inline writes a value on one line.
func inline(v intent.Value) string {
	switch v.Kind {
	case intent.String, intent.Binary:
		return scalar(v.Text)
	case intent.Number, intent.Bool:
		return v.Text
	case intent.List:
		elements := make([]string, 0, len(v.List))
		for _, element := range v.List {
			elements = append(elements, inline(element))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case intent.Map:
		entries := make([]string, 0, len(v.Map))
		for _, name := range slices.Sorted(maps.Keys(v.Map)) {
			entries = append(entries, scalar(name)+": "+inline(v.Map[name]))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	case intent.Null:
	}
	return "null"
}

// scalar writes a string, in quotes unless every reader takes it for a string without them.
func scalar(text string) string {
	if plainPattern.MatchString(text) && !slices.Contains(otherwiseRead(), strings.ToLower(text)) {
		return text
	}
	// The escapes of Go are escapes of YAML's double quotes too, for text in UTF-8.
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}
