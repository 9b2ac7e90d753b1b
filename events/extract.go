package events

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// uuidKeys are the keys under which a UUID is a resource of Direct Connect,
// rather than a request id or a token.
var uuidKeys = map[string]Kind{
	"directconnectgatewayid": KindDirectConnectGateway,
	"associationid":          KindDirectConnectGatewayAssociation,
	"proposalid":             KindDirectConnectAssociationProposal,
}

// rangeKeys hold the range of a rule, a route or an entry of a network ACL in EC2's records.
var rangeKeys = map[string]bool{
	"cidrip": true, "cidripv4": true, "cidripv6": true, "cidrblock": true, "ipv6cidrblock": true,
	"destinationcidrblock": true, "destinationipv6cidrblock": true,
}

// dxGateway is the type of a transit gateway attachment whose resourceId is a Direct Connect gateway's.
const dxGateway = "direct-connect-gateway"

// placement is the field of where an instance is placed.
const placement = "placement"

// proseKeys hold what people write, beside those of vocabulary.
var proseKeys = map[string]bool{
	"description": true, "groupdescription": true, "key": true, "value": true, "name": true,
	"keyname": true, "userdata": true, "message": true, "clienttoken": true,
}

// extractor collects the resources named in the trees it is shown.
type extractor struct {
	found  map[Resource]bool
	ranges map[netip.Prefix]bool
	// targets says that a tag call names something.
	targets bool
	// ec2 says that the record is EC2's: there alone groupName is the name of a
	// security group, and ranges are those of rules and routes.
	ec2 bool
}

// resources returns what was found, sorted by ID and then by kind.
func (x *extractor) resources() []Resource {
	if len(x.found) == 0 {
		return nil
	}
	out := make([]Resource, 0, len(x.found))
	for r := range x.found {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// addressRanges returns the ranges that were found, sorted.
func (x *extractor) addressRanges() []netip.Prefix {
	return slices.SortedFunc(maps.Keys(x.ranges), netip.Prefix.Compare)
}

// addRange keeps a range, if its key says that it is one.
func (x *extractor) addRange(key, s string) {
	if !x.ec2 || !rangeKeys[key] {
		return
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		if x.ranges == nil {
			x.ranges = map[netip.Prefix]bool{}
		}
		x.ranges[p.Masked()] = true
	}
}

func (x *extractor) add(k Kind, id string) {
	if x.found == nil {
		x.found = map[Resource]bool{}
	}
	x.found[Resource{Kind: k, ID: id}] = true
}

// walk looks at a value and all below it. The key is that of the nearest member
// which is not merely a list's wrapping.
func (x *extractor) walk(key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		x.members(key, v)
	case []any:
		for _, e := range v {
			x.walk(key, e)
		}
	case string:
		x.text(key, v)
	case json.Number:
		x.name(key, v.String()) // wrapped records turn a name of digits into a number
	case bool:
		x.name(key, strconv.FormatBool(v)) // and the name "true" into a truth value
	}
}

func (x *extractor) members(key string, m map[string]any) {
	for k, v := range m {
		k = plainKey(k)
		switch {
		case k == "item" || k == "items" || k == "member" || k == "content":
			k = key
		case k == "groupname" && key == placement:
			continue // a placement group's, not a security group's
		case key == placement && isObject(v):
			k = key // in one more object, it still is a placement
		case k == "resourceid" && (m["resourceType"] == dxGateway || m["ResourceType"] == dxGateway):
			k = "directconnectgatewayid"
		}
		x.walk(k, v)
	}
}

func isObject(v any) bool {
	_, is := v.(map[string]any)
	return is
}

func (x *extractor) text(key, s string) {
	x.targets = x.targets || s != "" && (key == "resourceid" || key == "resourcename")
	if x.name(key, s) {
		return
	}
	x.addRange(key, s)
	if kind, ok := uuidKeys[key]; ok && isUUID(s) {
		x.add(kind, s)
		return
	}
	if strings.HasPrefix(s, "arn:") && x.arn(s) {
		return
	}
	x.words(s, proseKeys[key] || protected.prose[key])
}

// name takes a value for a name, if its key says it is one.
func (x *extractor) name(key, s string) bool {
	if kind, ok := protected.fields[key]; ok {
		if isName(s) {
			x.add(kind, s)
		}
		return true
	}
	if x.ec2 && (key == "groupname" || key == "sourcesecuritygroupname") {
		if s != "" {
			x.add(KindGroupName, s)
		}
		return true
	}
	return false
}

// arn reads the ARNs whose resource has no id that could be told by its prefix.
func (x *extractor) arn(s string) bool {
	part := strings.SplitN(s, ":", 6)
	if len(part) < 6 {
		return false
	}
	if kind, name, ok := protected.named(part[2], part[5]); ok {
		if kind != "" && isName(name) {
			x.add(kind, name)
		}
		return true
	}
	if part[2] == "directconnect" {
		id, ok := strings.CutPrefix(part[5], "dx-gateway/")
		if ok = ok && isUUID(id); ok {
			x.add(KindDirectConnectGateway, id)
		}
		return ok
	}
	return false
}

// words finds ids within a text: alone, after an account ("123456789012/sg-…"), in an ARN or in a sentence.
func (x *extractor) words(s string, prose bool) {
	for start := 0; start < len(s); {
		end := start
		for end < len(s) && isWordByte(s[end]) {
			end++
		}
		if kind, ok := kindOfID(s[start:end], prose); ok {
			x.add(kind, s[start:end])
		}
		start = end + 1
	}
}

// isWordByte says what an id cannot be followed or preceded by: with the hyphen
// among them, "cachegate-sg-0a1b2c3d" does not mention a security group.
func isWordByte(c byte) bool {
	return c == '-' || c == '_' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isName keeps out what cannot be a name: patterns, placeholders and blanks.
func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '.' && (!isWordByte(c) || c >= 0x80) {
			return false
		}
	}
	return s != ""
}

// plainKey makes keys comparable: AWS writes the same one as cacheClusterId,
// CacheClusterId and cache-cluster-id.
func plainKey(k string) string {
	plain := make([]byte, 0, len(k))
	for i := range len(k) {
		switch c := k[i]; {
		case c == '-' || c == '_':
		case 'A' <= c && c <= 'Z':
			plain = append(plain, c|0x20)
		default:
			plain = append(plain, c)
		}
	}
	return string(plain)
}
