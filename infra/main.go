// Command infra is the CDK app; cdk.json runs it. See package stacks for what it
// makes, and for the context it takes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/infra/build"
	"github.com/cachegate/cachegate/infra/stacks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := synth(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}

func synth(ctx context.Context) error {
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the module: %w", err)
	}
	root, err := build.Root(here)
	if err != nil {
		return err
	}
	return stacks.Synth(ctx, awscdk.NewApp(stacks.AppProps()), stacks.Code{
		Sources: func(function string) string { return build.Sources(root, function) },
		Compile: func(ctx context.Context, function, architecture string) (string, error) {
			return build.Function(ctx, os.Stderr, root, function, architecture)
		},
	})
}
