// Package accounts gives the configuration of AWS clients for any account and
// Region that the deployment lists: with its own credentials in its own account,
// with an assumed role in others. It never assumes a role that the deployment
// does not name, whatever an intent or an event says.
package accounts

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cachegate/cachegate/shared/network"
)

// Options say where cachegate may act, and how.
type Options struct {
	// Account is the one that Base's credentials are of.
	Account string
	// Locations are the accounts and Regions that may be read and, by policy, written.
	Locations []network.Location
	// Roles are the ARNs of the roles to assume, by account.
	Roles map[string]string
	// ExternalID is what these roles ask for.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
	ExternalID string
	// Session names the sessions of assumed roles in CloudTrail.
	Session string
	Clock   func() time.Time
}

// Factory makes configurations. It may be used by many goroutines at once.
type Factory struct {
	base aws.Config
	Options

	mu          sync.Mutex
	credentials map[string]aws.CredentialsProvider
}

// New makes a factory on a configuration of the deployment's own account.
func New(base aws.Config, o Options) *Factory {
	return &Factory{base: base, Options: o, credentials: map[string]aws.CredentialsProvider{}}
}

// Config gives the configuration of a location. Credentials are made once an
// account and kept; a role that cannot be assumed shows at the first call.
func (f *Factory) Config(_ context.Context, at network.Location) (aws.Config, error) {
	if !slices.Contains(f.Locations, at) {
		return aws.Config{}, f.unlisted(at)
	}
	cfg := f.base.Copy()
	cfg.Region = at.Region
	if at.Account == f.Account {
		return cfg, nil
	}
	role := f.Roles[at.Account]
	if role == "" {
		return aws.Config{}, fmt.Errorf("no role of account %s is known: add the account to -c spokeAccounts of the hub, and deploy the spoke stack there", at.Account)
	}
	cfg.Credentials = f.assumed(at.Account, role)
	return cfg, nil
}

// unlisted says which half of a location the deployment does not know.
func (f *Factory) unlisted(at network.Location) error {
	if slices.ContainsFunc(f.Locations, func(l network.Location) bool { return l.Account == at.Account }) {
		return fmt.Errorf("the deployment does not list Region %s: add it to -c regions of the hub, and deploy the spoke stack there", at.Region)
	}
	return fmt.Errorf("the deployment does not list account %s: add it to -c spokeAccounts of the hub, and deploy the spoke stack there", at.Account)
}

// refusalKept is how long a refused role is not asked for again: a run makes
// dozens of calls, and each would ask STS anew.
const refusalKept = time.Minute

// renewed is how long before its end a session is made anew: a call that was signed
// just before it, and retried, must not come too late.
const renewed = time.Minute

func (f *Factory) assumed(account, role string) aws.CredentialsProvider {
	f.mu.Lock()
	defer f.mu.Unlock()
	if made, ok := f.credentials[account]; ok {
		return made
	}
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(f.base), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = f.Session
		if f.ExternalID != "" {
			o.ExternalID = aws.String(f.ExternalID)
		}
	})
	made := aws.NewCredentialsCache(&refusing{provider: provider, clock: f.Clock}, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = renewed
	})
	f.credentials[account] = made
	return made
}

// refusing remembers a refusal for a while.
type refusing struct {
	provider aws.CredentialsProvider
	clock    func() time.Time

	mu    sync.Mutex
	err   error
	until time.Time
}

// Retrieve implements aws.CredentialsProvider.
func (r *refusing) Retrieve(ctx context.Context) (aws.Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil && r.clock().Before(r.until) {
		return aws.Credentials{}, r.err
	}
	got, err := r.provider.Retrieve(ctx)
	r.err = nil
	if err != nil && ctx.Err() == nil {
		r.err, r.until = err, r.clock().Add(refusalKept)
	}
	return got, err
}
