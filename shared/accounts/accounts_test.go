package accounts_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/accounts"
	"github.com/cachegate/cachegate/shared/awstest"
	"github.com/cachegate/cachegate/shared/network"
)

const (
	hub   = "111122223333"
	spoke = "444455556666"
	bare  = "777788889999"
	role  = "arn:aws:iam::444455556666:role/cachegate-spoke"
)

// service is STS.
type service struct {
	mu      sync.Mutex
	assumed []sts.AssumeRoleInput
	refuse  error
	// lasts is how long sessions last.
	lasts time.Duration
}

func (s *service) answer(_ string, input any) (any, error) {
	in, ok := input.(*sts.AssumeRoleInput)
	if !ok {
		return nil, fmt.Errorf("STS was asked for %T", input)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assumed = append(s.assumed, *in)
	if s.refuse != nil {
		return nil, s.refuse
	}
	key := fmt.Sprint("session-", len(s.assumed))
	return &sts.AssumeRoleOutput{
		Credentials:     &types.Credentials{AccessKeyId: &key, SecretAccessKey: &key, SessionToken: &key, Expiration: aws.Time(time.Now().Add(s.lasts))},
		AssumedRoleUser: &types.AssumedRoleUser{Arn: aws.String("arn:aws:sts::444455556666:assumed-role/cachegate-spoke/cachegate"), AssumedRoleId: &key},
	}, nil
}

func at(account, region string) network.Location {
	return network.Location{Account: account, Region: region}
}

// factory is that of a hub with one spoke, two Regions, and an account that has no role.
func factory(s *service, clock func() time.Time) *accounts.Factory {
	base := awstest.Config(s.answer)
	base.Credentials = credentials.NewStaticCredentialsProvider("own", "own", "own")
	return accounts.New(base, accounts.Options{
		Account: hub, Roles: map[string]string{spoke: role}, ExternalID: "secret-word", Session: "cachegate", Clock: clock,
		Locations: []network.Location{at(hub, "us-east-1"), at(hub, "eu-west-1"), at(spoke, "us-east-1"), at(spoke, "eu-west-1"), at(bare, "us-east-1")},
	})
}

// keyOf is with which access key a location is called.
func keyOf(t *testing.T, f *accounts.Factory, l network.Location) (string, error) {
	t.Helper()
	cfg, err := f.Config(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Region != l.Region {
		t.Errorf("%s is called in Region %s", l, cfg.Region)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	return got.AccessKeyID, err
}

func mustKey(t *testing.T, f *accounts.Factory, l network.Location) string {
	t.Helper()
	key, err := keyOf(t, f, l)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTheOwnAccountIsCalledWithTheOwnCredentialsInEveryRegion(t *testing.T) {
	s := &service{}
	f := factory(s, time.Now)
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		if key := mustKey(t, f, at(hub, region)); key != "own" {
			t.Errorf("in %s the own account is called with %s", region, key)
		}
	}
	if len(s.assumed) > 0 {
		t.Error("a role was assumed for the own account")
	}
}

func TestARoleIsAssumedOnceForAllRegionsOfItsAccount(t *testing.T) {
	s := &service{lasts: time.Hour}
	f := factory(s, time.Now)
	for _, region := range []string{"us-east-1", "eu-west-1", "us-east-1"} {
		if key := mustKey(t, f, at(spoke, region)); key != "session-1" {
			t.Errorf("in %s the spoke is called with %s", region, key)
		}
	}
	if len(s.assumed) != 1 {
		t.Fatalf("the role was assumed %d times, want once", len(s.assumed))
	}
	got := s.assumed[0]
	if *got.RoleArn != role || aws.ToString(got.ExternalId) != "secret-word" || *got.RoleSessionName != "cachegate" {
		t.Errorf("assumed was %s as %s with the external id %q", *got.RoleArn, *got.RoleSessionName, aws.ToString(got.ExternalId))
	}
}

func TestASessionIsRenewedBeforeItEnds(t *testing.T) {
	s := &service{lasts: 30 * time.Second}
	f := factory(s, time.Now)
	mustKey(t, f, at(spoke, "us-east-1"))
	if key := mustKey(t, f, at(spoke, "us-east-1")); key != "session-2" {
		t.Errorf("half a minute before its end the session is still %s: a call that is signed now may come too late", key)
	}
}

func TestManyAtOnceAssumeTheRoleOnce(t *testing.T) {
	s := &service{lasts: time.Hour}
	f := factory(s, time.Now)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			cfg, err := f.Config(t.Context(), at(spoke, []string{"us-east-1", "eu-west-1"}[i%2]))
			if err == nil {
				_, err = cfg.Credentials.Retrieve(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.assumed) != 1 {
		t.Errorf("the role was assumed %d times", len(s.assumed))
	}
}

func TestOnlyWhatTheDeploymentListsIsCalled(t *testing.T) {
	tests := []struct {
		name string
		at   network.Location
		says string
	}{
		{"an account that an intent may name", at("000000000000", "us-east-1"), "account 000000000000"},
		{"a Region of the own account", at(hub, "ap-south-1"), "Region ap-south-1"},
		{"a Region of a spoke", at(spoke, "ap-south-1"), "Region ap-south-1"},
		{"a listed account without a role", at(bare, "us-east-1"), "no role of account " + bare},
		{"nowhere", network.Location{}, "does not list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{}
			_, err := factory(s, time.Now).Config(t.Context(), tt.at)
			if err == nil || !strings.Contains(err.Error(), tt.says) || len(s.assumed) > 0 {
				t.Errorf("the error is %v, want one that says %q", err, tt.says)
			}
		})
	}
}

func TestARefusedRoleIsAskedForAgainAfterAWhileOnly(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "not trusted"}
	s := &service{lasts: time.Hour, refuse: denied}
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	f := factory(s, func() time.Time { return now })
	for range 3 {
		if _, err := keyOf(t, f, at(spoke, "us-east-1")); !errors.Is(err, denied) {
			t.Errorf("the error is %v", err)
		}
	}
	if len(s.assumed) != 1 {
		t.Errorf("a refused role was asked for %d times at once", len(s.assumed))
	}
	s.refuse = nil
	now = now.Add(time.Minute)
	if key := mustKey(t, f, at(spoke, "us-east-1")); key != "session-2" {
		t.Errorf("after a minute the spoke is called with %s", key)
	}
}

func TestWithoutAnExternalIDNoneIsSent(t *testing.T) {
	s := &service{lasts: time.Hour}
	f := factory(s, time.Now)
	f.ExternalID = ""
	mustKey(t, f, at(spoke, "us-east-1"))
	if s.assumed[0].ExternalId != nil {
		t.Error("an empty external id was sent, which STS refuses")
	}
}
