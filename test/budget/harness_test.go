package budget

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/settings"
	"github.com/cachegate/cachegate/shared/worker"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	vpc     = "vpc-0c"
	// round is how long every call takes.
	round = 20 * time.Millisecond
	// limit is the timeout of the reconcile function.
	limit = 5 * time.Minute
)

func unit() network.Unit {
	return network.Unit{Location: network.Location{Account: account, Region: region}, VPC: vpc}
}

// deployment is both functions on an AWS in memory.
type deployment struct {
	t        *testing.T
	sim      *awssim.Sim
	config   aws.Config
	dispatch *dispatch.Handler
	worker   *worker.Worker
	log      *callLog
	messages int
}

// callLog notes every call with the round in which it was made.
type callLog struct {
	mu    sync.Mutex
	began time.Time
	calls []made
	// queued are the bodies of the wake-ups that were sent, schedules those that are set.
	queued    []string
	schedules map[string]bool
	sent      map[string]bool
}

type made struct {
	name  string
	round int
	about string
}

func deploy(t *testing.T, world string) *deployment {
	t.Helper()
	w, _, err := awssim.Load("world.json", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{t: t, log: &callLog{schedules: map[string]bool{}, sent: map[string]bool{}}, sim: awssim.New(w, awssim.WithClock(time.Now))}
	h := hub.New(account, region)
	h.AddTable("intents", intent.FieldCluster, intent.FieldName)
	h.AddTable("ledger", dynamo.PartitionKey, dynamo.SortKey)
	cfg := h.Behind(d.sim.Config(account, region, awssim.Actor{RoleARN: role("reconcile"), Session: "cachegate"}))
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Insert(&meter{log: d.log}, "awssim/hub", middleware.Before)
	})
	d.config = cfg
	d.start()
	return d
}

// start gives both functions fresh processes.
func (d *deployment) start() {
	s, log := values(d.t), slog.New(slog.DiscardHandler)
	d.dispatch = deployed.Dispatch(d.config, s, log, io.Discard)
	d.worker = deployed.Reconcile(d.config, s, log, io.Discard)
}

func role(name string) string { return "arn:aws:iam::" + account + ":role/prod-" + name }

func values(t *testing.T) settings.Settings {
	t.Helper()
	arn := func(service, name string) string {
		return "arn:aws:" + service + ":" + region + ":" + account + ":" + name
	}
	s, err := settings.New(map[string]string{
		settings.Deployment: "prod", settings.DefaultMode: "enforce", settings.Account: account, settings.Locations: account + "/" + region,
		settings.OwnRoles: role("reconcile"), settings.IntentsTable: "intents", settings.LedgerTable: "ledger",
		settings.WakeQueue:  "https://sqs." + region + ".amazonaws.com/" + account + "/wake.fifo",
		settings.LaterQueue: "https://sqs." + region + ".amazonaws.com/" + account + "/later.fifo",
		settings.AlertTopic: arn("sns", "alerts"), settings.ChatTopic: arn("sns", "chat"), settings.Bus: "prod",
		settings.ScheduleGroup: "prod", settings.ScheduleTarget: arn("sqs", "events"), settings.ScheduleRole: role("schedules"),
		settings.ScheduleDeadLetters: arn("sqs", "dead"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// declare writes intents and policies to the table, as people do.
func (d *deployment) declare(fields ...map[string]any) {
	d.t.Helper()
	for _, f := range fields {
		item := intenttable.Item{}
		for name, v := range f {
			item[name] = attribute(v)
		}
		if _, err := dynamodb.NewFromConfig(d.config).PutItem(d.t.Context(), &dynamodb.PutItemInput{TableName: aws.String("intents"), Item: item}); err != nil {
			d.t.Fatal(err)
		}
	}
}

// cost is what an invocation took.
type cost struct {
	calls, rounds int
	// wrote is the round of the last write to EC2; zero where there was none.
	wrote int
	made  []made
}

// measured runs something and gives what it cost.
func (d *deployment) measured(work func()) cost {
	d.log.mu.Lock()
	d.log.began, d.log.calls = time.Now(), nil
	d.log.mu.Unlock()
	work()
	c := cost{calls: len(d.log.calls), rounds: int(time.Since(d.log.began) / round), made: slices.Clone(d.log.calls)}
	for _, m := range c.made {
		if service, operation, _ := strings.Cut(m.name, ":"); service == "ec2" && !reads(operation) {
			c.wrote = m.round
		}
	}
	return c
}

func reads(operation string) bool {
	return slices.ContainsFunc([]string{"Describe", "Get", "Search", "List"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}

func (c cost) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d calls in %d rounds, EC2 written in round %d\n", c.calls, c.rounds, c.wrote)
	for _, m := range c.made {
		fmt.Fprintf(&b, "  %2d %s %s\n", m.round, m.name, m.about)
	}
	return b.String()
}

// run wakes the unit.
func (d *deployment) run() cost {
	d.t.Helper()
	body, err := json.Marshal(map[string]any{"unit": unit().String(), "trigger": "test", "sent": time.Now()})
	if err != nil {
		d.t.Fatal(err)
	}
	d.messages++
	ctx, cancel := context.WithTimeout(d.t.Context(), limit)
	defer cancel()
	return d.measured(func() {
		answer, err := d.worker.Handle(ctx, lambdaevents.SQSEvent{Records: []lambdaevents.SQSMessage{{MessageId: fmt.Sprint(d.messages), Body: string(body)}}})
		if err != nil || len(answer.BatchItemFailures) > 0 {
			d.t.Errorf("the run failed: %v %v", err, answer)
		}
	})
}

// deliver gives the events that what happened since the last time made to dispatch.
func (d *deployment) deliver() cost {
	d.t.Helper()
	var batch struct{ Records []map[string]any }
	for n, e := range d.sim.TakeEvents() {
		batch.Records = append(batch.Records, map[string]any{"eventSource": "aws:sqs", "messageId": fmt.Sprint(n), "body": string(e)})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.measured(func() {
		if answer, err := d.dispatch.Handle(d.t.Context(), payload); err != nil || len(answer.BatchItemFailures) > 0 {
			d.t.Errorf("dispatch failed: %v %v", err, answer)
		}
	})
}

// settle runs the unit until nothing is written any more, and forgets what was sent.
func (d *deployment) settle() {
	d.t.Helper()
	const most = 5
	for range most {
		if d.run().wrote == 0 {
			d.sim.TakeEvents()
			return
		}
		time.Sleep(time.Minute)
	}
	d.t.Fatal("the unit does not settle")
}

// meter stands before everything that answers a call: each takes one round.
type meter struct{ log *callLog }

// ID names the middleware in its step.
func (*meter) ID() string { return "budget" }

// HandleInitialize counts a call, lets a round pass and has it answered.
func (m *meter) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	m.log.note(strings.ReplaceAll(strings.ToLower(awsmiddleware.GetServiceID(ctx)), " ", "")+":"+awsmiddleware.GetOperationName(ctx), in.Parameters)
	if err := deployed.Sleep(ctx, round); err != nil {
		return out, metadata, err
	}
	if answer, ok, err := m.log.answer(in.Parameters); ok {
		out.Result = answer
		return out, metadata, err
	}
	return next.HandleInitialize(ctx, in)
}

func (l *callLog) note(name string, in any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, made{name: name, round: int(time.Since(l.began)/round) + 1, about: about(in)})
}

// answer answers the calls to what neither the network nor the hub answer.
func (l *callLog) answer(in any) (out any, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch in := in.(type) {
	case *sqs.SendMessageBatchInput:
		answer := &sqs.SendMessageBatchOutput{}
		for _, e := range in.Entries {
			if id := *in.QueueUrl + *e.MessageDeduplicationId; !l.sent[id] {
				l.sent[id] = true
				l.queued = append(l.queued, *e.MessageBody)
			}
			answer.Successful = append(answer.Successful, sqstypes.SendMessageBatchResultEntry{Id: e.Id})
		}
		return answer, true, nil
	case *scheduler.UpdateScheduleInput:
		if !l.schedules[*in.Name] {
			return nil, true, &schedulertypes.ResourceNotFoundException{Message: aws.String("no such schedule")}
		}
		return &scheduler.UpdateScheduleOutput{}, true, nil
	case *scheduler.CreateScheduleInput:
		l.schedules[*in.Name] = true
		return &scheduler.CreateScheduleOutput{}, true, nil
	case *scheduler.DeleteScheduleInput:
		if !l.schedules[*in.Name] {
			return nil, true, &schedulertypes.ResourceNotFoundException{Message: aws.String("no such schedule")}
		}
		delete(l.schedules, *in.Name)
		return &scheduler.DeleteScheduleOutput{}, true, nil
	default:
		return nil, false, nil
	}
}
