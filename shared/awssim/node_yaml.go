package awssim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	yamltoken "github.com/goccy/go-yaml/token"
)

// maxYAMLNodes bounds what anchors may unfold to: a few lines of aliases can stand for billions of values.
const maxYAMLNodes = 4 << 20

var errTooManyNodes = errors.New("its anchors unfold to more values than any world has")

func parseYAML(name string, data []byte) (tree *node, err error) {
	// The library is known to panic on some malformed input; a bad file must end in an error that names it.
	defer func() {
		if trouble := recover(); trouble != nil {
			tree, err = nil, &FileError{File: name, Problem: fmt.Sprintf("is not YAML: %v", trouble)}
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, &FileError{File: name, Problem: "is not YAML: " + strings.TrimSpace(err.Error())}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			return nil, &FileError{File: name, Line: lineOf(doc.Body), Problem: "holds more than one document; a world is one"}
		}
		body = doc.Body
	}
	if body == nil {
		return &node{line: 1}, nil
	}
	reader := yamlReader{anchors: map[string]ast.Node{}}
	tree, err = reader.value(body, 0)
	if err != nil {
		return nil, &FileError{File: name, Line: reader.line, Problem: "is not a world: " + err.Error()}
	}
	return tree, nil
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// yamlReader turns YAML's syntax tree into nodes, with anchors and merge keys unfolded.
type yamlReader struct {
	anchors map[string]ast.Node
	line    int
	nodes   int
}

func (r *yamlReader) value(n ast.Node, depth int) (*node, error) {
	if r.nodes++; r.nodes > maxYAMLNodes {
		return nil, errTooManyNodes
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if n == nil {
		return &node{line: r.line}, nil
	}
	if line := lineOf(n); line > 0 {
		r.line = line
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		r.anchors[n.Name.GetToken().Value] = n.Value
		return r.value(n.Value, depth+1)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := r.anchors[name]
		if !ok {
			return nil, fmt.Errorf("the alias *%s has no anchor before it", name)
		}
		return r.value(target, depth+1)
	case *ast.TagNode:
		return r.value(n.Value, depth+1)
	case *ast.MappingNode:
		return r.object(n.Values, depth)
	case *ast.MappingValueNode:
		return r.object([]*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		list := &node{kind: listNode, line: r.line}
		for _, item := range n.Values {
			value, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list.items = append(list.items, value)
		}
		return list, nil
	}
	return r.scalar(n)
}

func (r *yamlReader) scalar(n ast.Node) (*node, error) {
	out := &node{line: r.line}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		out.kind, out.text = boolNode, fmt.Sprint(n.Value)
	case *ast.IntegerNode:
		out.kind, out.text = numberNode, integerText(n.Token)
	case *ast.FloatNode:
		out.kind, out.text = numberNode, n.Token.Value
	case *ast.StringNode:
		out.kind, out.text = textNode, n.Value
	case *ast.LiteralNode:
		out.kind, out.text = textNode, n.Value.Value
	default:
		return nil, fmt.Errorf("%s is nothing a world can hold", n.Type())
	}
	return out, nil
}

// integerText is the number as it was typed: an account id keeps its leading zeros.
func integerText(t *yamltoken.Token) string { return strings.ReplaceAll(t.Value, "_", "") }

func (r *yamlReader) object(pairs []*ast.MappingValueNode, depth int) (*node, error) {
	out := &node{kind: objectNode, line: r.line}
	var merged []*node
	for _, pair := range pairs {
		line := lineOf(pair.Key)
		value, err := r.value(pair.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if pair.Key.Type() == ast.MergeKeyType {
			merged = append(merged, value)
			continue
		}
		key, err := r.key(pair.Key)
		if err != nil {
			return nil, err
		}
		out.fields = append(out.fields, nodeField{name: key, line: line, value: value})
	}
	for _, value := range merged {
		out.merge(value)
	}
	return out, nil
}

func (r *yamlReader) key(n ast.Node) (string, error) {
	key, err := r.value(n, maxDepth-1)
	if err != nil {
		return "", err
	}
	if key.kind == listNode || key.kind == objectNode {
		return "", fmt.Errorf("a key is %s, where a name belongs", key.kind)
	}
	return key.text, nil
}

// merge adds the fields that a YAML merge key (<<) brings in; the object's own win.
func (n *node) merge(from *node) {
	if from.kind == listNode {
		for _, item := range from.items {
			n.merge(item)
		}
		return
	}
	for _, field := range from.fields {
		if n.field(field.name) == nil {
			n.fields = append(n.fields, field)
		}
	}
}

func (n *node) field(name string) *node {
	for i := range n.fields {
		if n.fields[i].name == name {
			return n.fields[i].value
		}
	}
	return nil
}
