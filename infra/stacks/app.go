package stacks

import (
	"context"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// AppProps are those of the app: its templates say nothing to AWS about the tool
// that made them.
func AppProps() *awscdk.AppProps {
	return &awscdk.AppProps{AnalyticsReporting: jsii.Bool(false)}
}

// Code is where the functions' code comes from.
type Code struct {
	// Sources gives the folder of a function's sources.
	Sources func(function string) string
	// Compile compiles a function and gives the folder of its bootstrap.
	Compile func(ctx context.Context, function, architecture string) (folder string, err error)
}

// Synth builds what the context asks for: the hub, with its functions compiled if
// the command of the CDK needs them, or a spoke.
func Synth(ctx context.Context, app awscdk.App, code Code) error {
	o, err := ReadOptions(contextOf(app))
	if err != nil {
		return err
	}
	if o.IsSpoke() {
		NewSpoke(app, o)
	} else {
		folders, err := code.folders(ctx, app, o.Architecture)
		if err != nil {
			return err
		}
		NewHub(app, o, func(function string) string { return folders[function] })
	}
	Check(app)
	app.Synth(nil)
	return nil
}

// folders gives the folder of each function that its asset is made of.
func (c Code) folders(ctx context.Context, app awscdk.App, architecture string) (map[string]string, error) {
	folders := map[string]string{}
	for _, name := range functionNames {
		folders[name] = c.Sources(name)
		if !needsAssets(app) {
			continue
		}
		var err error
		if folders[name], err = c.Compile(ctx, name, architecture); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// needsAssets says whether the command of the CDK reads the functions' archives, as
// deploy, diff and synth do. For all others, such as bootstrap, list and destroy,
// the CDK's command line gives an empty list of stacks whose assets to make.
func needsAssets(app awscdk.App) bool {
	stacks, ok := app.Node().TryGetContext(jsii.String("aws:cdk:bundling-stacks")).([]any)
	return !ok || len(stacks) > 0
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
