package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// The attributes of a lease. The fence stays when the lease is given back, so
// that it only ever grows; until is in nanoseconds since 1970.
const (
	ownerAttribute = "owner"
	fenceAttribute = "fence"
	untilAttribute = "until"
	// nextAttribute is when the last run that was finished wanted the unit looked at again.
	nextAttribute = "next"
	// ranAttribute is there once a run was finished.
	ranAttribute = "ran"
)

func leaseNames() map[string]string {
	return map[string]string{"#owner": ownerAttribute, "#fence": fenceAttribute, "#until": untilAttribute}
}

// Acquire implements ledger.Leases.
func (l *Ledger) Acquire(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration) (ledger.Lease, error) {
	until := now.Add(ttl)
	l.recalled.forget()
	var out *dynamodb.UpdateItemOutput
	err := l.retry(ctx, "leasing unit "+unit.String(), func() (err error) {
		out, err = l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(l.Table), Key: leaseKey(unit).item(),
			UpdateExpression:         aws.String("SET #owner = :owner, #until = :until ADD #fence :one"),
			ConditionExpression:      aws.String("attribute_not_exists(#owner) OR #owner = :owner OR #until <= :now"),
			ExpressionAttributeNames: leaseNames(),
			ExpressionAttributeValues: item{
				":owner": text(owner), ":until": number(until.UnixNano()), ":now": number(now.UnixNano()), ":one": number(1),
			},
			ReturnValues:                        types.ReturnValueUpdatedNew,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		return err
	})
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		ends := time.Unix(0, numberOf(refused.Item, untilAttribute)).UTC().Format(time.RFC3339)
		return ledger.Lease{}, fmt.Errorf("leasing unit %s until %s: %w by %s", unit, ends, ledger.ErrLeased, textOf(refused.Item, ownerAttribute))
	}
	if err != nil {
		return ledger.Lease{}, err
	}
	return ledger.Lease{Unit: unit, Owner: owner, Fence: numberOf(out.Attributes, fenceAttribute), Until: until}, nil
}

// Check implements ledger.Leases.
func (l *Ledger) Check(ctx context.Context, lease ledger.Lease, now time.Time) error {
	found, err := l.get(ctx, leaseKey(lease.Unit))
	if err != nil {
		return fmt.Errorf("checking the lease of unit %s: %w", lease.Unit, err)
	}
	ours := numberOf(found, fenceAttribute) == lease.Fence && textOf(found, ownerAttribute) == lease.Owner
	if now.After(lease.Until) || !ours {
		return fmt.Errorf("checking the lease of unit %s: %w", lease.Unit, ledger.ErrLeaseLost)
	}
	return nil
}

// fence asks whether a lease still is the last one of its unit; a zero lease is not
// asked for.
func (l *Ledger) fence(ctx context.Context, lease ledger.Lease) error {
	if lease.Fence == 0 {
		return nil
	}
	return l.Check(ctx, lease, time.Time{})
}

// Free implements ledger.Leases.
func (l *Ledger) Free(ctx context.Context, lease ledger.Lease) error {
	err := l.retry(ctx, "giving back the lease of unit "+lease.Unit.String(), func() error {
		_, err := l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: aws.String(l.Table), Key: leaseKey(lease.Unit).item(),
			UpdateExpression:          aws.String("REMOVE #owner, #until"),
			ConditionExpression:       aws.String("#fence = :fence"),
			ExpressionAttributeNames:  leaseNames(),
			ExpressionAttributeValues: item{":fence": number(lease.Fence)},
		})
		return err
	})
	if conditionFailed(err) {
		return nil
	}
	return err
}
