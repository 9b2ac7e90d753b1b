package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cachegate/cachegate/shared/network"
)

// Account is an account as AWS credentials see it, with no deployment of cachegate.
type Account struct {
	ID        string
	Locations []network.Location
	base      aws.Config
}

// FindAccount finds out whether the credentials are those of an account. Options.Region
// may name several Regions, with commas between; empty is that of the AWS configuration.
// The stack and the table of the options do not matter.
func FindAccount(ctx context.Context, load Loader, o Options, id string) (*Account, error) {
	regions := strings.FieldsFunc(o.Region, func(r rune) bool { return r == ',' || r == ' ' })
	if len(regions) > 0 {
		o.Region = regions[0]
	}
	cfg, err := configured(ctx, load, o)
	if err != nil {
		return nil, err
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, Advise(fmt.Errorf("asking AWS whose the credentials are: %w", err))
	}
	if own := aws.ToString(who.Account); own != id {
		return nil, advice{
			what: fmt.Sprintf("the AWS credentials are those of account %s, not of %s", own, id),
			do:   "take others with --profile, or name that account: --account " + own,
		}
	}
	if len(regions) == 0 {
		regions = []string{cfg.Region}
	}
	a := &Account{ID: id, base: cfg}
	for _, r := range regions {
		a.Locations = append(a.Locations, network.Location{Account: id, Region: r})
	}
	return a, nil
}

// Config gives the configuration of one of the account's Regions: also of one that was not
// named, since the far side of a peering may be there. Other accounts cannot be read.
func (a *Account) Config(_ context.Context, at network.Location) (aws.Config, error) {
	if at.Account != a.ID {
		return aws.Config{}, fmt.Errorf("account %s is another one than the credentials are of: only a deployment reads other accounts", at.Account)
	}
	cfg := a.base.Copy()
	cfg.Region = at.Region
	return cfg, nil
}

// Where names the account for people.
func (a *Account) Where() string {
	var regions []string
	for _, l := range a.Locations {
		regions = append(regions, l.Region)
	}
	slices.Sort(regions)
	return "account " + a.ID + " in " + strings.Join(regions, ", ")
}
