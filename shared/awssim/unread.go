package awssim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// unread is something that a world tells of and does not hold: an object that is wrong, or one that others lean on. A
// read that asks for it fails, as one of an account that the world does not hold does: to whoever reads, what was not
// captured is not what is not there.
type unread struct {
	list    string          // whose operations show it, or the one operation that does
	ids     map[string]bool // its own, and those of what it belongs to, as far as they are known
	problem string
}

// leftOut ends what is said of an object that is wrong.
const leftOut = "; the object was left out, and what leans on it is unknown"

// notShown are the operations that show a part of a list's elements, or show them under another name.
var notShown = map[string]string{
	"DescribeVpcAttribute":                    "Vpcs",
	"GetSecurityGroupsForVpc":                 "SecurityGroups",
	"DescribeInstances":                       "Instances",
	"DescribeManagedPrefixLists":              "ManagedPrefixLists",
	"GetManagedPrefixListEntries":             "ManagedPrefixLists",
	"SearchTransitGatewayRoutes":              "TransitGatewayRouteTables",
	"GetTransitGatewayRouteTableAssociations": "TransitGatewayRouteTables",
	"GetTransitGatewayRouteTablePropagations": "TransitGatewayRouteTables",
	"ListVirtualInterfaceRoutes":              "VirtualInterfaces",
}

// shows says whether an operation answers with elements of a list: it has a field under the list's name.
func (op *operation) shows(list string) bool {
	if op.name == list || notShown[op.name] == list {
		return true
	}
	_, ok := op.answer.FieldByName(list)
	return ok
}

// refused is the error of a read that asks for what the world does not hold. What a request does not name it does not
// ask for: then AWS shows what there is.
func (c *call) refused() error {
	for _, u := range c.r.unread {
		if c.op.shows(u.list) && c.asksFor(u.ids) {
			return apiError(c.op.service.deniedCode, "You are not authorized to perform %s in account %s, Region %s: the world does not hold all of it: %s.",
				c.op.qualified, c.account, c.region, u.problem)
		}
	}
	return nil
}

// asksFor says whether a request names one of some ids.
func (c *call) asksFor(ids map[string]bool) bool {
	asks := false
	eachText(reflect.ValueOf(c.input), func(text string) { asks = asks || ids[text] })
	return asks
}

// idsOf are the texts of an element that may be ids; the names of Regions and zones are none.
func idsOf(element any, region string) map[string]bool {
	ids := map[string]bool{}
	eachText(reflect.ValueOf(element), func(text string) {
		if strings.Contains(text, "-") && !strings.HasPrefix(text, region) {
			ids[text] = true
		}
	})
	return ids
}

func eachText(v reflect.Value, do func(string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachText(v.Elem(), do)
		}
	case reflect.String:
		do(v.String())
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), do)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() {
				eachText(value, do)
			}
		}
	default:
	}
}

// leaveOut tells why an element of a list does not become part of the world.
func (b *builder) leaveOut(list string, i int, field, value, problem string, args ...any) {
	path := b.path(list, i, field)
	problem = fmt.Sprintf(problem, args...)
	b.problems.leaveOut(b.problems.lineOf(path), list, path, value, problem+leftOut)
	b.unread(list, reflect.ValueOf(b.in).Elem().FieldByName(list).Index(i).Interface(), path+": "+problem)
}

// unread notes what the world does not hold. Attachments are shown by their kinds and among all.
func (b *builder) unread(list string, element any, problem string) {
	switch list {
	case "PrefixLists":
		list = "ManagedPrefixLists"
	case "Reservations":
		list = "Instances"
	case "TransitGatewayVpcAttachments", "TransitGatewayPeeringAttachments":
		b.unread("TransitGatewayAttachments", element, problem)
	}
	b.r.unread = append(b.r.unread, unread{list, idsOf(element, b.r.name), problem})
}

// notListed tells of a reference to what the world does not hold, once for each. Requests may name it, or what it is part
// of.
func (b *builder) notListed(l *list, path, id string, have []string, of ...*string) {
	if b.isUnread(l.name, id) {
		return
	}
	b.problems.leaveOut(b.problems.lineOf(path), l.name+" that are not listed", path, id,
		fmt.Sprintf("is not among the Region's %s%s; what leans on it is unknown", l.name, examples(have)))
	b.unread(l.name, append(of, &id), id+" is not among its "+l.name)
}

func (b *builder) isUnread(list, id string) bool {
	return slices.ContainsFunc(b.r.unread, func(u unread) bool { return u.list == list && u.ids[id] })
}

// repeats says whether an element is the same as one before it in its list.
func (b *builder) repeats(list string, i int) bool {
	elements := reflect.ValueOf(b.in).Elem().FieldByName(list)
	for j := range i {
		if reflect.DeepEqual(elements.Index(j).Interface(), elements.Index(i).Interface()) {
			return true
		}
	}
	return false
}

// readable is a Region's content without the elements that could not be decoded.
func (b *builder) readable(account, name string, in *Region) *Region {
	if len(b.problems.wrong) == 0 {
		return in
	}
	b.r = b.state.region(account, name)
	out := *in
	for list, content := range reflect.ValueOf(&out).Elem().Fields() {
		if content.Kind() != reflect.Slice {
			continue
		}
		var left []int
		for i := range content.Len() {
			path := fmt.Sprintf("%s/%s/%s[%d]", account, name, list.Name, i)
			if !b.problems.wrong[path] {
				left = append(left, i)
				continue
			}
			b.unread(list.Name, content.Index(i).Interface(), path+" could not be read")
		}
		if len(left) == content.Len() {
			continue
		}
		kept := reflect.MakeSlice(content.Type(), 0, len(left))
		for _, i := range left {
			kept = reflect.Append(kept, content.Index(i))
		}
		content.Set(kept)
		if b.indexes[&out] == nil {
			b.indexes[&out] = map[string][]int{}
		}
		b.indexes[&out][list.Name] = left
	}
	return &out
}
