// Package importing drafts the intents that say what is open today: one for each cluster
// and source. What cannot be declared as it stands, or should not be without a person, stays
// a comment.
//
// It is pure: it works on an inventory, and leaves it to its caller to find out with a plan
// that the draft changes nothing.
package importing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
)

// Draft is what is to be declared, cluster by cluster.
type Draft struct {
	Clusters []Cluster
	// Warnings are about the draft as a whole.
	Warnings []string
}

// Cluster is what is to be declared for one cluster.
type Cluster struct {
	inventory.Cluster
	Items []*Item
	// Notes say what of the cluster is in no item.
	Notes []string
}

// Item is one intent.
type Item struct {
	Intent intent.Intent
	// Rules are the ids of the rules that let its source in. Wide are those of them that open
	// more than the cluster's ports, which no intent declares as they are.
	Rules, Wide []string
	// Notes are what people should know of it.
	Notes []string
	// Left says why it is left to people; empty where it is declared.
	Left string
}

// Options say what is known beside the inventory.
type Options struct {
	Policies intent.Policies
	// Taken says whether a cluster has an item of a name.
	Taken func(intent.Key) bool
	// OwnerTags are the tags that name an owner, in the order in which they count; nil: the
	// usual ones.
	OwnerTags []string
	// Tags gives the tags of a security group.
	Tags func(group string) map[string]string
}

// usualOwnerTags are the tags that most often name who is responsible.
func usualOwnerTags() []string { return []string{"owner", "team", "contact", "service"} }

// Make drafts the intents for what nobody declared yet.
func Make(clusters []inventory.Cluster, o Options) *Draft {
	if o.OwnerTags == nil {
		o.OwnerTags = usualOwnerTags()
	}
	d := &Draft{}
	for _, c := range clusters {
		d.Clusters = append(d.Clusters, o.cluster(c))
	}
	slices.SortStableFunc(d.Clusters, func(a, b Cluster) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN)) })
	return d
}

func (o Options) cluster(c inventory.Cluster) Cluster {
	out := Cluster{Cluster: c}
	for _, g := range c.Unread {
		out.Notes = append(out.Notes, fmt.Sprintf("the rules of %s could not be read: what they open is not in here", g))
	}
	taken := map[string]bool{}
	for _, rows := range bySource(c.Accesses) {
		if rows[0].Group == "" {
			out.Notes = append(out.Notes, "the endpoint is public: no intent can open or close it")
			continue
		}
		rows = slices.DeleteFunc(rows, func(a inventory.Access) bool { return a.Declared && !a.Wider(c.Cluster) })
		if len(rows) == 0 {
			continue
		}
		item := o.item(c, rows)
		item.Intent.Name = o.free(c.ARN, item.Intent.Name, taken)
		out.Items = append(out.Items, item)
	}
	return out
}

// bySource gives the rows of each peer together, in the order in which peers come.
func bySource(all []inventory.Access) [][]inventory.Access {
	at := map[network.Peer]int{}
	var out [][]inventory.Access
	for _, a := range all {
		i, ok := at[a.Rule.Peer]
		if !ok {
			i = len(out)
			at[a.Rule.Peer] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// item drafts the intent of one source. Rules that open more than the cluster's ports are
// not declared by it: an intent is about these alone.
func (o Options) item(c inventory.Cluster, rows []inventory.Access) *Item {
	exact := slices.DeleteFunc(slices.Clone(rows), func(a inventory.Access) bool { return a.Wider(c.Cluster) })
	item := &Item{}
	for _, a := range rows {
		if a.Wider(c.Cluster) && !slices.Contains(item.Wide, a.Rule.ID) {
			item.Wide = append(item.Wide, a.Rule.ID)
			item.note("%s of %s opens more than the cluster's ports (%s): no intent declares it as it is", a.Rule.ID, a.Group, change.PortsOf(a.Rule))
		}
		if !slices.Contains(item.Rules, a.Rule.ID) {
			item.Rules = append(item.Rules, a.Rule.ID)
		}
	}
	from := exact
	if len(exact) == 0 {
		from = rows
		item.Left = "the intent would make a rule of its own beside it: declare what is needed, then revoke the wide one"
	}
	item.Intent = o.intentOf(c, from)
	if why := o.refused(c, rows[0]); why != "" {
		item.Left = why
	}
	item.describe(from)
	return item
}

func (i *Item) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(i.Notes, text) {
		i.Notes = append(i.Notes, text)
	}
}

// intentOf makes the intent that says what rules of one source open.
func (o Options) intentOf(c inventory.Cluster, rows []inventory.Access) intent.Intent {
	first := rows[0]
	out := intent.Intent{Cluster: c.ARN, Name: nameOf(first), Sources: []intent.Source{sourceOf(first.Rule.Peer)}, Access: intent.Open}
	var ports []uint16
	paths := map[intent.Path]bool{}
	var rules []string
	for _, a := range rows {
		ports = append(ports, a.Ports...)
		paths[a.Path] = true
		text := a.Rule.ID
		if a.Rule.Description != "" {
			text += " (" + a.Rule.Description + ")"
		}
		if !slices.Contains(rules, text) {
			rules = append(rules, text)
		}
	}
	if ports = network.SortedSet(ports); !slices.Equal(ports, c.Ports) {
		out.Ports = ports
	}
	if len(paths) == 1 {
		out.Path = first.Path
	}
	out.Owner = o.owner(first)
	out.Reason = short("imported from " + strings.Join(rules, ", "))
	return out
}

// refused says why a source cannot be declared; empty where it can.
func (o Options) refused(c inventory.Cluster, a inventory.Access) string {
	switch {
	case a.Everywhere():
		return "everybody cannot be declared: declare who needs access, then revoke the rule"
	case a.Rule.Peer.CIDR.IsValid():
		if err := intent.CheckWidest(o.Policies.For(c.ARN), a.Rule.Peer.CIDR); err != nil {
			return fmt.Sprintf("%s %v: declare narrower sources, or raise widest in the policy", a.Rule.Peer.CIDR, err)
		}
	}
	return ""
}

// describe tells what is doubtful of a source, and who stands behind it.
func (i *Item) describe(rows []inventory.Access) {
	first := rows[0]
	if len(first.Behind) > 0 {
		i.note("behind it: %s", strings.Join(first.Behind, "; "))
	}
	if first.Rule.Peer.SecurityGroup != "" && len(first.Members) == 0 && !first.MembersUnread {
		i.note("no interface wears %s: whatever gets it gets in", first.Rule.Peer)
	}
	for _, a := range rows {
		over := ""
		if len(rows) > 1 && a.Path != "" {
			over = " over " + string(a.Path)
		}
		switch {
		case a.Reachable == network.Off:
			i.note("nothing can use it today%s: %s", over, a.Why)
		case a.Reachable == network.Unknown:
			i.note("whether it gets through%s is unknown: %s", over, a.Why)
		case a.Why != "":
			i.note("it gets through%s %s", over, a.Why)
		}
	}
}

// owner finds who is responsible by tags: of the source group, else of the rule, else of the
// cluster's group.
func (o Options) owner(a inventory.Access) string {
	sets := []map[string]string{a.Rule.Tags}
	if o.Tags != nil {
		sets = []map[string]string{o.Tags(a.Rule.Peer.SecurityGroup), a.Rule.Tags, o.Tags(a.Group)}
	}
	for _, tags := range sets {
		for _, wanted := range o.OwnerTags {
			for _, key := range sortedKeys(tags) {
				if strings.EqualFold(key, wanted) && strings.TrimSpace(tags[key]) != "" {
					return short(tags[key])
				}
			}
		}
	}
	return ""
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func sourceOf(p network.Peer) intent.Source {
	switch {
	case p.CIDR.IsValid():
		return intent.Source{Kind: intent.CIDR, Prefix: p.CIDR.Masked()}
	case p.PrefixList != "":
		return intent.Source{Kind: intent.PrefixList, ID: p.PrefixList}
	default:
		return intent.Source{Kind: intent.SecurityGroup, ID: p.SecurityGroup, Account: p.Account}
	}
}

// nameOf gives the name of an intent: that of its source group or list, else the source.
func nameOf(a inventory.Access) string {
	text := a.Name
	if text == "" || text == "default" {
		text = a.Rule.Peer.String()
	}
	return slug(text)
}

// longestName leaves room for a number in an intent's 128 characters.
const longestName = 100

// slug makes a name of a text: letters, digits, dots and hyphens.
func slug(text string) string {
	var b strings.Builder
	dash := true
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.':
			b.WriteRune(r)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
		if b.Len() == longestName {
			break
		}
	}
	return cmp.Or(strings.Trim(b.String(), "-."), "source")
}

// free gives a name that no item of the cluster has.
func (o Options) free(cluster, name string, taken map[string]bool) string {
	for n := 1; ; n++ {
		text := name
		if n > 1 {
			text = fmt.Sprintf("%s-%d", name, n)
		}
		if !taken[text] && (o.Taken == nil || !o.Taken(intent.Key{Cluster: cluster, Name: text})) {
			taken[text] = true
			return text
		}
	}
}

// longestText is how long owner and reason may be.
const longestText = 256

// short makes a text fit for a field: printable, on one line, not too long.
func short(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > longestText {
		return string(runes[:longestText-1]) + "…"
	}
	return text
}
