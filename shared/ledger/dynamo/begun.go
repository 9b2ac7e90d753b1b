package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Begin implements ledger.Journal.
func (l *Ledger) Begin(ctx context.Context, lease ledger.Lease, r ledger.Run) error {
	r = r.WithID()
	return l.retry(ctx, "beginning a run of unit "+r.Unit.String(), func() error {
		var records []runRecord
		d, err := l.start(ctx, unitPK(r.Unit), begunSK, &records)
		if err != nil {
			return err
		}
		writes, err := l.rewrite(d, append(records, runOf(r)))
		if err != nil {
			return err
		}
		return l.transact(ctx, lease, writes)
	})
}

// Begun implements ledger.Journal.
func (l *Ledger) Begun(ctx context.Context, unit network.Unit) ([]ledger.Run, error) {
	var records []runRecord
	if _, err := l.read(ctx, unitPK(unit), begunSK, &records); err != nil {
		return nil, fmt.Errorf("reading what began in unit %s: %w", unit, err)
	}
	return runsIn(records), nil
}

// runsIn gives runs in the order of their times.
func runsIn(records []runRecord) []ledger.Run {
	var out []ledger.Run
	for _, r := range records {
		out = append(out, r.run())
	}
	slices.SortStableFunc(out, func(a, b ledger.Run) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// endBegun gives the writes that take runs out of those that began; none where they
// were not among them.
func (l *Ledger) endBegun(ctx context.Context, unit network.Unit, runs []ledger.Run) ([]types.TransactWriteItem, error) {
	var records []runRecord
	d, err := l.start(ctx, unitPK(unit), begunSK, &records)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(records), func(b runRecord) bool {
		return slices.ContainsFunc(runs, func(r ledger.Run) bool { return r.ID == b.ID })
	})
	if len(left) == len(records) {
		return nil, nil
	}
	return l.rewrite(d, left)
}

// transact makes writes at once, on the condition that a lease still is the last one
// of its unit; a zero lease is not asked for.
func (l *Ledger) transact(ctx context.Context, lease ledger.Lease, writes []types.TransactWriteItem) error {
	return l.transactUnder(ctx, lease, l.underLease(lease), writes)
}

// transactUnder makes writes at once, with one to the item of the lease that holds it.
func (l *Ledger) transactUnder(ctx context.Context, lease ledger.Lease, held types.TransactWriteItem, writes []types.TransactWriteItem) error {
	if lease.Fence > 0 {
		writes = append([]types.TransactWriteItem{held}, writes...)
	}
	_, err := l.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	if err == nil {
		l.recalled.wrote(writes)
	}
	if lost := lostIn(err); lease.Fence > 0 && lost {
		return fmt.Errorf("writing under the lease of unit %s: %w", lease.Unit, ledger.ErrLeaseLost)
	}
	return err
}

// stillHeld is the condition of a write under a lease.
const stillHeld = "#fence = :fence AND #owner = :owner"

// underLease is the condition that a lease still is the last one of its unit.
func (l *Ledger) underLease(lease ledger.Lease) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: aws.String(l.Table), Key: leaseKey(lease.Unit).item(), ConditionExpression: aws.String(stillHeld),
		ExpressionAttributeNames:  map[string]string{"#fence": fenceAttribute, "#owner": ownerAttribute},
		ExpressionAttributeValues: item{":fence": number(lease.Fence), ":owner": text(lease.Owner)},
	}}
}

// endOfLease gives a lease back, and notes beside it when the unit is to be looked at again.
func (l *Ledger) endOfLease(lease ledger.Lease, next time.Time) types.TransactWriteItem {
	names, values := leaseNames(), item{":fence": number(lease.Fence), ":owner": text(lease.Owner)}
	names["#next"], names["#ran"], values[":ran"] = nextAttribute, ranAttribute, number(1)
	expression := "REMOVE #owner, #until, #next SET #ran = :ran"
	if !next.IsZero() {
		expression, values[":next"] = "REMOVE #owner, #until SET #ran = :ran, #next = :next", text(sortable(next))
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: aws.String(l.Table), Key: leaseKey(lease.Unit).item(), UpdateExpression: aws.String(expression),
		ConditionExpression: aws.String(stillHeld), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}
}

// lostIn says whether a transaction was cancelled by its first condition, that of the
// lease.
func lostIn(err error) bool {
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	return ok && len(cancelled.CancellationReasons) > 0 && aws.ToString(cancelled.CancellationReasons[0].Code) == "ConditionalCheckFailed"
}
