package finding_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/cachegate/cachegate/shared/finding"
)

// TestKinds reads the constants of the kinds: one that is missing in the table would
// have no impact to tell.
func TestKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, typed := spec.Type.(*ast.Ident); !typed || kind.Name != "Kind" {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		named++
		if k := finding.Kind(text); !slices.Contains(finding.Kinds(), k) || k.Impact() == "" || k.Severity() == "" {
			t.Errorf("%s is not whole in the table", text)
		}
		return true
	})
	if named == 0 || named != len(finding.Kinds()) {
		t.Errorf("%d kinds are named and %d are in the table", named, len(finding.Kinds()))
	}
}
