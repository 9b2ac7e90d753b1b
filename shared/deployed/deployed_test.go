package deployed_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/awstest"
	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
	"github.com/cachegate/cachegate/shared/settings"
)

// values are settings of both functions.
func values(t *testing.T) settings.Settings {
	t.Helper()
	s, err := settings.New(map[string]string{
		settings.Deployment: "prod", settings.DefaultMode: "observe", settings.Account: "111122223333", settings.Locations: "111122223333/us-east-1",
		settings.SpokeRoles: "", settings.ExternalID: "", settings.OwnRoles: "arn:aws:iam::111122223333:role/prod-reconcile",
		settings.IntentsTable: "intents", settings.LedgerTable: "ledger", settings.WakeQueue: "https://sqs.us-east-1.amazonaws.com/111122223333/wake.fifo",
		settings.LaterQueue: "https://sqs.us-east-1.amazonaws.com/111122223333/later.fifo",
		settings.AlertTopic: "arn:aws:sns:us-east-1:111122223333:alerts", settings.ChatTopic: "arn:aws:sns:us-east-1:111122223333:chat", settings.Bus: "prod",
		settings.ScheduleGroup: "prod", settings.ScheduleTarget: "arn:aws:sqs:us-east-1:111122223333:events",
		settings.ScheduleRole: "arn:aws:iam::111122223333:role/prod-schedules", settings.ScheduleDeadLetters: "arn:aws:sqs:us-east-1:111122223333:dead",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func noAnswer(operation string, _ any) (any, error) {
	return nil, fmt.Errorf("%s was called", operation)
}

// missing gives the paths of all exported fields below a value, of this module's
// types, that are nil or zero.
func missing(path string, v reflect.Value, seen map[any]bool) []string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return []string{path}
		}
		if v.Kind() == reflect.Pointer {
			if seen[v.Interface()] {
				return nil
			}
			seen[v.Interface()] = true
		}
		return missing(path, v.Elem(), seen)
	case reflect.Struct:
		if !strings.HasPrefix(v.Type().PkgPath(), "github.com/cachegate/") {
			return nil
		}
		var out []string
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out = append(out, missing(path+"."+f.Name, v.Field(i), seen)...)
			}
		}
		return out
	default:
		if v.IsZero() {
			return []string{path}
		}
		return nil
	}
}

func TestNoPartOfAFunctionIsMissing(t *testing.T) {
	mayBe := map[string]bool{
		"Dispatch.Dispatcher.Exists":     true, // replay's
		"Dispatch.Intents.Options.Fresh": true, // a sweep reads the intents anew
		// observe, unless a deployment says otherwise: reconcile's alone
		"Dispatch.Intents.Options.DefaultMode": true,
		"Reconcile.Runner.Clients.InFlight":    true, // the simulation says another number
	}
	cfg := awstest.Config(noAnswer)
	log := slog.New(slog.DiscardHandler)
	for name, function := range map[string]any{
		"Dispatch":  deployed.Dispatch(cfg, values(t), log, io.Discard),
		"Reconcile": deployed.Reconcile(cfg, values(t), log, io.Discard),
	} {
		for _, path := range missing(name, reflect.ValueOf(function), map[any]bool{}) {
			if !mayBe[path] {
				t.Errorf("%s is missing", path)
			}
		}
	}
}

func TestEveryServiceThatIsProtectedIsListed(t *testing.T) {
	run := deployed.Runner(awstest.Config(noAnswer), values(t), slog.New(slog.DiscardHandler))
	api, err := run.Clients.For(t.Context(), network.Location{Account: "111122223333", Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range resource.Services() {
		if !slices.ContainsFunc(api.Listers, func(l resource.Lister) bool { return l.Service() == s.Name }) {
			t.Errorf("nothing lists the resources of %s", s.Title)
		}
	}
}

func TestALedgerThatIsThrottledWaitsAndTriesAgain(t *testing.T) {
	calls := 0
	cfg := awstest.Config(func(operation string, _ any) (any, error) {
		if calls++; calls == 1 {
			return nil, &types.ProvisionedThroughputExceededException{}
		}
		if operation != "Query" {
			return nil, fmt.Errorf("%s was called", operation)
		}
		return &dynamodb.QueryOutput{}, nil
	})
	if _, err := deployed.Ledger(cfg, values(t)).Units(t.Context()); err != nil || calls != 2 {
		t.Errorf("after %d calls the error is %v", calls, err)
	}
}

func TestTheLeaseOutlivesTheLongestRun(t *testing.T) {
	const longest = 5 * time.Minute // the function's time-out
	if deployed.LeaseTime <= longest {
		t.Errorf("a lease of %s ends while its run may still write", deployed.LeaseTime)
	}
}

func TestSleepingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := deployed.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if err := deployed.Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
