package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Case is a whole simulation: a network, what is declared in it, and what happens.
// It says everything in plain values, so that it can be printed, cut down and run
// again.
type Case struct {
	VPCs       []VPC       `json:"vpcs,omitempty"`
	Subnets    []Subnet    `json:"subnets,omitempty"`
	Tables     []Table     `json:"tables,omitempty"`
	Routes     []Route     `json:"routes,omitempty"`
	ACLs       []ACL       `json:"acls,omitempty"`
	Groups     []Group     `json:"groups,omitempty"`
	Rules      []Rule      `json:"rules,omitempty"`
	Interfaces []Interface `json:"interfaces,omitempty"`
	Peerings   []Peering   `json:"peerings,omitempty"`
	Lists      []List      `json:"lists,omitempty"`
	Clusters   []Cluster   `json:"clusters,omitempty"`

	Gateways       []Gateway       `json:"gateways,omitempty"`
	Attachments    []Attachment    `json:"attachments,omitempty"`
	GatewayTables  []GatewayTable  `json:"gatewayTables,omitempty"`
	GatewayRoutes  []GatewayRoute  `json:"gatewayRoutes,omitempty"`
	VPNGateways    []VPNGateway    `json:"vpnGateways,omitempty"`
	VPNs           []VPN           `json:"vpns,omitempty"`
	Circuits       []Circuit       `json:"circuits,omitempty"`
	DXGateways     []DXGateway     `json:"dxGateways,omitempty"`
	DXAssociations []DXAssociation `json:"dxAssociations,omitempty"`

	Intents  []Intent `json:"intents,omitempty"`
	Policies []Policy `json:"policies,omitempty"`
	Steps    []Step   `json:"steps,omitempty"`
}

// VPC is a VPC; DNS support and hostnames are on unless said otherwise.
type VPC struct {
	ID, Account, Region string
	Blocks              []string
	NoSupport           bool `json:",omitempty"`
	NoHostnames         bool `json:",omitempty"`
}

// Subnet is a subnet; without a table it has the VPC's main one, without an ACL
// the default one, which allows all.
type Subnet struct {
	ID, VPC, Block string
	Block6         string `json:",omitempty"`
	Table          string `json:",omitempty"`
	ACL            string `json:",omitempty"`
	Zone           string `json:",omitempty"` // letter of the Availability Zone; empty is a
}

// Table is a route table.
type Table struct {
	ID, VPC string
	Main    bool `json:",omitempty"`
	// Propagating is the virtual private gateway whose routes come into it.
	Propagating string `json:",omitempty"`
}

// Route is a route of a table; local ones are there by themselves.
type Route struct {
	Table, To, Target string
	// Claimed are the intents ("cluster/name") for which cachegate has put it there.
	Claimed []string `json:",omitempty"`
}

// ACL is a network ACL.
type ACL struct {
	ID, VPC string
	Entries []Entry
}

// Entry is an entry of a network ACL, both for IPv4 and by protocol TCP.
type Entry struct {
	Number   int
	Egress   bool `json:",omitempty"`
	Deny     bool `json:",omitempty"`
	Block    string
	From, To int
}

// Group is a security group. Closed ones have no egress but what rules say.
type Group struct {
	ID, VPC string
	Closed  bool `json:",omitempty"`
}

// Rule is a rule of a security group. Protocol is tcp, udp or -1; the peer a CIDR,
// sg-…, account/sg-… or pl-….
type Rule struct {
	Group    string
	Egress   bool `json:",omitempty"`
	Protocol string
	From, To int
	Peer     string
	// Claimed rules carry cachegate's tag.
	Claimed bool `json:",omitempty"`
}

// Interface is a network interface; Cache ones belong to ElastiCache.
type Interface struct {
	ID, Subnet string
	Address    string
	Address6   string `json:",omitempty"`
	Groups     []string
	Cache      bool `json:",omitempty"`
}

// Peering is a peering connection.
type Peering struct {
	ID, Requester, Accepter string
	Status                  string // of AWS's words; empty is active
	// RequesterDNS and AccepterDNS let the other side resolve names of this one.
	RequesterDNS bool `json:",omitempty"`
	AccepterDNS  bool `json:",omitempty"`
}

// List is a prefix list.
type List struct {
	ID, Account, Region string
	Entries             []string
	Max                 int
}

// The kinds of cluster.
const (
	group      = "replicationgroup"
	node       = "cluster"
	serverless = "serverlesscache"
)

// Cluster is a cache.
type Cluster struct {
	Name, Kind string
	VPC        string
	Engine     string
	Port       int
	Subnets    []string
	Groups     []string
	// Moving are groups that it is just getting.
	Moving  []string `json:",omitempty"`
	Network string   `json:",omitempty"` // ipv4, ipv6, dual_stack
}

// Intent is a declared access. Times are minutes from the start of the case; 0 is
// none. Wrong names a field that holds nonsense.
type Intent struct {
	Cluster, Name string
	Sources       []string
	Path          string `json:",omitempty"`
	Via           string `json:",omitempty"`
	Closed        bool   `json:",omitempty"`
	Ports         []int  `json:",omitempty"`
	NotBefore     int    `json:",omitempty"`
	ExpiresAt     int    `json:",omitempty"`
	Wrong         string `json:",omitempty"`
}

// Policy is a policy item; empty fields are left out of it.
type Policy struct {
	Target         string   // * or a cluster's name
	Mode           string   `json:",omitempty"`
	Undeclared     string   `json:",omitempty"`
	Writes         []string `json:",omitempty"`
	SharedGroups   string   `json:",omitempty"`
	MaxCloses      int      `json:",omitempty"`
	RulesPerGroup  int      `json:",omitempty"`
	RoutesPerTable int      `json:",omitempty"`
}

// Step is one thing that happens. Do says what, the rest with what.
type Step struct {
	Do string
	// On is what it happens to: a unit's VPC, a group, a table, an interface ….
	On string `json:",omitempty"`
	// At picks the n-th of what is there, by its id.
	At int `json:",omitempty"`
	// To is what it becomes: a peer, a target, a group, a state.
	To    string `json:",omitempty"`
	Block string `json:",omitempty"`
	Port  int    `json:",omitempty"`
	Times int    `json:",omitempty"`
	After bool   `json:",omitempty"`

	Intent *Intent `json:",omitempty"`
	Policy *Policy `json:",omitempty"`
	Step   *Step   `json:",omitempty"`
}

// String tells a step for the story.
func (s Step) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// String prints a case as JSON with one element a line.
func (c Case) String() string {
	var b bytes.Buffer
	b.WriteString("{")
	v := reflect.ValueOf(c)
	first := true
	for i := range v.NumField() {
		list := v.Field(i)
		if list.Len() == 0 {
			continue
		}
		if !first {
			b.WriteString(",")
		}
		first = false
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		fmt.Fprintf(&b, "\n %q: [", name)
		for j := range list.Len() {
			if j > 0 {
				b.WriteString(",")
			}
			text, err := json.Marshal(list.Index(j).Interface())
			if err != nil {
				text = []byte(err.Error())
			}
			b.WriteString("\n  ")
			b.Write(text)
		}
		b.WriteString("]")
	}
	b.WriteString("\n}\n")
	return b.String()
}

// parseCase reads what String prints.
func parseCase(text []byte) (Case, error) {
	var c Case
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&c)
	return c, err
}
