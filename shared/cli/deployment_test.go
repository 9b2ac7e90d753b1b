package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/settings"
)

const (
	hubAccount = "111122223333"
	hubRegion  = "us-east-1"
)

// deploymentInMemory is a deployment of cachegate with the network of a world.
type deploymentInMemory struct {
	sim *awssim.Sim
	hub *hub.Hub
	now time.Time
	// outputs are those of its stack.
	outputs map[string]string
	// input is the standard input, answer what somebody types who is asked; nil:
	// nobody is there.
	answer *string
}

// deploy makes a deployment of a world file that has nothing declared.
func deploy(path string) (*deploymentInMemory, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	world, _, err := awssim.Load(path, data)
	if err != nil {
		return nil, err
	}
	d := &deploymentInMemory{hub: hub.New(hubAccount, hubRegion), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	d.sim = awssim.New(world, awssim.WithClock(func() time.Time { return d.now }))
	d.hub.AddTable("cachegate-intents", intent.FieldCluster, intent.FieldName)
	d.hub.AddTable("cachegate-ledger", dynamo.PartitionKey, dynamo.SortKey)
	d.outputs = map[string]string{
		settings.OutputDeployment: live.DefaultStack, settings.OutputDefaultMode: string(intent.Observe),
		settings.OutputLocations:    hubAccount + "/" + hubRegion,
		settings.OutputIntentsTable: "cachegate-intents", settings.OutputLedgerTable: "cachegate-ledger",
		settings.OutputWakeQueue:  "https://sqs.us-east-1.amazonaws.com/" + hubAccount + "/wake.fifo",
		settings.OutputAlertTopic: "arn:aws:sns:us-east-1:" + hubAccount + ":alerts", settings.OutputBus: "cachegate",
		settings.OutputReconcileRole: "arn:aws:iam::" + hubAccount + ":role/Cachegate-reconcile-us-east-1",
	}
	d.outputs[settings.OutputEventsQueue] = "https://sqs.us-east-1.amazonaws.com/" + hubAccount + "/events"
	d.hub.AddQueue(d.outputs[settings.OutputWakeQueue], 0, 0)
	d.hub.AddQueue(d.outputs[settings.OutputEventsQueue], 3, 0)
	d.hub.AddStack(hub.Stack{Name: live.DefaultStack, Outputs: d.outputs})
	return d, nil
}

func (d *deploymentInMemory) load(_ context.Context, region, _ string) (aws.Config, error) {
	if region == "" {
		region = hubRegion
	}
	return d.hub.Behind(d.sim.Config(hubAccount, region, awssim.Actor{Session: "operator"})), nil
}

// table is the intents table, for what a command did not write.
func (d *deploymentInMemory) client() *dynamodb.Client {
	cfg, _ := d.load(context.Background(), "", "")
	return dynamodb.NewFromConfig(cfg)
}

func (d *deploymentInMemory) ledger() *dynamo.Ledger {
	return dynamo.New(d.client(), dynamo.Options{Table: "cachegate-ledger", Sleep: deployed.Sleep})
}

// put writes items as they are, right or wrong.
func (d *deploymentInMemory) put(ctx context.Context, data []byte) error {
	records, err := intentfile.Parse("put.yaml", data)
	if err != nil {
		return err
	}
	for _, r := range records {
		item, err := intenttable.ToItem(r)
		if err != nil {
			return err
		}
		if _, err := d.client().PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("cachegate-intents"), Item: item}); err != nil {
			return err
		}
	}
	return nil
}

// show gives the intents table as YAML.
func (d *deploymentInMemory) show(ctx context.Context) (string, error) {
	items, err := store.NewTable(d.client(), "cachegate-intents").List(ctx)
	return string(intentfile.Format(recordsOf(items))), err
}

// sweep does what the deployed functions do at the next sweep.
func (d *deploymentInMemory) sweep(ctx context.Context) error {
	var out, errs bytes.Buffer
	a := d.app(&out, &errs, nil)
	found, err := a.deployment(ctx, liveFlags{stack: live.DefaultStack})
	if err != nil {
		return err
	}
	session, err := a.liveSession(found, true)
	if err != nil {
		return err
	}
	_, err = session.Sweep(ctx)
	return err
}

// app is a command line that works on the deployment.
func (d *deploymentInMemory) app(out, errs *bytes.Buffer, environ []string) *app {
	a := newTestApp(out)
	a.stderr, a.environment = errs, newEnvironment(environ)
	a.environment["TERM"] = "xterm-256color"
	a.clock = func() time.Time { return d.now }
	a.load = d.load
	a.asked = func() bool { return d.answer != nil }
	if d.answer != nil {
		a.stdin = strings.NewReader(*d.answer)
	}
	return a
}

const deploymentKey = "deployment"

func deploymentOf(ts *testscript.TestScript) *deploymentInMemory {
	d, ok := ts.Value(deploymentKey).(*deploymentInMemory)
	if !ok {
		ts.Fatalf("the script has no deployment")
	}
	return d
}

// liveCommand is the command `live N ARGS...`: cachegate on the script's deployment,
// with the exit status N. An argument <FILE is its standard input.
func liveCommand(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) == 0 {
		ts.Fatalf("usage: live N ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	d := deploymentOf(ts)
	var out, errs bytes.Buffer
	var environ []string
	for _, name := range []string{stackVariable, settings.IntentsTable} {
		environ = append(environ, name+"="+ts.Getenv(name))
	}
	a := d.app(&out, &errs, environ)
	var rest []string
	for _, arg := range args[1:] {
		if path, ok := strings.CutPrefix(arg, "<"); ok {
			a.stdin = strings.NewReader(ts.ReadFile(path))
			continue
		}
		if strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".json") {
			arg = shortPath(ts.MkAbs(arg))
		}
		rest = append(rest, arg)
	}
	got := a.main(context.Background(), rest)
	fmt.Fprint(ts.Stdout(), out.String())
	fmt.Fprint(ts.Stderr(), errs.String())
	if got != want {
		ts.Fatalf("cachegate %v ended with %d, expected %d\n%s%s", rest, got, want, out.String(), errs.String())
	}
}

// shortPath gives a path from the folder that the tests run in.
func shortPath(path string) string {
	folder, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(folder, path); err == nil {
		return short
	}
	return path
}

// awsCommand is the command `aws VERB ARGS...`, which does to the script's
// deployment what others do.
func awsCommand(ts *testscript.TestScript, negated bool, args []string) {
	d := deploymentOf(ts)
	ctx := context.Background()
	fmt.Fprint(ts.Stdout(), "") // what the last command printed is not this one's
	switch {
	case negated || len(args) == 0:
		ts.Fatalf("usage: aws world FILE | put FILE | sweep | sent | output NAME VALUE | lease UNIT | calls OPERATION | show | fail OPERATION CODE | forbid CLUSTER | meanwhile OPERATION FILE | heal | answer TEXT | later DURATION | writes")
	case args[0] == "world": // the deployment is in another network
		other, err := deploy(ts.MkAbs(args[1]))
		ts.Check(err)
		d.sim, d.hub, d.outputs = other.sim, other.hub, other.outputs
	case args[0] == "put":
		ts.Check(d.put(ctx, []byte(ts.ReadFile(args[1]))))
	case args[0] == "sweep":
		ts.Check(d.sweep(ctx))
	case args[0] == "lease": // somebody else takes a unit
		unit, err := network.ParseUnit(args[1])
		ts.Check(err)
		_, err = d.ledger().Acquire(ctx, unit, "somebody", d.now, time.Minute)
		ts.Check(err)
	case args[0] == "sent": // what went to queues
		for _, m := range d.hub.Sent() {
			fmt.Fprintln(ts.Stdout(), m.Body)
		}
	case args[0] == "dead": // so many messages of the wake queue could not be delivered
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		d.hub.AddQueue(d.outputs[settings.OutputWakeQueue], 0, n)
	case args[0] == "calls":
		fmt.Fprintln(ts.Stdout(), d.hub.Calls()[args[1]])
	case args[0] == "output": // the stack is deployed anew
		d.outputs[args[1]] = args[2]
		d.hub.AddStack(hub.Stack{Name: live.DefaultStack, Outputs: d.outputs})
	case args[0] == "show":
		text, err := d.show(ctx)
		ts.Check(err)
		fmt.Fprint(ts.Stdout(), text)
	case args[0] == "fail":
		d.hub.Fail(hub.Fault{Operation: args[1], Code: args[2], Message: "injected"})
		d.sim.Fail(awssim.Injection{Operation: args[1], Code: args[2]})
	case args[0] == "forbid": // reading a partition of the intents table
		d.hub.Fail(hub.Fault{Operation: "dynamodb:Query", Code: "AccessDeniedException", Message: "injected", Match: func(input any) bool {
			query, ok := input.(*dynamodb.QueryInput)
			if !ok {
				return false
			}
			cluster, ok := query.ExpressionAttributeValues[":cluster"].(*types.AttributeValueMemberS)
			return ok && cluster.Value == args[1]
		}})
	case args[0] == "meanwhile": // somebody writes a file's items before the next call of an operation
		data, done := []byte(ts.ReadFile(args[2])), false
		d.hub.OnCall(func(operation string) {
			if operation == args[1] && !done {
				done = true
				ts.Check(d.put(ctx, data))
			}
		})
	case args[0] == "heal":
		d.hub.Heal()
		d.sim.Heal()
	case args[0] == "answer":
		text := args[1] + "\n"
		d.answer = &text
	case args[0] == "later":
		by, err := time.ParseDuration(args[1])
		ts.Check(err)
		d.now = d.now.Add(by)
	case args[0] == "writes":
		for _, w := range d.sim.Writes() {
			fmt.Fprintln(ts.Stdout(), w.Operation)
		}
	default:
		ts.Fatalf("aws %s is not known", args[0])
	}
}

func TestLiveScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "live"),
		RequireUniqueNames: true,
		UpdateScripts:      os.Getenv("CACHEGATE_UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			if err := copyFiles(env); err != nil {
				return err
			}
			d, err := deploy(filepath.Join(env.WorkDir, "world.yaml"))
			env.Values[deploymentKey] = d
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"live": liveCommand, "aws": awsCommand},
	})
}
