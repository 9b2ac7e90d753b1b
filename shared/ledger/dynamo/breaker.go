package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

type closesRecord struct {
	At time.Time `json:"at"`
	N  int       `json:"n"`
}

// closesIn reads the closes of a head. What cannot be read is an error: closes that are not
// counted would let too many others through.
func closesIn(i item) ([]ledger.Closes, error) {
	data := textOf(i, closesAttribute)
	if data == "" {
		return nil, nil
	}
	var records []closesRecord
	if err := json.Unmarshal([]byte(data), &records); err != nil {
		return nil, fmt.Errorf("reading the closes of %s: %w", textOf(i, SortKey), err)
	}
	var out []ledger.Closes
	for _, r := range records {
		out = append(out, ledger.Closes{At: r.At, N: r.N})
	}
	return out, nil
}

// CountCloses implements ledger.Breaker.
func (l *Ledger) CountCloses(ctx context.Context, unit network.Unit, c ledger.Closes, since time.Time) error {
	return l.retry(ctx, "counting the closes of unit "+unit.String(), func() error {
		found, err := l.startHead(ctx, unit)
		if err != nil {
			return err
		}
		known, err := closesIn(found)
		if err != nil {
			return err
		}
		records := []closesRecord{}
		c.At = stamp(c.At)
		for _, k := range ledger.WithCloses(known, c, since) {
			records = append(records, closesRecord{At: stamp(k.At), N: k.N})
		}
		data, err := json.Marshal(records)
		if err != nil {
			return err
		}
		in := &dynamodb.UpdateItemInput{
			TableName: aws.String(l.Table), Key: headKey(unit).item(),
			UpdateExpression:          aws.String("SET #closes = :closes"),
			ConditionExpression:       aws.String("attribute_not_exists(#closes)"),
			ExpressionAttributeNames:  map[string]string{"#closes": closesAttribute},
			ExpressionAttributeValues: item{":closes": text(string(data))},
		}
		if was := textOf(found, closesAttribute); was != "" {
			in.ConditionExpression = aws.String("#closes = :was")
			in.ExpressionAttributeValues[":was"] = text(was)
		}
		_, err = l.client.UpdateItem(ctx, in)
		if conditionFailed(err) {
			return errors.Join(err, errStale)
		}
		if err == nil {
			l.recalled.changedHead(unit, found, item{closesAttribute: text(string(data))})
		}
		return err
	})
}

type trippedRecord struct {
	Hash string    `json:"hash,omitempty"`
	At   time.Time `json:"at,omitzero"`
	// Waiting stands under the name of what alone waited at first.
	Waiting    []string        `json:"closes,omitempty"`
	Texts      []string        `json:"texts,omitempty"`
	Limit      string          `json:"limit,omitempty"`
	Deployment bool            `json:"deployment,omitempty"`
	Approval   *approvalRecord `json:"approval,omitempty"`
	Undone     []undoneRecord  `json:"undone,omitempty"`
}

type approvalRecord struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

func approvalOf(a change.Approval) *approvalRecord {
	if a == (change.Approval{}) {
		return nil
	}
	return &approvalRecord{By: a.By, At: stamp(a.At), Until: stamp(a.Until)}
}

func (r *approvalRecord) approval() change.Approval {
	if r == nil {
		return change.Approval{}
	}
	return change.Approval{By: r.By, At: r.At, Until: r.Until}
}

func trippedOf(t change.Tripped) trippedRecord {
	return trippedRecord{
		Hash: t.Hash, At: stamp(t.At), Waiting: t.Waiting, Texts: t.Texts, Limit: t.Limit, Deployment: t.Deployment, Approval: approvalOf(t.Approval),
		Undone: undoneOf(t.Undone),
	}
}

func (r trippedRecord) tripped() change.Tripped {
	return change.Tripped{
		Hash: r.Hash, At: r.At, Waiting: r.Waiting, Texts: r.Texts, Limit: r.Limit, Deployment: r.Deployment, Approval: r.Approval.approval(),
		Undone: undone(r.Undone),
	}
}

// Trip implements ledger.Breaker.
func (l *Ledger) Trip(ctx context.Context, unit network.Unit, t change.Tripped) error {
	return l.retry(ctx, "keeping what waits for a person in unit "+unit.String(), func() error {
		var old trippedRecord
		d, err := l.start(ctx, unitPK(unit), trippedSK, &old)
		if err != nil {
			return err
		}
		writes, err := l.rewrite(d, trippedOf(ledger.WithGiven(t, old.tripped())))
		if err != nil {
			return err
		}
		return l.transact(ctx, ledger.Lease{}, writes)
	})
}

// Tripped implements ledger.Breaker.
func (l *Ledger) Tripped(ctx context.Context, unit network.Unit) (change.Tripped, bool, error) {
	var r trippedRecord
	if _, err := l.read(ctx, unitPK(unit), trippedSK, &r); err != nil {
		return change.Tripped{}, false, err
	}
	return r.tripped(), r.Hash != "", nil
}

// SetUndone implements ledger.Breaker.
func (l *Ledger) SetUndone(ctx context.Context, unit network.Unit, u change.UndoneRun, now time.Time) error {
	return l.retry(ctx, "keeping that run "+u.Run+" of unit "+unit.String()+" is undone", func() error {
		var r trippedRecord
		d, err := l.read(ctx, unitPK(unit), trippedSK, &r)
		if err != nil {
			return err
		}
		r.Undone = undoneOf(change.WithUndone(undone(r.Undone), u, now))
		writes, err := l.rewrite(d, r)
		if err != nil {
			return err
		}
		return l.transact(ctx, ledger.Lease{}, writes)
	})
}

// Approve implements ledger.Breaker.
func (l *Ledger) Approve(ctx context.Context, unit network.Unit, hash string, a change.Approval) error {
	return l.retry(ctx, "approving "+hash+" in unit "+unit.String(), func() error {
		var r trippedRecord
		d, err := l.read(ctx, unitPK(unit), trippedSK, &r)
		if err != nil {
			return err
		}
		if hash == "" || r.Hash != hash {
			return ledger.ErrOtherPlan
		}
		r.Approval = approvalOf(a)
		writes, err := l.rewrite(d, r)
		if err != nil {
			return err
		}
		return l.transact(ctx, ledger.Lease{}, writes)
	})
}
