package document

import (
	"bytes"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

const (
	// maxYAMLCost bounds what a YAML text costs in memory, in units of some 200 bytes: half a million values in brackets,
	// twice that in blocks. JSON needs a tenth of it.
	maxYAMLCost = 3_000_000
	// maxDirectives bounds the lines that begin with %, whose number the library takes time in the square of.
	maxDirectives = 32
)

// checkText refuses what the library would need too much time or memory for. It counts what can begin or separate values,
// wherever it stands; what stands in brackets costs more, since the library keeps all of it until the outermost closes.
func checkText(data []byte) *problem {
	line, cost, directives := 1, 0, 0
	before := byte('\n')
	for at, c := range data {
		switch c {
		case '\n':
			line++
			cost++
		case ',', '[', '{':
			cost += 6
		case '"', '\'':
			cost += 2
		case '&', '*', '!':
			if isSpace(before) {
				cost += 3
			}
		case '-', '?', ':':
			if at+1 == len(data) || isSpace(data[at+1]) {
				cost++
			}
		case '%':
			if before == '\n' {
				directives++
			}
		}
		before = c
		switch {
		case directives > maxDirectives:
			return problemf(line, "has more than %d directives (lines that begin with %%)", maxDirectives)
		case cost > maxYAMLCost:
			return problemf(line, "holds too many values for YAML: split it, or write it as JSON")
		}
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// asVersion11 lets the library read what says that it is YAML 1.2, which it does read, but does not know by its number.
func asVersion11(data []byte) []byte {
	changed := false
	start := true // of a document: only there are directives
	for at := 0; at < len(data); {
		line := data[at:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		switch rest, version := bytes.CutPrefix(line, []byte("%YAML 1.")); {
		case start && version && len(rest) > 0 && rest[0] != '1':
			if !changed {
				data, changed = bytes.Clone(data), true
			}
			data[at+len(line)-len(rest)] = '1'
		case bytes.HasPrefix(line, []byte("...")):
			start = true
		case len(bytes.TrimSpace(line)) > 0 && line[0] != '#' && line[0] != '%':
			start = false
		}
		at += len(line)
	}
	return data
}

// yamlGuard keeps the library within the limits, and says which anchors there are.
type yamlGuard struct {
	limits  Limits
	tooDeep bool
	missing bool
	anchors map[string]*yaml.Node
}

// CheckDepth is asked for each bracket, and for each block with its document around it.
func (g *yamlGuard) CheckDepth(depth int, context *yaml.DepthContext) error {
	limit := g.limits.Depth
	if context.Kind == yaml.DepthKindBlock {
		limit++
	}
	if depth <= limit {
		return nil
	}
	g.tooDeep = true
	return errors.New("too deep")
}

// CheckAlias bounds nothing: aliases are unfolded, and counted, by yamlReader.
func (g *yamlGuard) CheckAlias(int, int) error { return nil }

// NewAliasDataContext returns the anchors of a file.
func (g *yamlGuard) NewAliasDataContext(yaml.AliasDataServices) (yaml.AliasDataContext, error) {
	return g, nil
}

// BeginDocument forgets the anchors of the document before.
func (g *yamlGuard) BeginDocument() error {
	g.anchors = map[string]*yaml.Node{}
	return nil
}

// DefineAnchor notes a value with an anchor.
func (g *yamlGuard) DefineAnchor(name string, node *yaml.Node) error {
	g.anchors[name] = node
	return nil
}

// ResolveAlias finds what an alias stands for.
func (g *yamlGuard) ResolveAlias(name string) (*yaml.Node, bool, error) {
	if node, ok := g.anchors[name]; ok {
		return node, true, nil
	}
	g.missing = true
	return nil, false, errors.New(missingAnchor(name))
}

// EndDocument has nothing to do.
func (g *yamlGuard) EndDocument() error { return nil }

func missingAnchor(alias string) string {
	return fmt.Sprintf("there is no anchor &%s before the alias *%s", shorten(alias), shorten(alias))
}

// problem gives the library's error the form of all others.
func (g *yamlGuard) problem(err error, data []byte) *problem {
	load, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return syntaxf(0, "cannot be read as YAML: %v", err)
	}
	line := load.Mark.Line
	if load.Stage == yaml.ReaderStage { // which knows where it is in the text, and counts no lines
		line = 1 + bytes.Count(data[:min(load.Mark.Index, len(data))], []byte("\n"))
	}
	line = min(line, lastLine(data))
	switch {
	case g.tooDeep:
		return tooDeep(line, g.limits)
	case g.missing:
		return problemf(line, "%s", load.Message)
	}
	message := load.Message
	if load.ContextMsg != "" {
		message += " " + load.ContextMsg
		if begin := load.ContextMark.Line; begin > 0 && begin != line {
			message += fmt.Sprintf(" that begins on line %d", begin)
		}
	}
	return syntaxf(line, "cannot be read as YAML: %s", message)
}
