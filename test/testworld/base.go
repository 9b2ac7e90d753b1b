package testworld

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

//go:embed base/*.yaml
var files embed.FS

// Tree is a network in the form of a world file: account → Region → lists of
// objects, as the YAML reader gives them.
type Tree map[string]any

// baseFile is a network in full, or another one with a patch.
type baseFile struct {
	Title string   `yaml:"title"`
	World Tree     `yaml:"world"`
	Base  string   `yaml:"base"`
	Patch ast.Node `yaml:"patch"`
}

// Names gives the names of the base networks, sorted.
func Names() []string {
	entries, err := files.ReadDir("base")
	if err != nil {
		return nil // an embedded folder can always be read
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return names
}

// Base gives a base network, new on every call. The error for a name that is not
// known lists those that are.
func Base(name string) (Tree, error) {
	return base(name, nil)
}

// Expand gives a base network with a patch; a nil patch leaves it as it is. The
// errors of a patch are joined, each with its line and place.
func Expand(name string, patch ast.Node) (Tree, error) {
	tree, err := Base(name)
	if err != nil || patch == nil {
		return tree, err
	}
	return apply(tree, patch)
}

// base reads a network. The others are those that are made of it, to find a circle.
func base(name string, others []string) (Tree, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("there is no base network %q; there are %s", name, strings.Join(Names(), ", "))
	}
	if slices.Contains(others, name) {
		return nil, fmt.Errorf("the base network %s is made of itself: %s", name, strings.Join(append(others, name), ", "))
	}
	file := "base/" + name + ".yaml"
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree, err := parseBase(data, append(slices.Clone(others), name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return tree, nil
}

func parseBase(data []byte, others []string) (Tree, error) {
	f := baseFile{}
	if err := Decode(data, &f); err != nil {
		return nil, err
	}
	switch {
	case f.Title == "":
		return nil, errors.New("title is missing: a sentence that says what the network holds")
	case (f.World == nil) == (f.Base == ""):
		return nil, errors.New("one of world and base must be there, not both")
	case (f.Patch == nil) != (f.Base == ""):
		return nil, errors.New("base and patch belong together")
	case f.World != nil:
		return f.World, nil
	}
	tree, err := base(f.Base, others)
	if err != nil {
		return nil, err
	}
	return apply(tree, f.Patch)
}
