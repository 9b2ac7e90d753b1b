package hub

import (
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// Hub is the tables and stacks of one account and Region. Its methods may be called from many goroutines; every call
// to AWS happens wholly or not at all.
type Hub struct {
	account, region string

	mu     sync.Mutex
	tables map[string]*table
	stacks map[string]Stack
	faults []*Fault
	hooks  []func(operation string)
	calls  map[string]int
	page   int
	// caller is whose credentials are used, sent are the bodies of the messages that went to queues.
	caller string
	sent   []Message
	// queues are how many messages wait, by the URLs of queues.
	queues map[string]int
}

// New makes an empty hub.
func New(account, region string) *Hub {
	return &Hub{
		account: account, region: region, tables: map[string]*table{}, stacks: map[string]Stack{}, calls: map[string]int{}, queues: map[string]int{},
		caller: "arn:aws:sts::" + account + ":assumed-role/operator/erin",
	}
}

// AddTable makes an empty table whose keys are two strings.
func (h *Hub) AddTable(name, partitionKey, sortKey string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tables[name] = &table{name: name, partition: partitionKey, sort: sortKey, items: map[string]item{}}
}

// PageSize makes scans and queries answer in pages of n items, as DynamoDB does with more than a megabyte.
func (h *Hub) PageSize(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.page = n
}

// Stack is a CloudFormation stack.
type Stack struct {
	Name string
	// Status is CREATE_COMPLETE where it is empty.
	Status  string
	Outputs map[string]string
}

// AddStack makes a stack, or replaces the one with its name.
func (h *Hub) AddStack(s Stack) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stacks[s.Name] = s
}

// Fault makes calls fail with an error code.
type Fault struct {
	// Operation is "dynamodb:Scan" or "Scan"; empty matches every call.
	Operation string
	// Match narrows it to calls with some inputs; nil matches all.
	Match         func(input any) bool
	Code, Message string
	// Err is given instead of a code: any other error, such as a time-out.
	Err error
	// After is how many calls go through first; Times how many fail then, 0 for all.
	After, Times int

	seen int
}

// Fail adds a fault.
func (h *Hub) Fail(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, &f)
}

// Heal removes every fault.
func (h *Hub) Heal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
}

// OnCall adds what is called before every call, with its name such as
// "dynamodb:Scan": it may use the hub itself, as somebody else who acts just then.
func (h *Hub) OnCall(hook func(operation string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hooks = append(slices.Clip(h.hooks), hook)
}

// Calls counts the calls so far, such as "dynamodb:Scan".
func (h *Hub) Calls() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.calls)
}

// Behind gives a configuration whose calls to DynamoDB, CloudFormation, SNS, EventBridge and STS are answered by the hub, and
// all others as before. A client of another Region finds nothing.
func (h *Hub) Behind(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		const network = "awssim" // answers everything that comes as far as it
		if _, ok := stack.Initialize.Get(network); ok {
			return stack.Initialize.Insert(&answer{hub: h}, network, middleware.Before)
		}
		return stack.Initialize.Add(&answer{hub: h}, middleware.After)
	})
	return cfg
}
