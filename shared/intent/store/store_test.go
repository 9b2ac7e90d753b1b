package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/test/mototest"
)

const sessions = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

var (
	moto   mototest.Server
	tables atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(moto.Run(m)) }

// fresh makes an empty table.
func fresh(t *testing.T) (*dynamodb.Client, string) {
	t.Helper()
	client := dynamodb.NewFromConfig(moto.Config(t))
	name := fmt.Sprintf("intents-%d", tables.Add(1))
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(intent.FieldCluster), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(intent.FieldName), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(intent.FieldCluster), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(intent.FieldName), KeyType: types.KeyTypeRange},
		},
	})
	must(t, err)
	return client, name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func record(cluster, name string, fields map[string]intent.Value) *intent.Record {
	r := intent.Record{Fields: map[string]intent.Value{
		intent.FieldCluster: intent.TextValue(cluster), intent.FieldName: intent.TextValue(name),
	}}
	maps.Copy(r.Fields, fields)
	return &r
}

func orders() *intent.Record {
	return record(sessions, "orders", map[string]intent.Value{
		"sources": intent.ListValue(intent.TextValue("sg-0a"), intent.TextValue("10.1.0.0/16")), "ports": intent.ListValue(intent.NumberValue(6379)),
	})
}

func mode(m intent.Mode) *intent.Record {
	return record(intent.Everything, intent.Everything, map[string]intent.Value{"mode": intent.TextValue(string(m))})
}

// counted counts what is read, and may fail.
type counted struct {
	store.Reader
	scans, queries int
	fail           error
}

func (c *counted) Scan(ctx context.Context, in *dynamodb.ScanInput, o ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	c.scans++
	if !aws.ToBool(in.ConsistentRead) {
		return nil, errors.New("the scan is not consistent")
	}
	if c.fail != nil && in.ExclusiveStartKey != nil {
		return nil, c.fail
	}
	in.Limit = aws.Int32(2) // so that a small table has several pages
	return c.Reader.Scan(ctx, in, o...)
}

func (c *counted) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	c.queries++
	if !aws.ToBool(in.ConsistentRead) {
		return nil, errors.New("the query is not consistent")
	}
	return c.Reader.Query(ctx, in, o...)
}

type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func started() *clock { return &clock{now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)} }

func TestAllPagesAreReadAndAWrongItemStopsNoRightOne(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	var changes []store.Change
	for i := range 7 {
		r := orders()
		r.Fields["name"] = intent.TextValue(fmt.Sprint(i))
		changes = append(changes, store.Change{After: r})
	}
	changes = append(changes, store.Change{After: record(sessions, "wrong", nil)}, store.Change{After: mode(intent.Enforce)})
	must(t, table.Write(t.Context(), changes...))

	reader := store.NewIntents(&counted{Reader: client}, store.Options{Table: name, Clock: started().read, Fresh: time.Minute})
	set, err := reader.Declared(t.Context())
	must(t, err)
	if len(set.Intents) != 7 || len(set.Invalid) != 1 || set.Policies.For(sessions).Mode != intent.Enforce {
		t.Errorf("declared are %d intents, %d wrong ones and the mode %s; want 7, 1, enforce",
			len(set.Intents), len(set.Invalid), set.Policies.For(sessions).Mode)
	}
}

func TestATableThatCannotBeReadToItsEndIsAnErrorAndNeverAShorterTable(t *testing.T) {
	client, name := fresh(t)
	for i := range 5 {
		r := orders()
		r.Fields["name"] = intent.TextValue(fmt.Sprint(i))
		must(t, store.NewTable(client, name).Write(t.Context(), store.Change{After: r}))
	}
	now := started()
	throttled := &counted{Reader: client}
	reader := store.NewIntents(throttled, store.Options{Table: name, Clock: now.read, Fresh: time.Minute})
	set, err := reader.Declared(t.Context())
	must(t, err)
	if len(set.Intents) != 5 {
		t.Fatalf("%d intents are declared, want 5", len(set.Intents))
	}
	throttled.fail = &types.ProvisionedThroughputExceededException{}
	now.now = now.now.Add(time.Hour)
	set, err = reader.Declared(t.Context())
	if !errors.Is(err, throttled.fail) || len(set.Intents) != 0 {
		t.Errorf("a throttled table gave %d intents and the error %v, want none and the throttling", len(set.Intents), err)
	}
	throttled.fail = nil
	if set, err = reader.Declared(t.Context()); err != nil || len(set.Intents) != 5 {
		t.Errorf("afterwards it gave %d intents and the error %v, want 5", len(set.Intents), err)
	}
}

func TestIntentsComeFromMemoryWhileTheyAreFreshAndTheModeNever(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	must(t, table.Write(t.Context(), store.Change{After: orders()}, store.Change{After: mode(intent.Enforce)}))
	now, reads := started(), &counted{Reader: client}
	reader := store.NewIntents(reads, store.Options{Table: name, Clock: now.read, Fresh: time.Minute})
	expect := func(what string, intents int, m intent.Mode, scanned bool) {
		t.Helper()
		before := reads.scans
		set, err := reader.Declared(t.Context())
		must(t, err)
		if len(set.Intents) != intents || set.Policies.For(sessions).Mode != m || (reads.scans > before) != scanned {
			t.Errorf("%s: %d intents, mode %s, scanned %v; want %d, %s, %v", what,
				len(set.Intents), set.Policies.For(sessions).Mode, reads.scans > before, intents, m, scanned)
		}
	}
	expect("at first", 1, intent.Enforce, true)
	setMode(t, table, intent.Everything, intent.Off)
	must(t, table.Write(t.Context(), store.Change{After: record(sessions, "batch", map[string]intent.Value{"source": intent.TextValue("sg-0b")})}))
	expect("a moment later", 1, intent.Off, false)
	now.now = now.now.Add(59 * time.Second)
	expect("just fresh", 1, intent.Off, false)
	now.now = now.now.Add(time.Second)
	expect("no longer fresh", 2, intent.Off, true)
	reader.Forget()
	expect("forgotten", 2, intent.Off, true)
}

func TestAPolicyDecidesAnewAboutIntentsFromMemory(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	must(t, table.Write(t.Context(), store.Change{After: orders()}))
	reader := store.NewIntents(client, store.Options{Table: name, Clock: started().read, Fresh: time.Hour})
	set, err := reader.Declared(t.Context())
	must(t, err)
	if len(set.Intents) != 1 {
		t.Fatalf("%d intents are valid, want 1", len(set.Intents))
	}
	narrow := record(intent.Everything, intent.Everything, map[string]intent.Value{"widest": intent.TextValue("/24")})
	must(t, table.Write(t.Context(), store.Change{After: narrow}))
	set, err = reader.Declared(t.Context())
	must(t, err)
	if len(set.Intents) != 0 || len(set.Invalid) != 1 {
		t.Errorf("%d intents are valid and %d are not, want 0 and 1: the policy accepts nothing as wide as /16", len(set.Intents), len(set.Invalid))
	}
}

func TestAChangeIsMadeOnlyToWhatItWasWorkedOutFrom(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	key := store.Key(*orders())
	must(t, table.Write(t.Context(), store.Change{After: orders()}))
	wantChanged(t, "making it again", table.Write(t.Context(), store.Change{After: orders()}), key)

	mine, ok, err := table.Get(t.Context(), key)
	must(t, err)
	if !ok {
		t.Fatal("what was written is not there")
	}
	theirs := orders()
	theirs.Fields["owner"] = intent.TextValue("somebody")
	must(t, table.Write(t.Context(), store.Change{Before: &mine, After: theirs}))
	wantChanged(t, "replacing what is no longer so", table.Write(t.Context(), store.Change{Before: &mine, After: orders()}), key)
	wantChanged(t, "deleting what is no longer so", table.Write(t.Context(), store.Change{Before: &mine}), key)

	owned, _, err := table.Get(t.Context(), key)
	must(t, err)
	theirs.Fields["owner"] = intent.TextValue("somebody else")
	must(t, table.Write(t.Context(), store.Change{Before: &owned, After: theirs}))
	wantChanged(t, "replacing what has another value", table.Write(t.Context(), store.Change{Before: &owned, After: orders()}), key)

	now, _, err := table.Get(t.Context(), key)
	must(t, err)
	must(t, table.Write(t.Context(), store.Change{Before: &now}))
	if _, ok, err = table.Get(t.Context(), key); err != nil || ok {
		t.Errorf("what was deleted is there: %v (%v)", ok, err)
	}
	wantChanged(t, "deleting it again", table.Write(t.Context(), store.Change{Before: &now}), key)
}

func wantChanged(t *testing.T, what string, err error, keys ...intent.Key) {
	t.Helper()
	changed, ok := errors.AsType[*store.ChangedError](err)
	if !ok {
		t.Errorf("%s gave %v, want that somebody else changed it", what, err)
		return
	}
	if fmt.Sprint(changed.Keys) != fmt.Sprint(keys) {
		t.Errorf("%s names %v, want %v", what, changed.Keys, keys)
	}
}

func TestAnItemOfAnyTypesCanBeReplaced(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	item := intenttable.Key(intent.Key{Cluster: sessions, Name: "by-hand"})
	item["sources"] = &types.AttributeValueMemberSS{Value: []string{"sg-0a", "sg-0b"}}
	item["ports"] = &types.AttributeValueMemberNS{Value: []string{"6379", "6380"}}
	item["expiresAt"] = &types.AttributeValueMemberN{Value: "1798761599"}
	item["notes"] = &types.AttributeValueMemberM{Value: intenttable.Item{"a": &types.AttributeValueMemberBOOL{Value: true}}}
	item["none"] = &types.AttributeValueMemberNULL{Value: true}
	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(name), Item: item})
	must(t, err)
	found, err := table.ListCluster(t.Context(), sessions)
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%d items are there, want 1", len(found))
	}
	must(t, table.Write(t.Context(), store.Change{Before: &found[0], After: record(sessions, "by-hand", nil)}))
}

func TestChangesOfOneTransactionAreMadeAllOrNone(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	named := func(i int) *intent.Record {
		r := orders()
		r.Fields["name"] = intent.TextValue(fmt.Sprintf("%03d", i))
		return r
	}
	must(t, table.Write(t.Context(), store.Change{After: named(150)}))
	var changes []store.Change
	for i := range store.AtOnce + 60 {
		changes = append(changes, store.Change{After: named(i)})
	}
	err := table.Write(t.Context(), changes...)
	wantChanged(t, "writing what is there already", err, store.Key(*named(150)))
	if err != nil && !strings.Contains(err.Error(), "100 changes before were written") {
		t.Errorf("the error does not say how far it came: %v", err)
	}
	all, err := table.List(t.Context())
	must(t, err)
	if len(all) != store.AtOnce+1 {
		t.Errorf("%d items are there, want the first hundred and the one before", len(all))
	}
}

func TestWhatIsNoChangeIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	must(t, table.Write(t.Context(), store.Change{After: orders()}))
	before, _, err := table.Get(t.Context(), store.Key(*orders()))
	must(t, err)
	for what, change := range map[string]store.Change{
		"nothing at all":   {},
		"another name":     {Before: &before, After: record(sessions, "other", nil)},
		"no name":          {After: record(sessions, "", nil)},
		"an unknown value": {After: record(sessions, "x", map[string]intent.Value{"owner": {Kind: 99}})},
	} {
		if err := table.Write(t.Context(), store.Change{After: mode(intent.Off)}, change); err == nil {
			t.Errorf("%s was written", what)
		}
	}
	if _, ok, err := table.Get(t.Context(), store.Key(*mode(intent.Off))); err != nil || ok {
		t.Errorf("a change beside a refused one was written: %v (%v)", ok, err)
	}
}

func TestTheKillSwitchKeepsTheRestOfThePolicy(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	policy := mode(intent.Enforce)
	policy.Fields["undeclared"] = intent.TextValue(string(intent.Revoke))
	must(t, table.Write(t.Context(), store.Change{After: policy}))
	setMode(t, table, intent.Everything, intent.Off)
	setMode(t, table, sessions, intent.Observe)
	set, err := store.NewIntents(client, store.Options{Table: name, Clock: started().read}).Declared(t.Context())
	must(t, err)
	policies := set.Policies
	if p := policies[intent.Everything]; p.Mode != intent.Off || p.Undeclared != intent.Revoke {
		t.Errorf("the policy is mode %s, undeclared %s; want off, revoke", p.Mode, p.Undeclared)
	}
	if policies[sessions].Mode != intent.Observe {
		t.Errorf("the cluster's mode is %s, want observe", policies[sessions].Mode)
	}
}

func TestTheDeploymentsModeHoldsUntilAPolicyGivesOne(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	must(t, table.Write(t.Context(), store.Change{After: orders()}))
	expect := func(what string, deployment, want intent.Mode) {
		t.Helper()
		reader := store.NewIntents(client, store.Options{Table: name, Clock: started().read, DefaultMode: deployment})
		set, err := reader.Declared(t.Context())
		must(t, err)
		if mode := set.Policies.For(sessions).Mode; mode != want {
			t.Errorf("%s: the mode is %s, want %s", what, mode, want)
		}
	}
	expect("a deployment that says nothing", "", intent.Observe)
	expect("a deployment that enforces", intent.Enforce, intent.Enforce)
	setMode(t, table, intent.Everything, intent.Off)
	expect("the kill switch", intent.Enforce, intent.Off)
	setMode(t, table, intent.Everything, intent.Enforce)
	expect("a policy that enforces", intent.Observe, intent.Enforce)
}

// crowd is a table in which one cluster has far more than it may, beside two others, and
// pages of a megabyte as DynamoDB makes them.
type crowd struct {
	store.Reader
	items, size int
	// exact refuses to begin anywhere but at an item.
	exact bool
	bytes int
}

func (c *crowd) key(n int) (cluster, name string) {
	switch n {
	case 0:
		return sessions + "-before", "orders"
	case c.items + 1:
		return sessions + "-behind", "orders"
	default:
		return sessions, fmt.Sprintf("n%08d", n)
	}
}

func (c *crowd) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return &dynamodb.QueryOutput{}, nil
}

func (c *crowd) Scan(_ context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	first := 0
	if in.ExclusiveStartKey != nil {
		name, ok := in.ExclusiveStartKey["name"].(*types.AttributeValueMemberS)
		if !ok {
			return nil, errors.New("the starting key has no name")
		}
		if _, err := fmt.Sscanf(name.Value, "n%d", &first); err != nil {
			if c.exact {
				return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "The provided starting key is invalid"}
			}
			first = c.items
		}
		first++
	}
	out, size := &dynamodb.ScanOutput{}, 0
	for n := first; n < c.items+2; n++ {
		cluster, name := c.key(n)
		item := map[string]types.AttributeValue{
			"cluster": &types.AttributeValueMemberS{Value: cluster}, "name": &types.AttributeValueMemberS{Value: name},
			"source": &types.AttributeValueMemberS{Value: "10.0.0.0/24"},
		}
		if cluster == sessions {
			item["reason"] = &types.AttributeValueMemberS{Value: strings.Repeat("x", c.size)}
			size += c.size
			c.bytes += c.size
		}
		out.Items = append(out.Items, item)
		if size > 1<<20 && n <= c.items {
			out.LastEvaluatedKey = intenttable.Key(intent.Key{Cluster: cluster, Name: name})
			break
		}
	}
	return out, nil
}

func TestAClusterWithTooManyItemsStopsNobodyElse(t *testing.T) {
	for _, tt := range []struct {
		name        string
		items, size int
		exact       bool
		overfull    bool
	}{
		{"as many as there may be", store.MaxItems, 100, false, false},
		{"one more", store.MaxItems + 1, 100, false, true},
		{"few that are long", 1500, 390 << 10, false, true},
		{"few that are long, where a scan begins only at items", 100, 390 << 10, true, true},
		{"very many", 100_000, 300, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := &crowd{items: tt.items, size: tt.size, exact: tt.exact}
			set, err := store.NewIntents(table, store.Options{Table: "t", Clock: time.Now}).Declared(t.Context())
			must(t, err)
			of := map[string]int{}
			for _, i := range set.Intents {
				of[i.Cluster]++
			}
			if of[sessions+"-before"] != 1 || of[sessions+"-behind"] != 1 {
				t.Errorf("of the other clusters, %v are declared, want one each", of)
			}
			whole := len(set.Invalid) == 1 && set.Invalid[0].Whole && set.Invalid[0].Key.Cluster == sessions
			if whole != tt.overfull || whole && of[sessions] != 0 || !whole && len(set.Invalid)+of[sessions] != tt.items {
				t.Errorf("of the cluster %d are declared, and wrong are %d: %.200v", of[sessions], len(set.Invalid), set.Invalid)
			}
			if most := 4 << 20; !tt.exact && table.bytes > most {
				t.Errorf("%d bytes of the cluster were read, want at most %d", table.bytes, most)
			}
		})
	}
}

// The table goes on behind a cluster from a key that no item has.
func TestAScanSkipsWhatIsTooMuch(t *testing.T) {
	client, name := fresh(t)
	var changes []store.Change
	for _, cluster := range []string{sessions + "-a", sessions, sessions + "-z"} {
		for i := range 3 {
			r := record(cluster, fmt.Sprint(i), map[string]intent.Value{"source": intent.TextValue("10.0.0.0/24")})
			if cluster == sessions {
				r.Fields["reason"] = intent.TextValue(strings.Repeat("x", 390<<10))
			}
			changes = append(changes, store.Change{After: r})
		}
	}
	must(t, store.NewTable(client, name).Write(t.Context(), changes...))
	set, err := store.NewIntents(&counted{Reader: client}, store.Options{Table: name, Clock: started().read}).Declared(t.Context())
	must(t, err)
	if len(set.Intents) != 6 || len(set.Invalid) != 1 || !set.Invalid[0].Whole {
		t.Errorf("declared are %d intents, wrong are %d; want 6 and the cluster that has too much", len(set.Intents), len(set.Invalid))
	}
}

// setMode sets a mode and gives the one that was there.
func setMode(t *testing.T, table *store.Table, target string, mode intent.Mode) intent.Mode {
	t.Helper()
	was, err := table.SetMode(t.Context(), target, mode)
	must(t, err)
	return was
}

func TestAModeSaysWhatItWasAndCanBeClearedAgain(t *testing.T) {
	client, name := fresh(t)
	table := store.NewTable(client, name)
	for _, step := range []struct{ set, was intent.Mode }{{intent.Observe, ""}, {intent.Enforce, intent.Observe}, {intent.Enforce, intent.Enforce}} {
		if was := setMode(t, table, sessions, step.set); was != step.was {
			t.Errorf("set to %s it was %q, want %q", step.set, was, step.was)
		}
	}
	for _, want := range []intent.Mode{intent.Enforce, ""} {
		was, err := table.ClearMode(t.Context(), sessions)
		must(t, err)
		if was != want {
			t.Errorf("cleared it was %q, want %q", was, want)
		}
	}
}
