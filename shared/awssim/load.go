package awssim

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// World is a checked network with AWS's defaults filled in. It never changes: New starts a simulation from it.
type World struct{ state *state }

// Load reads a world file, JSON or YAML: account → Region → lists as the AWS CLI prints them. The name is used in
// messages, and its extension decides between the formats. Warnings name what was ignored or filled in. The error
// joins a *FileError for everything that is wrong, each with its file, line and place.
func Load(name string, data []byte) (*World, []Warning, error) {
	tree, err := parse(name, data)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the world: %w", err)
	}
	p := &problems{file: name, lines: map[string]int{}}
	accounts := decodeAccounts(tree, p)
	if len(p.errors) > 0 {
		return nil, p.warnings, fmt.Errorf("reading the world: %w", errors.Join(p.errors...))
	}
	return build(accounts, p)
}

// Build checks a world made in Go and fills in AWS's defaults, as Load does. The world shares memory with the
// accounts it is made of; neither may be changed afterwards.
func Build(accounts Accounts) (*World, []Warning, error) {
	return build(accounts, &problems{})
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z0-9]+)+$`)

func decodeAccounts(tree *node, p *problems) Accounts {
	accounts := Accounts{}
	if tree.kind == nullNode {
		return accounts
	}
	if tree.kind != objectNode {
		p.failAt(tree.line, "", "", "the file is %s; a world is account id → Region → lists of resources", tree.kind)
		return accounts
	}
	d := &decoder{problems: p, plans: map[reflect.Type]map[string]structField{}}
	for _, account := range tree.fields {
		id := accountID(account.name)
		if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
			p.failAt(account.line, "", account.name, "is not an account id of twelve digits; a world is account id → Region → lists of resources")
			continue
		}
		if accounts[id] != nil {
			p.failAt(account.line, "", account.name, "stands twice; put the account's Regions under one key")
			continue
		}
		accounts[id] = map[string]*Region{}
		d.regions(account.value, accounts, id)
	}
	return accounts
}

func (d *decoder) regions(n *node, accounts Accounts, id string) {
	if n.kind == nullNode {
		return
	}
	if n.kind != objectNode {
		d.problems.failAt(n.line, id, "", "is %s; expected Region names with their lists of resources", n.kind)
		return
	}
	top := &at{name: id, index: -1}
	for _, field := range n.fields {
		where := top.field(field.name)
		if !regionName.MatchString(field.name) {
			d.problems.failAt(field.line, id, field.name, "is not a Region's name, such as us-east-1")
			continue
		}
		if accounts[id][field.name] != nil {
			d.problems.failAt(field.line, id, field.name, "stands twice; put the Region's lists under one key")
			continue
		}
		region := accounts.Region(id, field.name)
		if field.value.kind != nullNode {
			d.structure(field.value, reflect.ValueOf(region).Elem(), where)
		}
	}
}
