package stacks_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/infra/stacks"
	"github.com/cachegate/cachegate/shared/settings"
	"github.com/cachegate/cachegate/test/full"
)

// bundling is where the CDK's command line says which stacks' assets it needs.
const bundling = "aws:cdk:bundling-stacks"

// synth synthesises an app with a context, and gives what it compiled. Tests that
// use it are not parallel: all apps of a process share one Node.js.
func synth(t *testing.T, context map[string]any, fail error) (compiled []string, err error) {
	t.Helper()
	full.Need(t, full.Node)
	code := t.TempDir()
	if writeErr := os.WriteFile(filepath.Join(code, "bootstrap"), []byte("stands in for a function"), 0o600); writeErr != nil {
		t.Fatal(writeErr)
	}
	props := stacks.AppProps()
	props.Outdir, props.Context = jsii.String(t.TempDir()), &context
	err = stacks.Synth(t.Context(), awscdk.NewApp(props), stacks.Code{
		Sources: func(string) string { return code },
		Compile: compiler(code, &compiled, fail),
	})
	if err == nil {
		name := narrow
		if context["hubAccount"] != nil {
			name = narrowSpoke
		}
		if _, statErr := os.Stat(filepath.Join(*props.Outdir, name+".template.json")); statErr != nil {
			t.Error(statErr)
		}
	}
	return compiled, err
}

// compiler notes what it compiles.
func compiler(folder string, compiled *[]string, fail error) func(context.Context, string, string) (string, error) {
	return func(_ context.Context, function, architecture string) (string, error) {
		*compiled = append(*compiled, function+" for "+architecture)
		return folder, fail
	}
}

func TestEachFunctionIsCompiledOnceAndOnlyWhereItsCodeIsNeeded(t *testing.T) {
	both := []string{settings.Dispatch + " for arm64", settings.Reconcile + " for arm64"}
	for _, c := range []struct {
		name    string
		context map[string]any
		want    []string
	}{
		{"cdk deploy, diff and synth", map[string]any{bundling: []string{"**"}}, both},
		{"no command of the CDK", nil, both},
		{"cdk bootstrap, list and destroy", map[string]any{bundling: []string{}}, nil},
		{"cdk deploy of a spoke", map[string]any{bundling: []string{"**"}, "hubAccount": hubAccount, "hubRegion": hubRegion}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := map[string]any{}
			maps.Copy(all, c.context)
			got, err := synth(t, all, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("it compiled %v, expected %v", got, c.want)
			}
		})
	}
}

func TestAFunctionThatDoesNotCompileIsAnError(t *testing.T) {
	broken := errors.New("undefined: nothing")
	if got, err := synth(t, map[string]any{}, broken); !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("it compiled %v and gave %v, expected the error of the first", got, err)
	}
}
