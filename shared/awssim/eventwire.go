package awssim

import (
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

func lowerFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToLower(r)) + s[i+len(string(r)):]
	}
	return s
}

// flatRequestNames are the members that a flat request names otherwise than in lowerCamel; after the slash stands
// what an element of a list of texts is called.
var flatRequestNames = map[string]string{
	"Resources": "resourcesSet/resourceId", "Tags": "tagSet", "TagSpecifications": "tagSpecificationSet",
	"Groups": "groupSet/groupId", "SecurityGroupIds": "groupSet/groupId", "InstanceIds": "instancesSet/instanceId",
	"SecurityGroupRuleIds": "securityGroupRuleIds/securityGroupRuleId", "UserIdGroupPairs": "groups", "Protocol": "aclProtocol",
	"SubnetIds": "subnetSet/subnetId", "PrivateIpAddresses": "privateIpAddressesSet",
	"CreateSecurityGroupInput.Description": "groupDescription",
}

// flatResponseNames are the members that a flat response names otherwise, by type and member or by member.
var flatResponseNames = map[string]string{
	"Return": "_return", "Tags": "tagSet", "TagSet": "tagSet", "SecurityGroupRules": "securityGroupRuleSet",
	"RevokedSecurityGroupRules": "revokedSecurityGroupRuleSet", "UnknownIpPermissions": "unknownIpPermissionSet",
	"UserIdGroupPairs": "groups", "Associations": "associationSet", "PropagatingVgws": "propagatingVgwSet",
	"Routes": "routeSet", "Groups": "groupSet", "SecurityGroups": "groupSet", "Ipv6Addresses": "ipv6AddressesSet",
	"PrivateIpAddresses": "privateIpAddressesSet", "Entries": "entrySet", "NetworkAcl.IsDefault": "default",
	"NetworkInterfaces": "networkInterfaceSet", "Instance.State": "instanceState", "Instances": "instancesSet",
	"TerminatingInstances": "instancesSet", "VpcAttachments": "attachments", "VpcAttachment": "attachment",
}

// fields walks the members of an SDK struct that are set.
func fields(v reflect.Value, yield func(name string, value reflect.Value)) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" || f.Name == "DryRun" || f.Anonymous {
			continue
		}
		yield(f.Name, v.Field(i))
	}
}

// scalar gives a simple value in the form that JSON takes; ok is false where there is none to show.
func scalar(v reflect.Value) (value any, ok bool) {
	switch v.Kind() {
	case reflect.String:
		return v.String(), v.String() != ""
	case reflect.Bool:
		return v.Bool(), true
	case reflect.Int, reflect.Int32, reflect.Int64:
		return v.Int(), true
	case reflect.Float32, reflect.Float64:
		return v.Float(), true
	default:
		return nil, false
	}
}

// flat writes the older EC2 shape.
type flat struct {
	names   map[string]string
	request bool
	deep    bool // inside a member: there, lists that are not set are written as {}
}

func (f flat) value(v reflect.Value, element string) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		t, _ := reflect.TypeAssert[time.Time](v)
		return t.UnixMilli()
	case v.Kind() == reflect.Struct:
		return f.object(v)
	case v.Kind() == reflect.Slice:
		return f.list(v, element)
	}
	value, _ := scalar(v)
	return value
}

func (f flat) object(v reflect.Value) map[string]any {
	out := map[string]any{}
	inner := f
	inner.deep = true
	fields(v, func(name string, value reflect.Value) {
		wire, ok := f.names[v.Type().Name()+"."+name]
		if !ok {
			wire, ok = f.names[name]
		}
		if !ok {
			wire = lowerFirst(name)
		}
		wire, element, _ := strings.Cut(wire, "/")
		if value.Kind() == reflect.Slice && value.Len() == 0 {
			if f.deep {
				out[wire] = map[string]any{}
			}
			return
		}
		if value.Kind() == reflect.Slice && v.Type().Name() == "TagSpecification" {
			out["tags"] = members{}.value(value, "")
			return
		}
		if written := inner.value(value, element); written != nil {
			out[wire] = written
		}
	})
	return out
}

func (f flat) list(v reflect.Value, element string) any {
	items := make([]any, 0, v.Len())
	for i := range v.Len() {
		item := f.value(v.Index(i), "")
		if element != "" && v.Type().Elem().Kind() == reflect.String {
			item = map[string]any{element: item}
		}
		items = append(items, item)
	}
	return map[string]any{"items": items}
}

// members writes lowerCamel members and plain lists, as ElastiCache and Direct Connect have them.
type members struct{}

func (m members) value(v reflect.Value, _ string) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		t, _ := reflect.TypeAssert[time.Time](v)
		return t.Format("Jan 2, 2006 3:04:05 PM")
	case v.Kind() == reflect.Struct:
		out := map[string]any{}
		fields(v, func(name string, value reflect.Value) {
			if value.Kind() == reflect.Slice && value.IsNil() {
				return
			}
			if written := m.value(value, ""); written != nil {
				out[lowerFirst(name)] = written
			}
		})
		return out
	case v.Kind() == reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			items[i] = m.value(v.Index(i), "")
		}
		return items
	}
	value, ok := scalar(v)
	if !ok {
		return nil
	}
	return value
}

// wrappedRequestNames are the members that the query protocol names otherwise than the SDK does.
var wrappedRequestNames = map[string]string{
	"SecurityGroupRules": "SecurityGroupRule", "SecurityGroupRuleDescriptions": "SecurityGroupRuleDescription",
	"AddEntries": "AddEntry", "RemoveEntries": "RemoveEntry", "Entries": "Entry", "TagSpecifications": "TagSpecification",
	"Tags": "Tag", "UserIdGroupPairs": "Groups",
}

// wrappedRequest writes the newer EC2 shape's requests: lists of one collapse, elements carry a counter.
type wrappedRequest struct{}

func (w wrappedRequest) value(v reflect.Value, _ string) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		fields(v, func(name string, value reflect.Value) {
			if wire, ok := wrappedRequestNames[name]; ok {
				name = wire
			}
			if value.Kind() == reflect.Slice && value.Len() == 0 {
				return
			}
			if written := w.value(value, ""); written != nil {
				out[name] = written
			}
		})
		return out
	case reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			item := w.value(v.Index(i), "")
			object, ok := item.(map[string]any)
			if !ok {
				object = map[string]any{"content": item}
			}
			object["tag"] = i + 1
			items[i] = object
		}
		return collapse(items)
	default:
		value, ok := scalar(v)
		if !ok {
			return nil
		}
		return untyped(value)
	}
}

func collapse(items []any) any {
	if len(items) == 1 {
		return items[0]
	}
	return items
}

// untyped is what becomes of a text on its way through XML: digits turn into a number, zeros in front and all, and
// true into a boolean.
func untyped(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	if text == "true" || text == "false" {
		return text == "true"
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) <= 15 {
		return n
	}
	return text
}

// wrappedResponse writes the newer EC2 shape's responses: XML's names, {"item": …} for lists.
type wrappedResponse struct{}

func (w wrappedResponse) value(v reflect.Value, _ string) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		t, _ := reflect.TypeAssert[time.Time](v)
		return t.Format("2006-01-02T15:04:05.000Z")
	case v.Kind() == reflect.Struct:
		out := map[string]any{}
		fields(v, func(name string, value reflect.Value) {
			wire := lowerFirst(name)
			switch name {
			case "Tags":
				wire = "tagSet"
			case "Return":
				wire = "return"
			}
			if value.Kind() == reflect.Slice && value.Len() == 0 {
				return
			}
			if written := w.value(value, ""); written != nil {
				out[wire] = written
			}
		})
		return out
	case v.Kind() == reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			items[i] = w.value(v.Index(i), "")
		}
		return map[string]any{"item": collapse(items)}
	}
	value, ok := scalar(v)
	if !ok {
		return nil
	}
	return untyped(value)
}

// mentions says that a request names an id or a name anywhere.
func mentions(input any, id string) bool { return mentionsIn(reflect.ValueOf(input), id) }

func mentionsIn(v reflect.Value, id string) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && mentionsIn(v.Elem(), id)
	case reflect.String:
		return v.String() == id
	case reflect.Slice:
		for i := range v.Len() {
			if mentionsIn(v.Index(i), id) {
				return true
			}
		}
	case reflect.Struct:
		found := false
		fields(v, func(_ string, value reflect.Value) { found = found || mentionsIn(value, id) })
		return found
	default:
	}
	return false
}
