package deployed_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cachegate/cachegate/shared/deployed"
)

// lambda sets the environment as Lambda does, and nothing else of AWS's.
func lambda(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
}

func TestTheConfigurationIsWhatLambdaPutIntoTheEnvironment(t *testing.T) {
	lambda(t)
	cfg, err := deployed.Config()
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || cfg.Region != "eu-west-1" || got.AccessKeyID != "key" || got.SessionToken != "token" || cfg.BaseEndpoint != nil {
		t.Errorf("Region %s, key %s, token %s, endpoint %v (%v)", cfg.Region, got.AccessKeyID, got.SessionToken, aws.ToString(cfg.BaseEndpoint), err)
	}
}

func TestEndpointsOfTheEnvironmentCount(t *testing.T) {
	lambda(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://localhost:5000")
	t.Setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:6000")
	t.Setenv("AWS_MAX_ATTEMPTS", "7")
	cfg, err := deployed.Config()
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(cfg.BaseEndpoint) != "http://localhost:5000" || cfg.RetryMaxAttempts != 7 {
		t.Errorf("the endpoint is %s, the attempts are %d", aws.ToString(cfg.BaseEndpoint), cfg.RetryMaxAttempts)
	}
	if endpoint := aws.ToString(sqs.NewFromConfig(cfg).Options().BaseEndpoint); endpoint != "http://localhost:6000" {
		t.Errorf("the endpoint of SQS is %s, want its own", endpoint)
	}
}

func TestWithoutCredentialsOrRegionTheFunctionSaysWhatIsMissing(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		lambda(t)
		t.Setenv(name, "")
		if _, err := deployed.Config(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s the error is %v", name, err)
		}
	}
}
