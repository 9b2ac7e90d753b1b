package intentfile

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/cachegate/cachegate/shared/intent"
)

// maxNodes bounds the values of a file, counting what an alias stands for each time it is used: a
// short text with aliases of aliases can ask for any number.
const maxNodes = 1_000_000

// parseYAML reads the documents of a YAML text.
func parseYAML(file string, data []byte) (documents []intent.Value, err error) {
	if len(data) > maxYAML {
		return nil, tooLong(file, "YAML", maxYAML)
	}
	// The parser has panicked on malformed text before; to the user that is a malformed text.
	defer func() {
		if recover() != nil {
			documents, err = nil, errorAt(file, 0, "cannot be read as YAML")
		}
	}()
	tokens := meaningful(lexer.Tokenize(string(data)))
	message, line, colons := checkTokens(tokens)
	if message != "" {
		return nil, errorAt(file, line, message)
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, yamlError(file, err)
	}
	r := &yamlReader{file: file}
	for _, document := range tree.Docs {
		if _, directive := document.Body.(*ast.DirectiveNode); directive || document.Body == nil {
			continue
		}
		r.anchors = map[string]anchored{}
		documents = append(documents, r.value(document.Body, 0))
	}
	if len(r.errs) == 0 && r.keys < colons {
		// A parser that loses part of a text, as it has before, must not make intents vanish.
		r.errs = append(r.errs, errorAt(file, 0, "cannot be read as YAML in full: write it in a simpler way"))
	}
	return documents, errors.Join(r.errs...)
}

// yamlError gives the parser's error the form of all others.
func yamlError(file string, err error) error {
	var detail interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &detail) {
		return errorAt(file, 0, "cannot be read as YAML")
	}
	line := 0
	if tk := detail.GetToken(); tk != nil && tk.Position != nil {
		line = tk.Position.Line
	}
	return errorAt(file, line, "cannot be read as YAML: "+detail.GetMessage())
}

// yamlReader turns YAML nodes into values.
type yamlReader struct {
	file string
	// anchors are the document's so far. An anchor only counts after its value, so that none can
	// contain itself.
	anchors map[string]anchored
	nodes   int
	// keys counts the keys of all maps.
	keys int
	errs []error
}

// anchored is a value with an anchor, how many values it is made of, and how deep they nest.
type anchored struct {
	value         intent.Value
	nodes, height int
}

func (r *yamlReader) errorf(node ast.Node, format string, args ...any) intent.Value {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, errorAt(r.file, lineOf(node), fmt.Sprintf(format, args...)))
	}
	return intent.Value{}
}

func lineOf(node ast.Node) int {
	if node == nil {
		return 0
	}
	if tk := node.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 0
}

func (r *yamlReader) value(node ast.Node, depth int) intent.Value {
	if r.nodes++; !r.within(node, depth) {
		return intent.Value{}
	}
	v := intent.Value{Line: lineOf(node)}
	switch node := node.(type) {
	case nil, *ast.NullNode:
	case *ast.StringNode:
		v.Kind, v.Text = intent.String, node.Value
	case *ast.LiteralNode:
		v.Kind, v.Text = intent.String, node.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.Kind, v.Text = intent.Number, node.GetToken().Value
	case *ast.BoolNode:
		v.Kind, v.Text = intent.Bool, fmt.Sprint(node.Value)
	case *ast.SequenceNode:
		v.Kind = intent.List
		for _, element := range node.Values {
			v.List = append(v.List, r.value(element, depth+1))
		}
	case *ast.MappingNode:
		return r.mapping(v, node.Values, depth)
	case *ast.MappingValueNode:
		return r.mapping(v, []*ast.MappingValueNode{node}, depth)
	case *ast.AnchorNode:
		before := r.nodes
		v = r.value(node.Value, depth+1)
		r.anchors[nameOf(node.Name)] = anchored{v, r.nodes - before, height(v)}
	case *ast.AliasNode:
		return r.alias(node, depth)
	default:
		return r.errorf(node, "a %s is not accepted here", node.Type())
	}
	return v
}

// within says whether a value keeps to the bounds of a file.
func (r *yamlReader) within(node ast.Node, depth int) bool {
	switch {
	case depth > maxDepth:
		r.errorf(node, "is nested more than %d levels deep", maxDepth)
	case r.nodes > maxNodes:
		if r.nodes < 2*maxNodes { // once is enough
			r.errorf(node, "holds more than %d values", maxNodes)
		}
		r.nodes = 2 * maxNodes
	default:
		return true
	}
	return false
}

func (r *yamlReader) alias(node *ast.AliasNode, depth int) intent.Value {
	name := nameOf(node.Value)
	target, known := r.anchors[name]
	if !known {
		return r.errorf(node, "there is no anchor &%s before the alias *%s", shorten(name), shorten(name))
	}
	if r.nodes += target.nodes; !r.within(node, depth+target.height) {
		return intent.Value{}
	}
	return target.value
}

// height returns how deep a value nests; a scalar's is 0.
func height(v intent.Value) int {
	deepest := -1
	for _, element := range v.List {
		deepest = max(deepest, height(element))
	}
	for _, element := range v.Map {
		deepest = max(deepest, height(element))
	}
	return deepest + 1
}

func nameOf(node ast.Node) string {
	if node == nil || node.GetToken() == nil {
		return ""
	}
	return node.GetToken().Value
}

func (r *yamlReader) mapping(v intent.Value, pairs []*ast.MappingValueNode, depth int) intent.Value {
	v.Kind, v.Map = intent.Map, make(map[string]intent.Value, len(pairs))
	r.keys += len(pairs)
	var bases []*ast.MappingValueNode
	for at, pair := range pairs {
		if at == 0 && v.Line > lineOf(pair.Key) {
			v.Line = lineOf(pair.Key)
		}
		if pair.Key.IsMergeKey() {
			bases = append(bases, pair)
			continue
		}
		name, ok := r.key(pair.Key)
		if !ok {
			continue
		}
		if twin, duplicate := v.Map[name]; duplicate {
			r.errorf(pair.Key, "%s", duplicateKey(name, twin.Line))
			continue
		}
		v.Map[name] = keyed(r.value(pair.Value, depth+1), lineOf(pair.Key))
	}
	for _, base := range bases {
		r.merge(v, base, depth)
	}
	return v
}

// merge adds what `<<` names to a map; what the map itself has, or an earlier base, wins.
func (r *yamlReader) merge(v intent.Value, pair *ast.MappingValueNode, depth int) {
	base := r.value(pair.Value, depth+1)
	bases := []intent.Value{base}
	if base.Kind == intent.List {
		bases = base.List
	}
	for _, base := range bases {
		if base.Kind != intent.Map {
			r.errorf(pair.Key, "the merge key << must name a map, or a list of maps")
			return
		}
		for name, value := range base.Map {
			if _, own := v.Map[name]; !own {
				v.Map[name] = value
			}
		}
	}
}

// key reads a map's key, which is a plain word here.
func (r *yamlReader) key(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	r.errorf(node, "a key must be a word")
	return "", false
}
