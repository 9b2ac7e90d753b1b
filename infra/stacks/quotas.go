package stacks

import (
	"fmt"

	"github.com/cachegate/cachegate/events"
)

const (
	// maxEnvironment is how many bytes the names and values of a function's
	// environment may have together.
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	maxEnvironment = 4096
	// restOfEnvironment is what reconcile's environment takes beside locations and
	// roles, with the longest names that AWS gives its resources.
	restOfEnvironment = 1900
	longestRegion     = "ap-southeast-2"
)

// check says what of the options AWS's quotas refuse.
func (o Options) check() []error {
	var errs []error
	for _, p := range events.Patterns() {
		// The pattern gets the accounts of hub and spokes: "account":["111122223333",…]
		const beside, each = len(`"account":[],`), len(`"111122223333",`)
		if n := len(p.JSON) + beside + each*(1+len(o.SpokeAccounts)); n > events.MaxPatternLength {
			errs = append(errs, fmt.Errorf("context spokeAccounts holds %d accounts: with them rule %s has a pattern of %d characters, and EventBridge takes %d",
				len(o.SpokeAccounts), o.rule(p.Name), n, events.MaxPatternLength))
		}
	}
	if n := o.environmentSize(); n > maxEnvironment {
		errs = append(errs, fmt.Errorf("context spokeAccounts holds %d accounts, and regions %d Regions beside the hub's: reconcile's environment has up to %d bytes with them, and Lambda takes %d; make another deployment, with another name, for some of them",
			len(o.SpokeAccounts), len(o.Regions), n, maxEnvironment))
	}
	return errs
}

// environmentSize is what reconcile's environment may have at most.
func (o Options) environmentSize() int {
	regions := len("111122223333/,") + len(longestRegion)
	for _, r := range o.Regions {
		regions += len("111122223333/,") + len(r)
	}
	role := len("arn:aws-us-gov:iam::111122223333:role/,") + len(o.spokeRole(place{region: longestRegion}))
	return restOfEnvironment + (1+len(o.SpokeAccounts))*regions + len(o.SpokeAccounts)*role
}
