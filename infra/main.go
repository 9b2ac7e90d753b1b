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

	"github.com/cachegate/cachegate/infra/stacks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := stacks.Synth(ctx, awscdk.NewApp(stacks.AppProps()))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}
