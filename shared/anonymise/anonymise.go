package anonymise

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
)

// Anonymiser replaces what a world tells of its owners.
type Anonymiser struct {
	words     *words
	addresses *addresses
	// nodes are the nodes of replication groups, by name, with their group.
	nodes map[string]string
}

// New makes an anonymiser of worlds. What is replaced by what depends on the secret, which
// nobody should keep; items are of intents files that are to be replaced too.
func New(secret []byte, world awssim.Accounts, items ...intent.Record) *Anonymiser {
	a := &Anonymiser{words: newWords(), addresses: newAddresses(secret), nodes: map[string]string{}}
	for account, regions := range world {
		a.words.know(accounts, account)
		for _, r := range regions {
			a.knowNames(r)
			texts(reflect.ValueOf(r), "", func(_ string, v reflect.Value) { a.know(v.String()) })
		}
	}
	for _, r := range items {
		for _, text := range textsOf(r) {
			a.know(text)
		}
		a.words.know(itemNames, r.Fields[intent.FieldName].Text)
	}
	a.words.settle()
	return a
}

// know takes note of what is to be replaced in a text.
func (a *Anonymiser) know(text string) {
	if p, _, ok := prefixIn(text); ok {
		a.addresses.know(p)
		return
	}
	tokens(text, func(class, token string) string {
		a.words.know(class, token)
		return token
	})
}

// knowNames takes note of the names that people gave.
func (a *Anonymiser) knowNames(r *awssim.Region) {
	for _, g := range r.ReplicationGroups {
		a.words.know(caches, strings.ToLower(aws.ToString(g.ReplicationGroupId)))
		for _, m := range g.MemberClusters {
			a.nodes[strings.ToLower(m)] = strings.ToLower(aws.ToString(g.ReplicationGroupId))
		}
	}
	for _, c := range r.CacheClusters {
		if group := strings.ToLower(aws.ToString(c.ReplicationGroupId)); group != "" {
			a.nodes[strings.ToLower(aws.ToString(c.CacheClusterId))] = group
			a.words.know(caches, group)
		} else {
			a.words.know(caches, strings.ToLower(aws.ToString(c.CacheClusterId)))
		}
	}
	for _, s := range r.ServerlessCaches {
		a.words.know(caches, strings.ToLower(aws.ToString(s.ServerlessCacheName)))
	}
	for _, g := range r.SecurityGroups {
		a.words.know(groupNames, aws.ToString(g.GroupName))
	}
	for _, g := range r.CacheSubnetGroups {
		a.words.know(subnetGroups, strings.ToLower(aws.ToString(g.CacheSubnetGroupName)))
	}
	for _, c := range r.CachegateClaims {
		for _, name := range c.Intents {
			_, item, _ := strings.Cut(name, "/")
			a.words.know(itemNames, item)
		}
	}
	for _, l := range slices.Concat(r.ManagedPrefixLists, r.PrefixLists) {
		a.words.know(listNames, aws.ToString(l.PrefixListName))
	}
}

// World gives a world with everything replaced. The one that is given stays as it is.
func (a *Anonymiser) World(world awssim.Accounts) awssim.Accounts {
	out := awssim.Accounts{}
	for account, regions := range world {
		for name, r := range regions {
			mine := copyOf(reflect.ValueOf(*r))
			region, _ := reflect.TypeAssert[awssim.Region](mine)
			a.replaceTags(&region)
			texts(reflect.ValueOf(&region), "", a.replace)
			tidy(reflect.ValueOf(&region), "")
			*out.Region(a.Text(account), name) = region
		}
	}
	return out
}

// Text replaces the accounts, ids, addresses and cluster ARNs of a text, such as a source of
// an intent.
func (a *Anonymiser) Text(text string) string {
	if p, bare, ok := prefixIn(text); ok {
		return a.prefixText(p, bare)
	}
	return a.arn(tokens(text, a.token))
}

// Cache replaces the name of a cache or of a node.
func (a *Anonymiser) Cache(name string) string {
	name = strings.ToLower(name)
	if group, ok := a.nodes[name]; ok {
		made, _ := a.words.of(caches, group)
		if suffix, is := strings.CutPrefix(name, group); is {
			return made + suffix
		}
		return made + "-node-" + digits(name)
	}
	made, ok := a.words.of(caches, name)
	if !ok {
		return "cache-unknown"
	}
	return made
}

// digits are those at the end of a name.
func digits(name string) string {
	return name[len(strings.TrimRight(name, "0123456789")):]
}

func (a *Anonymiser) token(class, token string) string {
	made, ok := a.words.of(class, token)
	if !ok {
		return replacement(class, 0)
	}
	return made
}

// arn replaces the name at the end of an ARN of a cache or of what belongs to one.
func (a *Anonymiser) arn(text string) string {
	if !arnPattern.MatchString(text) {
		return text
	}
	i := strings.LastIndexAny(text, ":/")
	kind := text[:i]
	switch {
	case strings.HasSuffix(kind, ":cluster"), strings.HasSuffix(kind, ":replicationgroup"), strings.HasSuffix(kind, ":serverlesscache"):
		return text[:i+1] + a.Cache(text[i+1:])
	case strings.HasSuffix(kind, ":subnetgroup"):
		made, _ := a.words.of(subnetGroups, strings.ToLower(text[i+1:]))
		return text[:i+1] + made
	case wholePattern.MatchString(text[i+1:]):
		return text
	default:
		return text[:i+1] + "anonymous"
	}
}

func (a *Anonymiser) prefixText(p netip.Prefix, bare bool) string {
	if p.Bits() == 0 {
		return p.String()
	}
	made := a.addresses.prefix(p)
	if bare {
		return made.Addr().String()
	}
	return made.String()
}

// ownTag is what the tag of a rule of cachegate's begins with, whatever its deployment.
const ownTag = "deployment/"

// replaceTags leaves out all tags but cachegate's own.
func (a *Anonymiser) replaceTags(r *awssim.Region) {
	own := func(tags []ec2types.Tag) []ec2types.Tag {
		var out []ec2types.Tag
		for _, t := range tags {
			if aws.ToString(t.Key) == change.ManagedTag {
				_, claim, _ := strings.Cut(aws.ToString(t.Value), "/")
				out = append(out, ec2types.Tag{Key: t.Key, Value: aws.String(ownTag + claim)})
			}
		}
		return out
	}
	for i := range r.SecurityGroupRules {
		r.SecurityGroupRules[i].Tags = own(r.SecurityGroupRules[i].Tags)
	}
	for i := range r.SecurityGroups {
		r.SecurityGroups[i].Tags = nil
	}
	var claims []awssim.Claim
	for _, c := range r.CachegateClaims {
		intents := make([]string, 0, len(c.Intents))
		for _, name := range c.Intents {
			cluster, item, _ := strings.Cut(name, "/")
			made, _ := a.words.of(itemNames, item)
			intents = append(intents, a.Cache(cluster)+"/"+made)
		}
		c.Intents = intents
		claims = append(claims, c)
	}
	r.CachegateClaims = claims
}

// replace replaces one text, by the field that it stands in.
func (a *Anonymiser) replace(field string, v reflect.Value) {
	if v.Type().Name() != "string" { // an enumeration of AWS's
		return
	}
	text := v.String()
	switch {
	case text == "":
	case field == "Intents", field == "Key" && text == change.ManagedTag, field == "Value" && strings.HasPrefix(text, ownTag):
		// replaced already
	case keptFields[field]:
		v.SetString(tokens(text, a.token))
	case field == "ReplicationGroupId", field == "CacheClusterId", field == "MemberClusters", field == "ServerlessCacheName":
		v.SetString(a.Cache(text))
	case field == "CacheSubnetGroupName":
		made, _ := a.words.of(subnetGroups, strings.ToLower(text))
		v.SetString(made)
	case field == "GroupName":
		made, _ := a.words.of(groupNames, text)
		v.SetString(made)
	case field == "PrefixListName":
		made, _ := a.words.of(listNames, text)
		v.SetString(made)
	case field == "Description" || field == "RequesterId":
		v.SetString(a.description(text))
	default:
		v.SetString(a.plain(text))
	}
}

// plain replaces a text that holds an id, an address, an account or an ARN and nothing else;
// any other is left out.
func (a *Anonymiser) plain(text string) string {
	if _, _, ok := prefixIn(text); ok || wholePattern.MatchString(text) || arnPattern.MatchString(text) {
		return a.Text(text)
	}
	return ""
}

// descriptions are how AWS's services describe the interfaces that they make: by these it is
// told what stands behind one. What follows is somebody's name for it.
var descriptions = []struct {
	pattern *regexp.Regexp
	made    string
}{
	{regexp.MustCompile(`^AWS Lambda VPC ENI-`), "AWS Lambda VPC ENI-anonymous"},
	{regexp.MustCompile(`^arn:[a-z-]+:ecs:`), "arn:aws:ecs:us-east-1:100000000000:attachment/anonymous"},
	{regexp.MustCompile(`^aws-[Kk]8[Ss]-`), "aws-K8S-anonymous"},
	{regexp.MustCompile(`^Amazon EKS `), "Amazon EKS anonymous"},
	{regexp.MustCompile(`^ELB `), "ELB app/anonymous/0"},
	{regexp.MustCompile(`(?i)^client ?vpn endpoint`), "ClientVPN Endpoint resource cvpn-endpoint-0"},
	{regexp.MustCompile(`(?i)(?:resource gateway|\brgw-)`), "resource gateway rgw-0"},
	{regexp.MustCompile(`^Interface for NAT Gateway `), "Interface for NAT Gateway nat-0"},
}

// serviceRequesters are requesters of AWS's own.
var serviceRequesters = regexp.MustCompile(`^amazon-[a-z]+$`)

// description keeps of a description what tells which service made the interface.
func (a *Anonymiser) description(text string) string {
	if serviceRequesters.MatchString(text) || wholePattern.MatchString(text) {
		return tokens(text, a.token)
	}
	for _, d := range descriptions {
		if d.pattern.MatchString(text) {
			return d.made
		}
	}
	if name, ok := strings.CutPrefix(text, "ElastiCache "); ok {
		return "ElastiCache " + a.described(name)
	}
	return ""
}

// described replaces the name of a cache, or of one of its nodes, that a description begins
// with; what comes behind it stays only where it is a number.
func (a *Anonymiser) described(name string) string {
	word := strings.ToLower(strings.Fields(name + " x")[0])
	if _, ok := a.nodes[word]; ok {
		return a.Cache(word)
	}
	if _, ok := a.words.of(caches, word); ok {
		return a.Cache(word)
	}
	return "anonymous"
}

// keptFields hold words of AWS's: states, engines, zones, versions.
var keptFields = fieldSet(
	"AvailabilityZone", "AvailabilityZoneId", "AvailabilityZones", "ZoneName", "ZoneId", "ZoneType", "ParentZoneName", "ParentZoneId", "RegionName", "Region",
	"PeerRegion", "RequesterRegion", "AccepterRegion", "VirtualGatewayRegion", "VirtualInterfaceRegion", "NetworkBorderGroup",
	"IpProtocol", "Protocol", "GatewayId", "Engine", "EngineVersion", "MajorEngineVersion", "FullEngineVersion",
	"Status", "State", "Code", "CacheClusterStatus", "CacheNodeStatus", "CacheNodeId", "CacheNodeType", "NodeGroupId", "CurrentRole", "SlaveStatus",
	"VirtualInterfaceState", "VirtualInterfaceType", "ConnectionState", "GatewayType", "Type", "OwnerAlias", "AddressFamily", "InterfaceType", "OwnerId",
	"InstanceTenancy", "PreferredAvailabilityZone", "Category", "LocationType",
)

func fieldSet(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

// numbers are fields that tell of a company, and that nothing is judged by.
var numbers = fieldSet("Asn", "AmazonSideAsn", "Vlan", "BgpAsn", "BgpAsnExtended")
