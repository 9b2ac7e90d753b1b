package anonymise

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// words replaces accounts, ids and names, the same by the same, in an order that stays.
type words struct {
	known map[string]map[string]bool // class → what was met
	made  map[string]string
}

func newWords() *words { return &words{known: map[string]map[string]bool{}, made: map[string]string{}} }

func (w *words) know(class, text string) {
	if w.known[class] == nil {
		w.known[class] = map[string]bool{}
	}
	w.known[class][text] = true
}

// settle gives everything that was met its replacement.
func (w *words) settle() {
	for class, texts := range w.known {
		var sorted []string
		for t := range texts {
			sorted = append(sorted, t)
		}
		slices.Sort(sorted)
		for i, t := range sorted {
			w.made[class+"\x00"+t] = replacement(class, i+1)
		}
	}
}

// of gives the replacement of a text.
func (w *words) of(class, text string) (string, bool) {
	made, ok := w.made[class+"\x00"+text]
	return made, ok
}

// The classes beside the prefixes of ids.
const (
	accounts     = "account"
	caches       = "cache"
	groupNames   = "group"
	subnetGroups = "subnets"
	listNames    = "list"
	itemNames    = "intent"
	uuids        = "uuid"
)

func replacement(class string, n int) string {
	switch class {
	case accounts:
		return fmt.Sprintf("1%011d", n)
	case caches, groupNames, subnetGroups, listNames, itemNames:
		return fmt.Sprintf("%s-%06d", class, n)
	case uuids:
		return fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
	default:
		return fmt.Sprintf("%s-%017x", class, n)
	}
}

// idPrefixes are those of the ids of resources that a world may hold.
var idPrefixes = []string{
	"acl", "aclassoc", "cgw", "dopt", "dxcon", "dxlag", "dxvif", "eigw", "eipalloc", "eipassoc", "eni", "eni-attach", "i", "igw", "nat", "pcx", "pl",
	"rtb", "rtbassoc", "sg", "sgr", "subnet", "subnet-cidr-assoc", "tgw", "tgw-attach", "tgw-mcast-domain", "tgw-ptb", "tgw-rtb", "tgw-rtb-assoc", "vgw",
	"vpc", "vpc-cidr-assoc", "vpce", "vpce-svc", "vpn", "ela-attach", "r",
}

var (
	idPattern      = regexp.MustCompile(`\b(` + strings.Join(longestFirst(idPrefixes), "|") + `)-([0-9a-f]{2,17})\b`)
	accountPattern = regexp.MustCompile(`\b[0-9]{12}\b`)
	uuidPattern    = regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	// wholePattern is a text that holds nothing beside an id, an account, or both.
	wholePattern = regexp.MustCompile(`^([0-9]{12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([0-9]{12}/)?(` + strings.Join(longestFirst(idPrefixes), "|") + `)-[0-9a-f]{2,17})$`)
	arnPattern   = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:[0-9]{0,12}:`)
)

func longestFirst(list []string) []string {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return out
}

// tokens calls a function for each account, id and UUID in a text, and replaces them by what
// it gives.
func tokens(text string, each func(class, token string) string) string {
	text = uuidPattern.ReplaceAllStringFunc(text, func(t string) string { return each(uuids, t) })
	text = idPattern.ReplaceAllStringFunc(text, func(t string) string {
		class := idPattern.FindStringSubmatch(t)[1]
		return each(class, t)
	})
	return accountPattern.ReplaceAllStringFunc(text, func(t string) string { return each(accounts, t) })
}

// prefixIn reads a text that is a CIDR or an address, and nothing else.
func prefixIn(text string) (p netip.Prefix, bare, ok bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), true, true
	}
	p, err := netip.ParsePrefix(text)
	return p, false, err == nil
}
