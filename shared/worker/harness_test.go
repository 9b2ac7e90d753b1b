package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/wake/waketest"
	"github.com/cachegate/cachegate/shared/worker"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	role    = "arn:aws:iam::111122223333:role/cachegate-hub"
	// caches and checkout are the groups of the sample events.
	caches   = "sg-0cac4e0a1b2c3d4e5"
	checkout = "sg-0e81c00a1b2c3d4e5"
)

var (
	here     = network.Location{Account: account, Region: region}
	cacheVPC = network.Unit{Location: here, VPC: "vpc-0cac4e0a1b2c3d4e5"}
)

// world is the part of the samples' network that is about the checkout application.
const world = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0cac4e0a1b2c3d4e5, CidrBlock: 10.20.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets:
      - {SubnetId: subnet-0cac4ea01b2c3d4e5, VpcId: vpc-0cac4e0a1b2c3d4e5, CidrBlock: 10.20.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0e81c0a01b2c3d4e5, VpcId: vpc-0cac4e0a1b2c3d4e5, CidrBlock: 10.20.9.0/24, AvailabilityZone: us-east-1a}
    SecurityGroups:
      - {GroupId: sg-0cac4e0a1b2c3d4e5, GroupName: sessions, VpcId: vpc-0cac4e0a1b2c3d4e5}
      - {GroupId: sg-0e81c00a1b2c3d4e5, GroupName: checkout, VpcId: vpc-0cac4e0a1b2c3d4e5, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0e81c00a1b2c3d4e5, VpcId: vpc-0cac4e0a1b2c3d4e5, SubnetId: subnet-0e81c0a01b2c3d4e5, PrivateIpAddress: 10.20.9.10, Groups: [{GroupId: sg-0e81c00a1b2c3d4e5}]}
    ReplicationGroups:
      - {ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}
    CacheClusters:
      - CacheClusterId: sessions-001
        ReplicationGroupId: sessions
        CacheClusterStatus: available
        Engine: valkey
        CacheSubnetGroupName: cache-private
        SecurityGroups: [{SecurityGroupId: sg-0cac4e0a1b2c3d4e5, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
    CacheSubnetGroups:
      - {CacheSubnetGroupName: cache-private, VpcId: vpc-0cac4e0a1b2c3d4e5, Subnets: [{SubnetIdentifier: subnet-0cac4ea01b2c3d4e5}]}
`

const mayReach = "- {cluster: sessions, name: checkout, source: sg-0e81c00a1b2c3d4e5, owner: team-checkout}\n"

// harness is both functions as they are deployed, before an AWS, a ledger and a
// queue in memory, and a clock that stands still until it is moved.
type harness struct {
	*worker.Worker
	t          *testing.T
	sim        *awssim.Sim
	ledger     *ledger.Memory
	dispatcher *dispatch.Handler
	runner     *reconcile.Runner
	queue      *waketest.Queue
	schedules  map[network.Unit]time.Time
	teller     *teller
	now        time.Time
	set        intent.Set
	out, log   bytes.Buffer
}

// Declared implements reconcile.Intents.
func (h *harness) Declared(context.Context) (intent.Set, error) { return h.set, nil }

// Move implements worker.Schedules.
func (h *harness) Move(_ context.Context, unit network.Unit, at time.Time) error {
	delete(h.schedules, unit)
	if !at.IsZero() {
		h.schedules[unit] = at
	}
	return nil
}

// teller keeps what people were told.
type teller struct {
	told []notify.Note
	// down says how many more times nothing can be told.
	down int
}

func (p *teller) Tell(_ context.Context, notes []notify.Note) ([]notify.Note, error) {
	if p.down > 0 {
		p.down--
		return notes, errDown
	}
	p.told = append(p.told, notes...)
	return nil, nil
}

// build puts everything together, with every unit judged once as a first sweep does.
func build(t *testing.T, intents string) *harness {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{
		t: t, sim: awssim.New(w), ledger: ledger.NewMemory(), schedules: map[network.Unit]time.Time{}, teller: &teller{},
		now: time.Now().Truncate(wake.Bucket), // deadlines are the system clock's
	}
	clock := func() time.Time { return h.now }
	h.queue = waketest.New(clock)
	h.declare(intents)
	config := func(_ context.Context, l network.Location) (aws.Config, error) {
		return h.sim.Config(l.Account, l.Region, awssim.Actor{RoleARN: role, Session: "cachegate"}), nil
	}
	clients := observe.NewClients(config, elasticache.New)
	log := slog.New(slog.NewJSONHandler(&h.log, nil))
	h.runner = &reconcile.Runner{
		Clients: clients, Writer: apply.NewClients(config).For, Ledger: h.ledger, Intents: h, Locations: []network.Location{here}, Home: here,
		Deployment: "prod", Owner: "function", LeaseTime: 6 * time.Minute, Clock: clock,
		Sleep: func(context.Context, time.Duration) error { return nil }, Log: log,
	}
	emitter := &metrics.Emitter{Deployment: "prod", Clock: clock, Out: &h.out}
	h.dispatcher = &dispatch.Handler{
		Dispatcher: &dispatch.Dispatcher{Index: h.ledger, Claims: h.ledger, Journal: h.ledger, OwnRoles: []string{role}, Home: here, Clock: clock},
		Intents:    h, Queue: h.queue.Sender(), Metrics: emitter, Log: log,
	}
	h.Worker = &worker.Worker{
		Runner: h.runner, Queue: h.queue.Sender(), Schedules: h, Teller: h.teller, Notices: h.ledger, RecentEvents: h.ledger, Forget: func() {}, Calls: clients.Calls,
		Metrics: emitter, Log: log, Clock: clock,
	}
	if _, err := h.runner.Judge(t.Context(), cacheVPC); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *harness) declare(intents string) {
	h.t.Helper()
	set, _, err := replay.LoadIntents(h.t.Context(), "intents.yaml", []byte(intents), h.sim)
	if err != nil {
		h.t.Fatal(err)
	}
	h.set = set
}

// deliver hands bodies of the events queue to dispatch, which must take them all.
func (h *harness) deliver(bodies ...string) {
	h.t.Helper()
	var batch struct{ Records []map[string]string }
	for i, b := range bodies {
		batch.Records = append(batch.Records, map[string]string{"eventSource": "aws:sqs", "messageId": fmt.Sprint(i), "body": b})
	}
	h.dispatch(batch)
}

// changed hands a change of the intents table to dispatch.
func (h *harness) changed(cluster, name string) {
	h.t.Helper()
	key := func(text string) map[string]string { return map[string]string{"S": text} }
	h.dispatch(map[string]any{"Records": []map[string]any{{
		"eventSource": "aws:dynamodb", "dynamodb": map[string]any{"SequenceNumber": "1", "Keys": map[string]any{"cluster": key(cluster), "name": key(name)}},
	}}})
}

func (h *harness) dispatch(batch any) {
	h.t.Helper()
	data, err := json.Marshal(batch)
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := h.dispatcher.Handle(h.t.Context(), data)
	if err != nil || len(response.BatchItemFailures) > 0 {
		h.t.Fatalf("dispatch gave %v, %v", response.BatchItemFailures, err)
	}
}

// work lets the delay of the queue pass and carries out what waits in it, with what
// follows from that at once, and gives how many messages failed.
func (h *harness) work() (failed int) {
	h.t.Helper()
	failed = h.first()
	h.now = h.now.Add(wake.Delay)
	return failed + h.first()
}

// first carries out what can be received now.
func (h *harness) first() (failed int) {
	h.t.Helper()
	for {
		batch, ok := h.queue.Receive()
		if !ok {
			return failed
		}
		response, err := h.Handle(h.t.Context(), batch)
		if err != nil {
			h.t.Fatal(err)
		}
		failed += len(response.BatchItemFailures)
	}
}

// settle works until nothing waits any more.
func (h *harness) settle() {
	h.t.Helper()
	for range 10 {
		if failed := h.work(); failed > 0 {
			h.t.Fatalf("%d wake-ups failed: %s", failed, h.log.String())
		}
		if len(h.queue.Waiting(h.t)) == 0 {
			return
		}
	}
	h.t.Fatal("wake-ups follow from wake-ups without end")
}

// sample is a sample event.
func sample(t *testing.T, family, name string) string {
	t.Helper()
	for _, s := range events.Samples() {
		if s.Family == family && s.Name == name {
			return string(s.Data)
		}
	}
	t.Fatalf("there is no sample %s.%s", family, name)
	return ""
}

// sources are those of the ingress rules of the caches' group.
func (h *harness) sources() []string {
	h.t.Helper()
	out, err := h.admin().DescribeSecurityGroups(h.t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{caches}})
	if err != nil {
		h.t.Fatal(err)
	}
	found := []string{}
	for _, p := range out.SecurityGroups[0].IpPermissions {
		for _, g := range p.UserIdGroupPairs {
			found = append(found, fmt.Sprintf("%s:%d", *g.GroupId, *p.FromPort))
		}
	}
	return found
}

// admin is somebody who is not cachegate.
func (h *harness) admin() *ec2.Client {
	return ec2.NewFromConfig(h.sim.Config(account, region, awssim.Actor{Session: "alice"}))
}

// told are the findings that people heard of, as "access-missing RESOLVED".
func (h *harness) told() []string {
	out := []string{}
	for _, n := range h.teller.told {
		out = append(out, string(n.Finding.Kind)+" "+string(n.Finding.Status))
	}
	return out
}

// measured sums a metric up.
func (h *harness) measured(name metrics.Name) float64 {
	h.t.Helper()
	sum := 0.0
	for text := range strings.Lines(h.out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			h.t.Fatal(err)
		}
		n, _ := line[string(name)].(float64)
		sum += n
	}
	return sum
}

func wants(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
