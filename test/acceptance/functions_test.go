package acceptance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// startFunctions starts both functions from what was deployed: the archive that the
// CDK uploaded, and the environment, role and timeout that Lambda has for them.
func (s *stack) startFunctions(ctx context.Context, folder string) error {
	cfg, err := s.configOf(ctx, hubAccount)
	if err != nil {
		return err
	}
	client := lambda.NewFromConfig(cfg)
	list, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil {
		return err
	}
	for name, into := range map[string]**function{"Dispatch": &s.dispatch, "Reconcile": &s.reconcile} {
		deployed := s.template.logical("AWS::Lambda::Function", name)
		if deployed == nil {
			return fmt.Errorf("the template has no function %s", name)
		}
		for _, f := range list.Functions {
			if !strings.Contains(*f.FunctionName, "-"+name) {
				continue
			}
			archive, err := s.archive(ctx, cfg, deployed)
			if err != nil {
				return err
			}
			binary := filepath.Join(folder, name)
			if unzipErr := unzip(archive, binary); unzipErr != nil {
				return unzipErr
			}
			*into = &function{arn: *f.FunctionArn, timeout: time.Duration(aws.ToInt32(f.Timeout)) * time.Second}
			environment := []string{
				"AWS_LAMBDA_FUNCTION_NAME=" + *f.FunctionName, "AWS_LAMBDA_LOG_FORMAT=JSON", "PATH=" + os.Getenv("PATH"),
			}
			for k, v := range f.Environment.Variables {
				environment = append(environment, k+"="+v)
			}
			role, err := s.assume(ctx, *f.Role)
			if err != nil {
				return err
			}
			credentials, err := s.environment(ctx, role)
			if err != nil {
				return err
			}
			if err := (*into).start(binary, append(environment, credentials...)); err != nil {
				return err
			}
		}
		if *into == nil {
			return fmt.Errorf("moto has no function %s", name)
		}
	}
	return s.readMappings(ctx, cfg)
}

// archive reads a function's archive from where the CDK put it.
func (s *stack) archive(ctx context.Context, cfg aws.Config, function map[string]any) ([]byte, error) {
	code, _ := function["Code"].(map[string]any)
	key, _ := code["S3Key"].(string)
	if key == "" {
		return nil, errors.New("the template names no archive of the function")
	}
	url := fmt.Sprintf("%s/cdk-hnb659fds-assets-%s-%s/%s", s.gate.URL, hubAccount, homeRegion, key)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	who, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	request.Header.Set("X-Amz-Content-Sha256", unsigned)
	if signErr := v4.NewSigner().SignHTTP(ctx, who, request, unsigned, "s3", homeRegion, time.Now()); signErr != nil {
		return nil, signErr
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading %s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

func (s *stack) stopFunctions() {
	for _, f := range []*function{s.dispatch, s.reconcile} {
		if f != nil {
			f.stop()
		}
	}
}
