// Command dispatch is the Lambda function that turns events, changed intents and schedules into wake-ups of units.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/settings"
)

func main() {
	log := lambdacontext.NewLogger()
	s, err := settings.Read(settings.Dispatch, os.LookupEnv)
	if err != nil {
		log.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	cfg, err := deployed.Config()
	if err != nil {
		log.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(deployed.Dispatch(cfg, s, log, os.Stdout).Handle)
}
