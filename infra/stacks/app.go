package stacks

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/cachegate/cachegate/infra/build"
)

// AppProps are those of the app: its templates say nothing to AWS about the tool
// that made them.
func AppProps() *awscdk.AppProps {
	return &awscdk.AppProps{AnalyticsReporting: jsii.Bool(false)}
}

// Synth builds what the context asks for: the hub, with its functions compiled, or
// a spoke.
func Synth(ctx context.Context, app awscdk.App) error {
	o, err := ReadOptions(contextOf(app))
	if err != nil {
		return err
	}
	if o.IsSpoke() {
		NewSpoke(app, o)
	} else {
		folders, err := buildAll(ctx, o.Architecture)
		if err != nil {
			return err
		}
		NewHub(app, o, func(function string) string { return folders[function] })
	}
	Check(app)
	app.Synth(nil)
	return nil
}

// Check has the rules of AWS's solutions hold, when the app is synthesised.
func Check(app awscdk.App) {
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{
		Verbose: jsii.Bool(true), Reports: jsii.Bool(false),
	}), nil)
}

// contextOf reads the context, whatever types the values have: those of -c are
// strings, those of cdk.json what JSON has.
func contextOf(app awscdk.App) func(string) string {
	return func(key string) string {
		switch value := app.Node().TryGetContext(jsii.String(key)).(type) {
		case nil:
			return ""
		case string:
			return value
		case *string:
			return *value
		default:
			return fmt.Sprint(value)
		}
	}
}

func buildAll(ctx context.Context, architecture string) (map[string]string, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the module: %w", err)
	}
	root, err := build.Root(here)
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for _, name := range functionNames {
		if folders[name], err = build.Function(ctx, root, name, architecture); err != nil {
			return nil, err
		}
	}
	return folders, nil
}
