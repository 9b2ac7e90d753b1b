package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v4"
)

// parseYAML reads the documents of a YAML text.
func parseYAML(data []byte, limits Limits) (documents []*Node, trouble *problem) {
	if len(data) > limits.YAML {
		return nil, tooLong("YAML", limits.YAML)
	}
	if costly := checkText(data); costly != nil {
		return nil, costly
	}
	guard := &yamlGuard{limits: limits}
	// To the user, a text on which the library panics is a malformed text.
	defer func() {
		if recover() != nil {
			documents, trouble = nil, syntaxf(0, "cannot be read as YAML")
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader(asVersion11(data)), yaml.WithPlugin(guard))
	if err != nil {
		return nil, syntaxf(0, "cannot be read as YAML: %v", err)
	}
	r := yamlReader{counter: counter{limits: limits}, lines: lastLine(data)}
	for {
		var document yaml.Node
		err := loader.Load(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, guard.problem(err, data)
		}
		r.anchors = map[*yaml.Node]unfolded{}
		root, trouble := r.value(document.Content[0], 0)
		if trouble != nil {
			return nil, trouble
		}
		documents = append(documents, root)
	}
}

// yamlReader turns the library's nodes into ours.
type yamlReader struct {
	counter
	// anchors are the values with an anchor so far. One counts only after its value, so that none can contain itself.
	anchors map[*yaml.Node]unfolded
	// lines is how many there are: to the library, a value that is not there may begin after the last.
	lines int
}

// unfolded is a value with an anchor, and of how many values it is made.
type unfolded struct {
	node   *Node
	values int
}

func (r *yamlReader) value(n *yaml.Node, depth int) (*Node, *problem) {
	if n.Kind == yaml.AliasNode {
		return r.alias(n, depth)
	}
	before := r.values
	if trouble := r.add(1, depth, n.Line); trouble != nil {
		return nil, trouble
	}
	out := &Node{Line: r.lineOf(n)}
	var trouble *problem
	switch n.Kind {
	case yaml.SequenceNode:
		trouble = r.list(out, n, depth)
	case yaml.MappingNode:
		trouble = r.object(out, n, depth)
	default:
		out.Kind, out.Text, trouble = scalar(n)
	}
	if trouble != nil {
		return nil, trouble
	}
	if n.Anchor != "" {
		r.anchors[n] = unfolded{node: out, values: r.values - before}
	}
	return out, nil
}

// lineOf returns where a value begins; an anchor or a tag before a block stands above it.
func (r *yamlReader) lineOf(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
		n = n.Content[0]
	}
	return min(n.Line, r.lines)
}

// lastLine returns the line that the text ends in.
func lastLine(data []byte) int {
	return 1 + bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n"))
}

func unknownTag(n *yaml.Node) *problem {
	return problemf(n.Line, "the tag %s is not known here: leave it out, and put a text in quotes", shorten(n.Tag))
}

func (r *yamlReader) alias(n *yaml.Node, depth int) (*Node, *problem) {
	target, known := r.anchors[n.Alias]
	if !known {
		return nil, problemf(n.Line, "%s", missingAnchor(n.Value))
	}
	return target.node, r.add(target.values, depth+target.node.height, n.Line)
}

func (r *yamlReader) list(out *Node, n *yaml.Node, depth int) *problem {
	if !knownCollection(n) {
		return unknownTag(n)
	}
	out.Kind, out.Items = List, make([]*Node, 0, len(n.Content))
	for _, element := range n.Content {
		item, trouble := r.value(element, depth+1)
		if trouble != nil {
			return trouble
		}
		out.Items = append(out.Items, item)
		out.height = max(out.height, item.height+1)
	}
	return nil
}

func (r *yamlReader) object(out *Node, n *yaml.Node, depth int) *problem {
	if !knownCollection(n) {
		return unknownTag(n)
	}
	out.Kind, out.Fields = Object, make([]Field, 0, len(n.Content)/2)
	var bases []Field
	for at := 0; at+1 < len(n.Content); at += 2 {
		key := n.Content[at]
		field := Field{Line: r.lineOf(key)}
		merges := isMerge(key)
		var trouble *problem
		if !merges {
			if field.Name, trouble = r.key(key); trouble != nil {
				return trouble
			}
		}
		if field.Value, trouble = r.value(n.Content[at+1], depth+1); trouble != nil {
			return trouble
		}
		out.height = max(out.height, field.Value.height+1)
		if merges {
			bases = append(bases, field)
			continue
		}
		out.Fields = append(out.Fields, field)
	}
	return out.merge(bases)
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style&quoted == 0 && (key.Style&yaml.TaggedStyle == 0 || key.Tag == "!!merge")
}

// key reads the name of a field, as it is written: an account id is no number.
func (r *yamlReader) key(n *yaml.Node) (string, *problem) {
	if n.Kind == yaml.ScalarNode {
		if n.Anchor == "" {
			return n.Value, nil
		}
		_, trouble := r.value(n, 0)
		return n.Value, trouble
	}
	if n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode {
		_, trouble := r.alias(n, 0)
		return n.Alias.Value, trouble
	}
	return "", problemf(n.Line, "a key must be a word")
}

// merge adds what merge keys (<<) name to an object; its own fields win, and those of an earlier base.
func (out *Node) merge(bases []Field) *problem {
	if len(bases) == 0 {
		return nil
	}
	own := make(map[string]bool, len(out.Fields))
	for _, field := range out.Fields {
		own[field.Name] = true
	}
	for _, base := range bases {
		from := []*Node{base.Value}
		if base.Value.Kind == List {
			from = base.Value.Items
		}
		for _, object := range from {
			if object.Kind != Object {
				return problemf(base.Line, "the merge key << must name a map, or a list of maps")
			}
			for _, field := range object.Fields {
				if !own[field.Name] {
					own[field.Name] = true
					out.Fields = append(out.Fields, field)
				}
			}
		}
	}
	return nil
}
