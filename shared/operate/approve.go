package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Identity is the call that tells whose credentials are used.
type Identity interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Caller gives the ARN of the identity whose credentials are used. AWS asks for no right to it.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func Caller(ctx context.Context, client Identity) (string, error) {
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("asking AWS who you are: %w", err)
	}
	if aws.ToString(out.Arn) == "" {
		return "", errors.New("asking AWS who you are: the answer has no ARN")
	}
	return *out.Arn, nil
}

// The time for which an approval counts. A week outlives every sweep and a weekend; what nobody
// carried out by then is to be looked at again.
const (
	ShortestApproval = time.Minute
	LongestApproval  = 7 * 24 * time.Hour
)

// Approve keeps a person's word that the next run of a unit may make the changes that wait under
// a hash, for so long. ledger.ErrOtherPlan where others wait by now.
func Approve(ctx context.Context, l ledger.Breaker, unit network.Unit, hash, by string, now time.Time, lasts time.Duration) (change.Approval, error) {
	if lasts < ShortestApproval || lasts > LongestApproval {
		return change.Approval{}, fmt.Errorf("approving %s for %s: must be from %s to %s", hash, lasts, ShortestApproval, LongestApproval)
	}
	a := change.Approval{By: by, At: now.UTC(), Until: now.Add(lasts).UTC()}
	return a, l.Approve(ctx, unit, hash, a)
}
