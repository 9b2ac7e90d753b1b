package live_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/settings"
)

// onHub loads a configuration of a hub whose stack has these outputs.
func onHub(outputs map[string]string, status string) live.Loader {
	h := hub.New("111122223333", "eu-west-1")
	h.AddStack(hub.Stack{Name: "Cachegate", Status: status, Outputs: outputs})
	return func(_ context.Context, region, _ string) (aws.Config, error) {
		if region == "" {
			region = "eu-west-1"
		}
		return h.Behind(aws.Config{Region: region, Credentials: aws.AnonymousCredentials{}}), nil
	}
}

func outputs() map[string]string {
	return map[string]string{
		settings.OutputDeployment: "Cachegate", settings.OutputIntentsTable: "intents", settings.OutputLedgerTable: "ledger",
		settings.OutputLocations:     "111122223333/eu-west-1,444455556666/eu-west-1",
		settings.OutputSpokeRoles:    "arn:aws:iam::444455556666:role/Cachegate-spoke-eu-west-1",
		settings.OutputReconcileRole: "arn:aws:iam::111122223333:role/Cachegate-reconcile-eu-west-1",
	}
}

func TestADeploymentIsWhatItsStackSays(t *testing.T) {
	d, err := live.Find(t.Context(), onHub(outputs(), ""), live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Where() != "stack Cachegate in 111122223333/eu-west-1" {
		t.Errorf("it is called %q", d.Where())
	}
	s, err := d.Settings()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Locations()) != 2 || s.SpokeRoles()["444455556666"] == "" || s.Get(settings.Account) != "111122223333" || s.DefaultMode() != "observe" {
		t.Errorf("the settings are %+v", s)
	}
	if own := s.List(settings.OwnRoles); len(own) != 2 {
		t.Errorf("its own roles are %v, expected the hub's and the spoke's", own)
	}
}

func TestTheTableMayBeNamedForThoseWhoMayNotReadStacks(t *testing.T) {
	nowhere := onHub(nil, "")
	d, err := live.FindIntents(t.Context(), nowhere, live.Options{Stack: "Elsewhere", IntentsTable: "mine"})
	if err != nil || d.Where() != "table mine in eu-west-1" {
		t.Fatalf("the deployment is %v (%v)", d, err)
	}
	if _, unread := d.Settings(); unread == nil || !strings.Contains(unread.Error(), "write clusters as ARNs") {
		t.Errorf("its settings gave %v, expected what to do", unread)
	}
	whole, err := live.Find(t.Context(), onHub(outputs(), ""), live.Options{IntentsTable: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := whole.Settings(); err != nil || s.Get(settings.IntentsTable) != "mine" {
		t.Errorf("with its stack read too, the table is %q (%v)", s.Get(settings.IntentsTable), err)
	}
}

func TestWhatIsMissingIsToldWithWhatToDo(t *testing.T) {
	loaded := func(cfg aws.Config, err error) live.Loader {
		return func(context.Context, string, string) (aws.Config, error) { return cfg, err }
	}
	refuse := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, fmt.Errorf("failed to refresh cached credentials: %w", errors.New("the SSO session has expired"))
	})
	half := outputs()
	delete(half, settings.OutputIntentsTable)
	for name, c := range map[string]struct {
		load live.Loader
		o    live.Options
		want []string
	}{
		"no Region":      {loaded(aws.Config{Credentials: refuse}, nil), live.Options{}, []string{"no Region is given\n", "--region"}},
		"no credentials": {loaded(aws.Config{Region: "eu-west-1"}, nil), live.Options{}, []string{"there are no AWS credentials: ", "--profile"}},
		"old credentials": {
			loaded(aws.Config{Region: "eu-west-1", Credentials: refuse}, nil),
			live.Options{},
			[]string{"there are no AWS credentials: the SSO session has expired\n", "aws sso login"},
		},
		"no profile": {live.Load, live.Options{Profile: "nobody-has-this"}, []string{`there is no AWS profile "nobody-has-this"`, "list-profiles"}},
		"no stack":   {onHub(outputs(), ""), live.Options{Stack: "Other"}, []string{"there is no stack Other in eu-west-1\n", "--stack", "cdk deploy"}},
		"another Region": {
			onHub(outputs(), ""), live.Options{Region: "us-east-1"}, []string{"there is no stack Cachegate in us-east-1\n", "--region us-east-1"},
		},
		"half a stack": {onHub(half, "ROLLBACK_COMPLETE"), live.Options{}, []string{"has no output IntentsTable (its status is ROLLBACK_COMPLETE)"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := live.Find(t.Context(), c.load, c.o)
			if err == nil {
				t.Fatal("it was found")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error is %q, expected it to hold %q", err, part)
				}
			}
		})
	}
}

func TestAdviceGoesByTheCodeOfAnError(t *testing.T) {
	call := func(err error) error {
		return fmt.Errorf("reading intents table x: %w", &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "Scan", Err: err})
	}
	api := func(code string) error { return call(&smithy.GenericAPIError{Code: code, Message: "said"}) }
	for _, c := range []struct {
		err  error
		want string
	}{
		{api("AccessDeniedException"), "reading intents table x: dynamodb:Scan: AccessDeniedException: said\nallow dynamodb:Scan to whoever"},
		{api("ExpiredTokenException"), "sign in again"},
		{api("UnrecognizedClientException"), "does not accept the credentials"},
		{api("ThrottlingException"), "try again in a moment"},
		{api("ResourceNotFoundException"), "there is no such table here"},
		{call(&net.DNSError{Name: "dynamodb.nowhere.amazonaws.com", Err: "no such host"}), "dynamodb.nowhere.amazonaws.com cannot be found"},
		{call(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), "AWS does not answer"},
	} {
		got := live.Advise(c.err)
		if !strings.Contains(got.Error(), c.want) || !errors.Is(got, c.err) {
			t.Errorf("the advice for %v is %q, expected it to hold %q", c.err, got, c.want)
		}
	}
	for _, err := range []error{nil, context.Canceled, errors.New("something else"), api("ValidationException")} {
		if got := live.Advise(err); !errors.Is(got, err) || got != nil && got.Error() != err.Error() {
			t.Errorf("%v became %v", err, got)
		}
	}
}
