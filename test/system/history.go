package system

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// History is all that happens to a deployment of cachegate: where it works, what is
// declared from the start, what others do when, and which faults strike. It is plain
// data, so that it can be printed, made shorter and played again.
type History struct {
	// Seed draws the latencies of calls and the delays of messages.
	Seed uint64
	// Workers is how many environments of the reconcile function there may be.
	Workers  int
	Shape    Shape
	Clusters []Cluster
	Policy   Policy
	Intents  []Intent `json:",omitempty"`
	Steps    []Step   `json:",omitempty"`
	Faults   []Fault  `json:",omitempty"`
}

// Shape is how the VPCs of a history are joined.
type Shape string

// The shapes.
const (
	One     Shape = "one VPC"
	Twins   Shape = "two VPCs with caches, peered"
	Far     Shape = "a VPC with caches, peered with one of another account"
	Star    Shape = "two VPCs with caches, both peered with one of another account"
	Gateway Shape = "a VPC with caches and one of another account at a transit gateway"
)

// Cluster is a cache: a replication group of one node, or a serverless cache.
type Cluster struct {
	Name, VPC  string
	Groups     []string
	Serverless bool `json:",omitempty"`
}

// Intent is what is declared. Times are from the start of the history; zero is none.
type Intent struct {
	Cluster, Name, Source string
	Path                  string `json:",omitempty"`
	Closed                bool   `json:",omitempty"`
	From, Until           time.Duration
	// Wrong is a malformed one.
	Wrong bool `json:",omitempty"`
}

func (i Intent) key() string { return i.Cluster + "/" + i.Name }

// Policy is the policy of all clusters.
type Policy struct {
	Mode       string
	Undeclared string `json:",omitempty"`
	Shared     string `json:",omitempty"`
	MaxCloses  int    `json:",omitempty"`
}

// Step is one thing that somebody does at a time.
type Step struct {
	At time.Duration
	Do Do
	// By is who does it, where that may be several: a person, another tool, another deployment.
	By string `json:",omitempty"`
	// On is what it is done to: a group, a route table, a cluster, a unit's VPC.
	On string `json:",omitempty"`
	// Which picks the n-th of what is there.
	Which int `json:",omitempty"`
	// Peer, To and Target say what a rule or a route is made for.
	Peer   string  `json:",omitempty"`
	To     string  `json:",omitempty"`
	Target string  `json:",omitempty"`
	Intent *Intent `json:",omitempty"`
	Policy *Policy `json:",omitempty"`
}

// Do is what is done in a step.
type Do string

// What may be done.
const (
	Declare     Do = "declare"
	Withdraw    Do = "withdraw"
	EmptyTable  Do = "empty the table"
	SetPolicy   Do = "set the policy"
	Authorize   Do = "authorize a rule"
	Revoke      Do = "revoke a rule"
	RevokeOurs  Do = "revoke a rule of cachegate's"
	Modify      Do = "modify a rule"
	CopyTag     Do = "copy the tag of a rule to another"
	CreateRoute Do = "create a route"
	DeleteRoute Do = "delete a route"
	DeleteCache Do = "delete a cluster"
	MoveCache   Do = "give a cluster another group"
	Operate     Do = "run a unit from a laptop"
)

// until is when the last step has happened and the last fault is over.
func (h History) until() time.Duration {
	var last time.Duration
	for _, s := range h.Steps {
		last = max(last, s.At)
	}
	for _, f := range h.Faults {
		last = max(last, f.last())
	}
	for _, i := range h.allIntents() {
		last = max(last, i.From, i.Until)
	}
	return last
}

// allIntents are those that are declared at some time.
func (h History) allIntents() []Intent {
	out := slices.Clone(h.Intents)
	for _, s := range h.Steps {
		if s.Intent != nil {
			out = append(out, *s.Intent)
		}
	}
	return out
}

// String prints a history as JSON with one element a line.
func (h History) String() string {
	var b strings.Builder
	line := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	fmt.Fprintf(&b, "{\"Seed\": %d, \"Workers\": %d, \"Shape\": %s,\n \"Policy\": %s", h.Seed, h.Workers, line(h.Shape), line(h.Policy))
	list(&b, "Clusters", h.Clusters, line)
	list(&b, "Intents", h.Intents, line)
	list(&b, "Steps", h.Steps, line)
	list(&b, "Faults", h.Faults, line)
	b.WriteString("\n}\n")
	return b.String()
}

func list[T any](b *strings.Builder, name string, all []T, line func(any) string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, ",\n %q: [", name)
	for i, v := range all {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  " + line(v))
	}
	b.WriteString("]")
}

// Parse reads what String prints.
func Parse(text []byte) (History, error) {
	var h History
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return History{}, fmt.Errorf("reading a history: %w", err)
	}
	return h, nil
}
