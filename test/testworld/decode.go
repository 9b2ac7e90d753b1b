package testworld

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Decode reads a file of one YAML document into a struct. Keys that the struct
// does not have are errors, and so are keys of the file without a value, which
// are as easily left behind as forgotten. A field of type ast.Node keeps its
// lines, as Expand needs them.
func Decode(data []byte, into any) error {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return err
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return errors.New("the file is not one YAML document")
	}
	body := file.Docs[0].Body
	fields, err := entries(body)
	if err != nil {
		return fmt.Errorf("the file %w", err)
	}
	for _, f := range fields {
		if f.value.Type() == ast.NullType {
			return fmt.Errorf("line %d: %s is empty", f.value.GetToken().Position.Line, f.key)
		}
	}
	return yaml.NodeToValue(body, into, yaml.Strict())
}

// entry is a key of a map with what stands behind it.
type entry struct {
	key   string
	value ast.Node
}

var (
	errNoMap   = errors.New("must be a map")
	errAnchors = errors.New("uses an anchor, a tag or a merge key; write it out")
)

// entries gives the keys of a map in their order.
func entries(n ast.Node) ([]entry, error) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return nil, errAnchors
	default:
		return nil, errNoMap
	}
	out := make([]entry, 0, len(values))
	for _, v := range values {
		if v.Key.IsMergeKey() {
			return nil, errAnchors
		}
		out = append(out, entry{key: v.Key.GetToken().Value, value: v.Value})
	}
	return out, nil
}
