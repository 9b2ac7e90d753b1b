package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/infra/stacks"
	"github.com/cachegate/cachegate/test/full"
)

// template is a synthesised stack, as far as tests look at it.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct {
		Value     any
		Condition string
	}
	Conditions map[string]any

	// file is where it is, messages what was said about it when it was made.
	file     string
	messages []string
}

type resource struct {
	Type           string
	Properties     map[string]any
	Metadata       map[string]any
	DeletionPolicy string
	Condition      string
}

// The stacks that the tests look at. The wide ones have everything that the
// context can say; the spokes belong to the narrow hub and to the wide one.
const (
	narrow      = "Cachegate"
	wide        = "Wide"
	narrowSpoke = "CachegateSpoke"
	wideSpoke   = "WideSpoke"
	// heir goes on with the tables of an earlier stack.
	heir = "Heir"
	// careless has a queue as nobody should make one.
	careless = "Careless"

	hubAccount   = "111122223333"
	hubRegion    = "eu-west-1"
	spokeAccount = "444455556666"
	otherSpoke   = "777788889999"

	sessions = "arn:aws:elasticache:eu-west-1:444455556666:replicationgroup:sessions"
	oldKey   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-1111-2222-333344445555"
	catalog  = "arn:aws:elasticache:eu-west-1:444455556666:serverlesscache:catalog"
)

var contexts = map[string]map[string]string{
	narrow: {},
	wide: {
		"name": wide, "mode": "enforce", "architecture": "x86_64", "email": "team@example.com", "sweepMinutes": "5",
		"requireTag": "cachegate=yes", "regions": "us-east-1,us-west-2", "spokeAccounts": spokeAccount + "," + otherSpoke,
		"teams": "orders=" + sessions + ";" + catalog,
	},
	heir: {
		"name": heir, "intentsTable": "Old-IntentsTable-1", "intentsStream": "2026-11-30T09:00:00.000", "ledgerTable": "Old-LedgerTable-1",
		"tablesKey": oldKey,
	},
	narrowSpoke: {"hubAccount": hubAccount, "hubRegion": hubRegion},
	wideSpoke: {
		"name": wide, "hubAccount": hubAccount, "hubRegion": hubRegion, "roleRegion": "us-east-1",
		"regions": "us-east-1,us-west-2", "requireTag": "cachegate=yes",
	},
}

func TestMain(m *testing.M) {
	status := m.Run()
	jsii.Close()
	if err := os.RemoveAll(assembly); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// assembly is where the stacks are synthesised, once for all tests.
var assembly string

var synthesise = sync.OnceValues(func() (all map[string]template, err error) {
	defer func() { // the CDK panics where something is wrong
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("synthesising: %v", wrong)
		}
	}()
	if assembly, err = os.MkdirTemp("", "cachegate-infra"); err != nil {
		return nil, err
	}
	code := filepath.Join(assembly, "function")
	if err = os.Mkdir(code, 0o755); err != nil {
		return nil, err
	}
	if err = os.WriteFile(filepath.Join(code, "bootstrap"), []byte("stands in for a function"), 0o755); err != nil {
		return nil, err
	}
	props := stacks.AppProps()
	props.Outdir = jsii.String(filepath.Join(assembly, "out"))
	app := awscdk.NewApp(props)
	for name := range contexts {
		o, readErr := options(contexts[name])
		if readErr != nil {
			return nil, readErr
		}
		if o.IsSpoke() {
			stacks.NewSpoke(app, o)
		} else {
			stacks.NewHub(app, o, func(string) string { return code })
		}
	}
	awssqs.NewCfnQueue(awscdk.NewStack(app, jsii.String(careless), nil), jsii.String("Queue"), nil)
	stacks.Check(app)
	app.Synth(nil)
	all = map[string]template{}
	for _, name := range append(slices.Collect(maps.Keys(contexts)), careless) {
		if all[name], err = readTemplate(*props.Outdir, name); err != nil {
			return nil, err
		}
	}
	return all, nil
})

func options(context map[string]string) (stacks.Options, error) {
	return stacks.ReadOptions(func(key string) string { return context[key] })
}

// synthesised gives a stack by its name.
func synthesised(t *testing.T, name string) template {
	t.Helper()
	full.Need(t, full.Node)
	all, err := synthesise()
	if err != nil {
		t.Fatal(err)
	}
	return all[name]
}

func readTemplate(dir, name string) (template, error) {
	t := template{file: filepath.Join(dir, name+".template.json")}
	text, err := os.ReadFile(t.file)
	if err != nil {
		return template{}, err
	}
	if err = json.Unmarshal(text, &t); err != nil {
		return template{}, fmt.Errorf("reading %s: %w", t.file, err)
	}
	metadata := map[string][]struct{ Type, Data any }{}
	if text, err = os.ReadFile(filepath.Join(dir, name+".metadata.json")); err != nil {
		return template{}, err
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		return template{}, fmt.Errorf("reading the metadata of %s: %w", name, err)
	}
	for path, entries := range metadata {
		for _, e := range entries {
			if kind := fmt.Sprint(e.Type); kind == "aws:cdk:error" || kind == "aws:cdk:warning" {
				t.messages = append(t.messages, fmt.Sprint(path, ": ", e.Data))
			}
		}
	}
	return t, nil
}

// at gives a template as it is in an account and Region: what CloudFormation
// fills in there stands in its place. A reference to a resource becomes its
// logical id, and an attribute "ID.Attribute".
func (t template) at(account, region string) template {
	out := t
	out.Resources = map[string]resource{}
	for id, r := range t.Resources {
		r.Properties, _ = resolve(r.Properties, account, region).(map[string]any)
		out.Resources[id] = r
	}
	return out
}

func resolve(v any, account, region string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, resolve(e, account, region))
		}
		return out
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok && len(v) == 1 {
			if is, pseudo := map[string]string{"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}[ref]; pseudo {
				return is
			}
			return ref
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok && len(v) == 1 {
			return fmt.Sprint(get[0], ".", get[1])
		}
		if join, ok := v["Fn::Join"].([]any); ok && len(v) == 1 {
			return strings.Join(texts(resolve(join[1], account, region)), fmt.Sprint(join[0]))
		}
		out := map[string]any{}
		for k, e := range v {
			out[k] = resolve(e, account, region)
		}
		return out
	default:
		return v
	}
}

// texts reads a list of strings, or one that stands for a list.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

// of gives the resources of a type, by logical id; at least one.
func (t template) of(tb testing.TB, kind string) map[string]resource {
	tb.Helper()
	out := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			out[id] = r
		}
	}
	if len(out) == 0 {
		tb.Errorf("there is no %s", kind)
	}
	return out
}

// one gives the only resource of a type whose logical id begins so.
func (t template) one(tb testing.TB, kind, prefix string) (string, resource) {
	tb.Helper()
	var found []string
	for id := range t.of(tb, kind) {
		// The CDK adds eight hexadecimal digits to most ids.
		if rest, ok := strings.CutPrefix(id, prefix); ok && (rest == "" || len(rest) == len("BE3A67FE")) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		tb.Fatalf("there are %d %s called %s, want one", len(found), kind, prefix)
	}
	return found[0], t.Resources[found[0]]
}

// dig gives what is at a path of keys; nil where there is nothing.
func dig(v any, path ...string) any {
	for _, key := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[key]
	}
	return v
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
