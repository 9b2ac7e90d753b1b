package simulation

import (
	"reflect"
	"slices"
	"strings"
)

// minimise cuts a case down as long as it still fails. It drops elements of every
// list, of the lists inside them too, and sets fields to zero, until nothing can
// go; budget bounds how often the case is tried.
func minimise(c Case, fails func(Case) bool, budget int) Case {
	try := func(smaller Case) bool {
		if !smaller.fit() {
			return false
		}
		if budget--; budget < 0 || !fails(smaller) {
			return false
		}
		c = smaller
		return true
	}
	for progress := true; progress && budget > 0; {
		progress = false
		v := reflect.ValueOf(&c).Elem()
		for i := range slices.Backward(make([]struct{}, v.NumField())) {
			for j := v.Field(i).Len() - 1; j >= 0; j-- {
				progress = try(without(c, i, j)) || progress
			}
		}
		for i := range v.NumField() {
			for j := range v.Field(i).Len() {
				progress = simplify(&c, i, j, try) || progress
			}
		}
	}
	return c
}

// without gives a case without the j-th element of its i-th list.
func without(c Case, i, j int) Case {
	list := reflect.ValueOf(&c).Elem().Field(i)
	list.Set(cut(list, j))
	return c
}

func cut(list reflect.Value, j int) reflect.Value {
	out := reflect.MakeSlice(list.Type(), 0, list.Len())
	return reflect.AppendSlice(reflect.AppendSlice(out, list.Slice(0, j)), list.Slice(j+1, list.Len()))
}

// simplify sets what it can of an element to zero, and shortens its lists.
func simplify(c *Case, i, j int, try func(Case) bool) (progress bool) {
	element := reflect.ValueOf(c).Elem().Field(i).Index(j)
	for k := range element.NumField() {
		field := element.Field(k)
		if field.IsZero() {
			continue
		}
		progress = try(with(*c, i, j, k, reflect.Zero(field.Type()))) || progress
		field = reflect.ValueOf(c).Elem().Field(i).Index(j).Field(k)
		if field.Kind() != reflect.Slice {
			continue
		}
		for n := field.Len() - 1; n >= 0 && field.Len() > 1; n-- {
			if try(with(*c, i, j, k, cut(field, n))) {
				progress = true
				field = reflect.ValueOf(c).Elem().Field(i).Index(j).Field(k)
			}
		}
	}
	return progress
}

// with gives a case with one field of one element set.
func with(c Case, i, j, k int, value reflect.Value) Case {
	list := reflect.ValueOf(&c).Elem().Field(i)
	list.Set(reflect.AppendSlice(reflect.MakeSlice(list.Type(), 0, list.Len()), list))
	list.Index(j).Field(k).Set(value)
	return c
}

// fit says whether a case still makes sense: what it refers to is there, and what
// it declares is complete, unless it is malformed on purpose.
func (c Case) fit() bool {
	for _, s := range c.Subnets {
		if !slices.ContainsFunc(c.vpc(s.VPC).Blocks, func(b string) bool { return prefixOf(b).Contains(prefixOf(s.Block).Addr()) }) {
			return false
		}
	}
	for _, g := range c.Groups {
		if c.vpc(g.VPC).ID == "" {
			return false
		}
	}
	for _, v := range c.VPCs {
		if v4, _ := blocksOf(v); len(v4) == 0 || v.Account == "" || v.Region == "" {
			return false
		}
	}
	for _, r := range c.Rules {
		if !slices.ContainsFunc(c.Groups, func(g Group) bool { return g.ID == r.Group }) || r.Protocol == "" || r.Peer == "" || r.To == 0 || r.From == 0 {
			return false
		}
	}
	for _, r := range c.Routes {
		if r.Table == "" || r.To == "" || r.Target == "" {
			return false
		}
	}
	for _, l := range c.Lists {
		if l.Account == "" || l.Region == "" || l.Max < len(l.Entries) || len(l.Entries) == 0 {
			return false
		}
	}
	for _, i := range c.Interfaces {
		if c.subnet(i.Subnet).ID == "" || i.ID == "" || i.Address == "" {
			return false
		}
	}
	for _, i := range c.Intents {
		if i.Name == "" || len(i.Sources) == 0 || i.Cluster == "" {
			return false
		}
	}
	for _, s := range c.Steps {
		if s.Do == "" || s.Do == doRun && c.vpc(s.On).ID == "" || s.Do == doDeclare && s.Intent == nil || s.Do == doPolicy && s.Policy == nil || s.Do == doBetween && s.Step == nil {
			return false
		}
	}
	return c.clustersFit() && c.hybridFit()
}

func (c Case) clustersFit() bool {
	for _, k := range c.Clusters {
		if k.Name == "" || k.Kind == "" || k.Port == 0 || k.Engine == "" || len(k.Subnets) == 0 || len(k.Groups)+len(k.Moving) == 0 {
			return false
		}
		for _, s := range k.Subnets {
			if c.subnet(s).VPC != k.VPC {
				return false
			}
		}
		for _, id := range slices.Concat(k.Groups, k.Moving) {
			if !slices.ContainsFunc(c.Groups, func(g Group) bool { return g.ID == id && g.VPC == k.VPC }) {
				return false
			}
		}
	}
	return true
}

func (c Case) hybridFit() bool {
	gateway := func(id string) bool { return c.gateway(id).ID != "" || c.vpnGateway(id).ID != "" }
	for _, a := range c.Attachments {
		g := c.gateway(a.Gateway)
		if a.ID == "" || g.ID == "" || a.To == "" || strings.HasPrefix(a.To, "vpc-") && (c.vpc(a.To).Region != g.Region || len(a.Subnets) == 0) || strings.HasPrefix(a.To, "tgw-") && c.gateway(a.To).ID == "" {
			return false
		}
		if a.Table != "" && c.gatewayTable(a.Table).Gateway != a.Gateway || a.Beyond != "" && c.gatewayTable(a.Beyond).Gateway != a.To {
			return false
		}
		for _, s := range a.Subnets {
			if c.subnet(s).VPC != a.To {
				return false
			}
		}
	}
	for _, t := range c.GatewayTables {
		if t.ID == "" || c.gateway(t.Gateway).ID == "" || slices.ContainsFunc(t.From, func(id string) bool { return c.attachment(id).Gateway != t.Gateway }) {
			return false
		}
	}
	for _, r := range c.GatewayRoutes {
		if c.gatewayTable(r.Table).ID == "" || r.To == "" || r.Attachment != "" && c.attachment(r.Attachment).ID == "" {
			return false
		}
	}
	for _, g := range c.Gateways {
		if g.ID == "" || g.Account == "" || g.Region == "" {
			return false
		}
	}
	for _, g := range c.VPNGateways {
		if g.ID == "" || c.vpc(g.VPC).ID == "" {
			return false
		}
	}
	for _, v := range c.VPNs {
		if len(v.ID) < 5 || !gateway(v.Gateway) || v.Appliance == "" || !v.Static && (v.Accepted > 0) == v.Down {
			return false
		}
	}
	for _, v := range c.Circuits {
		if v.ID == "" || v.Gateway == "" {
			return false
		}
	}
	for _, a := range c.DXAssociations {
		if a.DXGateway == "" || !gateway(a.Gateway) {
			return false
		}
	}
	return true
}
