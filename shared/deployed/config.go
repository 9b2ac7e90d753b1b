package deployed

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Config gives the AWS configuration of a Lambda function from its environment,
// where Lambda puts the credentials and the Region.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
//
// config.LoadDefaultConfig would also look for files, single sign-on and instance
// metadata, which a function does not have: it makes the binary a megabyte larger.
// Everything that the SDK reads of its own environment variables still counts.
func Config() (aws.Config, error) {
	env, err := config.NewEnvConfig()
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration of the environment: %w", err)
	}
	if env.Region == "" || !env.Credentials.HasKeys() {
		return aws.Config{}, errors.New("the environment holds no AWS Region or no credentials: Lambda sets AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN")
	}
	return aws.Config{
		Region:      env.Region,
		Credentials: credentials.StaticCredentialsProvider{Value: env.Credentials},
		// One pool of connections for all clients, as LoadDefaultConfig has it too.
		HTTPClient: awshttp.NewBuildableClient(),
		RetryMode:  env.RetryMode, RetryMaxAttempts: env.RetryMaxAttempts,
		// The services look here for endpoints (AWS_ENDPOINT_URL), FIPS and dual-stack.
		ConfigSources: []any{env},
		BaseEndpoint:  baseEndpoint(env),
	}, nil
}

func baseEndpoint(env config.EnvConfig) *string {
	if env.BaseEndpoint == "" {
		return nil
	}
	return aws.String(env.BaseEndpoint)
}
