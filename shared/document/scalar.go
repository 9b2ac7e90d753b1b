package document

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// numberPattern is what is a number without quotes: what YAML 1.2 takes for one and PyYAML, a reader of YAML 1.1, does
// too. So what PyYAML prints for the texts 012345678912, 1e3, 0o17 and 1:30 stays a text: the first is an account id.
var numberPattern = regexp.MustCompile(`^([-+]?(0|[1-9][0-9_]*)` + // whole
	`|0x[0-9a-fA-F_]+` +
	`|[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?` + // with a point
	`|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)

// quoted are the styles of what is a text whatever it looks like.
const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar returns what a scalar is, and how it reads.
func scalar(n *yaml.Node) (Kind, string, *problem) {
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		return tagged(n)
	case n.Style&quoted != 0:
		return Text, n.Value, nil
	case isBool(n.Value):
		return Bool, strings.ToLower(n.Value), nil
	case numberPattern.MatchString(n.Value):
		return Number, n.Value, nil
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return Null, "", nil
	}
	return Text, n.Value, nil
}

func isBool(text string) bool {
	switch text {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	return false
}

// tagged reads a scalar as what it says that it is.
func tagged(n *yaml.Node) (Kind, string, *problem) {
	switch n.Tag {
	case "!!null":
		return Null, "", nil
	case "!!str", "!!timestamp", "!!binary":
		return Text, n.Value, nil
	case "!!bool":
		if !isBool(n.Value) {
			return Null, "", problemf(n.Line, "%q says that it is !!bool, which is true or false", shorten(n.Value))
		}
		return Bool, strings.ToLower(n.Value), nil
	case "!!int", "!!float":
		if _, err := strconv.ParseFloat(n.Value, 64); err != nil && !numberPattern.MatchString(n.Value) {
			return Null, "", problemf(n.Line, "%q says that it is %s, and is no number", shorten(n.Value), n.Tag)
		}
		return Number, n.Value, nil
	}
	return Null, "", unknownTag(n)
}

// knownCollection says whether the tag of a list or an object changes nothing about it.
func knownCollection(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle == 0 {
		return true
	}
	switch n.Tag {
	case "!!map", "!!set":
		return n.Kind == yaml.MappingNode
	case "!!seq", "!!omap", "!!pairs":
		return n.Kind == yaml.SequenceNode
	}
	return false
}
