package acceptance

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cachegate/cachegate/test/full"
	"github.com/cachegate/cachegate/test/mototest"
)

// The accounts and Regions of the tests. The hub's account is the one that moto
// takes unknown credentials for.
const (
	hubAccount   = "123456789012"
	spokeAccount = "444455556666"
	// testerRole is what the tests themselves work as.
	testerRole = "tester"

	homeRegion = "us-east-1"
	farRegion  = "eu-west-1"
)

// stack is cachegate deployed on moto.
type stack struct {
	gate    *gate
	outputs map[string]string
	// template is the hub's, as it was deployed.
	template template
	// printed is what the commands of the CDK printed about the hub.
	printed map[string]string

	dispatch, reconcile *function
	// mappings are the event source mappings, in the order in which they are carried out.
	mappings []*mapping
}

// template is what the tests read of a synthesised template.
type template struct {
	Resources map[string]struct {
		Type       string
		Properties map[string]any
	}
}

// deploy is one deployment for all tests of the package: they work in networks of
// their own.
type deployment struct {
	moto   mototest.Server
	folder string
	stack  *stack
	err    error
	close  []func()
}

var deployed = deployment{moto: mototest.Server{Extensions: extensions()}}

func extensions() string {
	folder, err := filepath.Abs("moto")
	if err != nil {
		return "moto"
	}
	return folder
}

func TestMain(m *testing.M) {
	code := deployed.moto.Run(m)
	for _, f := range deployed.close {
		f()
	}
	os.Exit(code)
}

// hub gives the deployed hub; the first test that asks deploys it.
func hub(t *testing.T) *stack {
	t.Helper()
	full.Need(t, full.Node, full.NPM)
	address := deployed.moto.Address(t)
	if deployed.stack == nil && deployed.err == nil {
		deployed.stack, deployed.err = deployed.deploy(context.WithoutCancel(t.Context()), address)
	}
	if deployed.err != nil {
		t.Fatalf("deploying cachegate to moto: %v", deployed.err)
	}
	return deployed.stack
}

// deploy bootstraps and deploys the hub, and a spoke in another account and in
// another Region, as a user does, and starts its functions.
func (d *deployment) deploy(ctx context.Context, moto string) (*stack, error) {
	folder, err := os.MkdirTemp("", "cachegate-acceptance-")
	if err != nil {
		return nil, err
	}
	d.close = append(d.close, func() { _ = os.RemoveAll(folder) })
	d.folder = folder
	g, closeGate, err := openGate(moto)
	if err != nil {
		return nil, err
	}
	d.close = append(d.close, closeGate)
	s := &stack{gate: g, printed: map[string]string{}}
	c := cdk{folder: folder, stack: s}
	if installErr := c.install(ctx); installErr != nil {
		return nil, installErr
	}
	if s.outputs, err = c.deployHub(ctx); err != nil {
		return nil, err
	}
	if deployErr := c.deploySpokes(ctx); deployErr != nil {
		return nil, deployErr
	}
	if s.template, err = readTemplate(filepath.Join(folder, "hub", hubStack+".template.json")); err != nil {
		return nil, err
	}
	if err := s.makeScheduleGroup(ctx); err != nil {
		return nil, err
	}
	d.close = append(d.close, s.stopFunctions)
	return s, s.startFunctions(ctx, folder)
}

// makeScheduleGroup makes the group of the units' schedules, which moto's
// CloudFormation skips.
func (s *stack) makeScheduleGroup(ctx context.Context) error {
	properties := s.template.logical("AWS::Scheduler::ScheduleGroup", "")
	name, _ := properties["Name"].(string)
	cfg, err := s.configOf(ctx, hubAccount)
	if err != nil {
		return err
	}
	_, err = scheduler.NewFromConfig(cfg).CreateScheduleGroup(ctx, &scheduler.CreateScheduleGroupInput{Name: aws.String(name)})
	return err
}

func readTemplate(path string) (template, error) {
	var t template
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	return t, err
}

// config gives a configuration with an account's credentials: those of a role in
// it, since moto tells accounts apart by whom STS gave the credentials to.
func (s *stack) config(t *testing.T, account string) aws.Config {
	t.Helper()
	cfg, err := s.configOf(context.WithoutCancel(t.Context()), account)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func (s *stack) configOf(ctx context.Context, account string) (aws.Config, error) {
	return s.assume(ctx, "arn:aws:iam::"+account+":role/"+testerRole)
}

func (s *stack) assume(ctx context.Context, role string) (aws.Config, error) {
	cfg := aws.Config{
		Region: homeRegion, BaseEndpoint: aws.String(s.gate.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	out, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("acceptance")})
	if err != nil {
		return aws.Config{}, fmt.Errorf("assuming role %s: %w", role, err)
	}
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return cfg, nil
}

// environment gives the variables by which a process works on moto as somebody.
func (s *stack) environment(ctx context.Context, cfg aws.Config) ([]string, error) {
	c, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return []string{
		"AWS_ENDPOINT_URL=" + s.gate.URL, "AWS_REGION=" + cfg.Region, "AWS_DEFAULT_REGION=" + cfg.Region,
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey, "AWS_SESSION_TOKEN=" + c.SessionToken,
	}, nil
}

// unzip writes the one file of a function's archive.
func unzip(data []byte, path string) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" {
		return fmt.Errorf("the archive holds %d files: expected bootstrap alone", len(archive.File))
	}
	in, err := archive.File[0].Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	const executable = 0o755
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, executable)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil { //nolint:gosec // our own archive
		return err
	}
	return out.Close()
}

// logical finds the resources of a type whose logical id begins with a name.
func (t template) logical(kind, prefix string) map[string]any {
	for id, r := range t.Resources {
		if r.Type == kind && strings.HasPrefix(id, prefix) {
			return r.Properties
		}
	}
	return nil
}
