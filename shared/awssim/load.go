package awssim

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/cachegate/cachegate/shared/document"
)

// World is a checked network with AWS's defaults filled in. It never changes: New starts a simulation from it.
type World struct{ state *state }

// Load reads a world file, JSON or YAML: account → Region → lists as the AWS CLI prints them. The name is used in
// messages, and its extension decides between the formats. Warnings name what was ignored, filled in or left out: an
// object that is wrong, or that leans on one that is not there, stops only what leans on it (Warning.Unread). The error
// joins a *FileError for everything that keeps the file from being a world, each with its file, line and place.
func Load(name string, data []byte) (*World, []Warning, error) {
	tree, err := parse(name, data)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the world: %w", err)
	}
	p := &problems{file: name, lines: map[string]int{}, wrong: map[string]bool{}}
	accounts := decodeAccounts(tree, p)
	if len(p.errors) > 0 {
		return nil, p.all(), fmt.Errorf("reading the world: %w", errors.Join(p.errors...))
	}
	return build(accounts, p)
}

// Build checks a world made in Go and fills in AWS's defaults, as Load does; what Load leaves out is an error. The world
// shares memory with the accounts it is made of; neither may be changed afterwards.
func Build(accounts Accounts) (*World, []Warning, error) {
	return build(accounts, &problems{strict: true})
}

// limits are room for the largest accounts: their captures have tens of megabytes, and some forty bytes a value. The depth
// is far beyond what any AWS command prints.
func limits() document.Limits {
	return document.Limits{JSON: 128 << 20, YAML: 64 << 20, Depth: 64, Values: 2_000_000}
}

// parse reads the one document that a world is; null where there is none.
func parse(name string, data []byte) (*document.Node, error) {
	documents, err := document.Parse(name, data, limits())
	if wrong, ok := errors.AsType[*document.Error](err); ok {
		return nil, &FileError{File: name, Line: wrong.Line, Problem: wrong.Message}
	}
	world := &document.Node{Line: 1}
	for _, n := range documents {
		switch {
		case n.Kind == document.Null:
		case world.Kind != document.Null:
			return nil, &FileError{File: name, Line: n.Line, Problem: "holds more than one document; a world is one"}
		default:
			world = n
		}
	}
	return world, nil
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z0-9]+)+$`)

func decodeAccounts(tree *document.Node, p *problems) Accounts {
	accounts := Accounts{}
	if tree.Kind == document.Null {
		return accounts
	}
	if tree.Kind != document.Object {
		p.failAt(tree.Line, "", "", "the file is %s; a world is account id → Region → lists of resources", tree.Kind)
		return accounts
	}
	d := &decoder{problems: p, plans: map[reflect.Type]map[string]structField{}}
	for _, account := range tree.Fields {
		id := accountID(account.Name)
		if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
			p.failAt(account.Line, "", account.Name, "is not an account id of twelve digits; a world is account id → Region → lists of resources")
			continue
		}
		if accounts[id] != nil {
			p.failAt(account.Line, "", account.Name, "stands twice; put the account's Regions under one key")
			continue
		}
		accounts[id] = map[string]*Region{}
		d.regions(account.Value, accounts, id)
	}
	return accounts
}

func (d *decoder) regions(n *document.Node, accounts Accounts, id string) {
	if n.Kind == document.Null {
		return
	}
	if n.Kind != document.Object {
		d.problems.failAt(n.Line, id, "", "is %s; expected Region names with their lists of resources", n.Kind)
		return
	}
	top := &at{name: id, index: -1}
	for _, field := range n.Fields {
		where := top.field(field.Name)
		if !regionName.MatchString(field.Name) {
			d.problems.failAt(field.Line, id, field.Name, "is not a Region's name, such as us-east-1")
			continue
		}
		if accounts[id][field.Name] != nil {
			d.problems.failAt(field.Line, id, field.Name, "stands twice; put the Region's lists under one key")
			continue
		}
		region := accounts.Region(id, field.Name)
		if field.Value.Kind != document.Null {
			d.structure(field.Value, reflect.ValueOf(region).Elem(), where)
		}
	}
}
