package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Findings implements ledger.Journal.
func (l *Ledger) Findings(ctx context.Context, unit network.Unit) ([]finding.Finding, error) {
	var records []findingRecord
	if _, err := l.read(ctx, unitPK(unit), findingsSK, &records); err != nil {
		return nil, err
	}
	return findingsIn(records), nil
}

func findingsIn(records []findingRecord) []finding.Finding {
	var out []finding.Finding
	for _, r := range records {
		out = append(out, r.finding())
	}
	return out
}

// Contests implements ledger.Journal.
func (l *Ledger) Contests(ctx context.Context, unit network.Unit, since time.Time) (map[string]change.Contest, error) {
	records := map[string]contestRecord{}
	if _, err := l.read(ctx, unitPK(unit), repairsSK, &records); err != nil {
		return nil, err
	}
	return contestsIn(records, since), nil
}

func contestsIn(records map[string]contestRecord, since time.Time) map[string]change.Contest {
	out := map[string]change.Contest{}
	for name, r := range records {
		if recent := after(r.Repairs, since); len(recent) > 0 {
			out[name] = change.Contest{Repairs: recent, Actors: r.Actors}
		}
	}
	return out
}

// after gives the times that are not before a time.
func after(times []time.Time, since time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return t.Before(since) })
}

// Finish implements ledger.Journal.
func (l *Ledger) Finish(ctx context.Context, lease ledger.Lease, r ledger.Run, live []finding.Finding, repaired map[string]string, recovered ...ledger.Run) error {
	r = r.WithID()
	runs := append(slices.Clone(recovered), r)
	return l.retry(ctx, "recording a run of unit "+r.Unit.String(), func() error {
		writes, err := l.writeRuns(runs)
		if err != nil {
			return err
		}
		ended, err := l.endBegun(ctx, r.Unit, runs)
		if err != nil {
			return err
		}
		found, err := l.replaceFindings(ctx, r.Unit, live)
		if err != nil {
			return err
		}
		mended, err := l.addRepairs(ctx, r, repaired)
		if err != nil {
			return err
		}
		told, err := l.addNotices(ctx, r)
		if err != nil {
			return err
		}
		settled, err := l.settle(ctx, r.Settled)
		if err != nil {
			return err
		}
		all := slices.Concat(writes, ended, found, mended, told, settled)
		noted, err := l.noteWrites(ctx, runs, writesAtOnce-len(all))
		if err != nil {
			return err
		}
		return l.transactUnder(ctx, lease, l.endOfLease(lease, r.Next), append(all, noted...))
	})
}

func (l *Ledger) writeRuns(runs []ledger.Run) ([]types.TransactWriteItem, error) {
	var writes []types.TransactWriteItem
	for _, r := range runs {
		r.Found, r.Settled = nil, nil // what people heard of them is in Told
		pieces, err := encode(runOf(r))
		if err != nil {
			return nil, err
		}
		for n, p := range pieces {
			p[TimeToLive] = number(r.At.Add(l.KeepHistory).Unix())
			k := pieceKey(unitPK(r.Unit), runPrefix+sortable(r.At)+"#"+r.ID+"#", n)
			writes = append(writes, types.TransactWriteItem{Put: &types.Put{TableName: aws.String(l.Table), Item: k.with(p)}})
		}
	}
	return writes, nil
}

// replaceFindings gives the writes for what is open; none where nothing changed.
func (l *Ledger) replaceFindings(ctx context.Context, unit network.Unit, live []finding.Finding) ([]types.TransactWriteItem, error) {
	var before []findingRecord
	d, err := l.start(ctx, unitPK(unit), findingsSK, &before)
	if err != nil {
		return nil, err
	}
	records := make([]findingRecord, 0, len(live))
	for _, f := range live {
		records = append(records, findingOf(f))
	}
	if slices.Equal(before, records) {
		return nil, nil
	}
	return l.rewrite(d, records)
}

// addRepairs gives the writes for what was put right, and drops what is too old
// to matter.
func (l *Ledger) addRepairs(ctx context.Context, r ledger.Run, repaired map[string]string) ([]types.TransactWriteItem, error) {
	if len(repaired) == 0 {
		return nil, nil
	}
	records := map[string]contestRecord{}
	d, err := l.start(ctx, unitPK(r.Unit), repairsSK, &records)
	if err != nil {
		return nil, err
	}
	for name, actor := range repaired {
		c := records[name]
		c.Repairs = append(c.Repairs, stamp(r.At))
		if actor != "" && !slices.Contains(c.Actors, actor) {
			c.Actors = append(c.Actors, actor)
		}
		records[name] = c
	}
	for name, c := range records {
		if c.Repairs = after(c.Repairs, r.At.Add(-l.KeepHistory)); len(c.Repairs) == 0 {
			delete(records, name)
			continue
		}
		records[name] = c
	}
	return l.rewrite(d, records)
}

// writesAtOnce is how many writes there are in one transaction, beside that of the lease.
const writesAtOnce = 99

// noteWrites gives the writes that record which resources the runs of a unit changed, for
// those who ask whose change an event is about. What has no room is written at once: it was
// changed, whether or not the rest comes to be recorded.
func (l *Ledger) noteWrites(ctx context.Context, runs []ledger.Run, room int) ([]types.TransactWriteItem, error) {
	var noted []types.TransactWriteItem
	seen := map[string]bool{}
	for _, r := range slices.Backward(runs) { // the latest is the last
		for _, c := range r.Changes {
			if c.Outcome != change.Applied || !c.Writes() || seen[c.Resource] {
				continue
			}
			seen[c.Resource] = true
			u := l.noteWrite(r, c.Resource)
			if len(noted) < room {
				noted = append(noted, types.TransactWriteItem{Update: u})
			} else if err := l.update(ctx, u); err != nil {
				return nil, fmt.Errorf("recording who wrote in unit %s: %w", r.Unit, err)
			}
		}
	}
	return noted, nil
}

func (l *Ledger) noteWrite(r ledger.Run, resource string) *types.Update {
	return &types.Update{
		TableName: aws.String(l.Table), Key: wroteKey(resource).item(),
		UpdateExpression:         aws.String("SET #unit = :at, #expires = :expires"),
		ExpressionAttributeNames: map[string]string{"#unit": member(r.Unit), "#expires": TimeToLive},
		ExpressionAttributeValues: item{
			":at": number(r.At.UnixNano()), ":expires": number(r.At.Add(l.KeepHistory).Unix()),
		},
	}
}

// update makes an update by itself.
func (l *Ledger) update(ctx context.Context, u *types.Update) error {
	_, err := l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	return err
}

// Writers implements ledger.Journal.
func (l *Ledger) Writers(ctx context.Context, resources []string, since time.Time) ([]network.Unit, error) {
	wanted := make([]key, 0, len(resources))
	for _, r := range resources {
		wanted = append(wanted, wroteKey(r))
	}
	found, err := l.getAll(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("reading who changed %s: %w", few(resources), err)
	}
	var units []network.Unit
	for _, i := range found {
		wrote, err := members(i)
		if err != nil {
			return nil, err
		}
		for u, at := range wrote {
			if !time.Unix(0, at).Before(since) {
				units = append(units, u)
			}
		}
	}
	return ledger.SortUnits(unique(units)), nil
}

// Runs gives the runs of a unit from a time on and before another that are still kept, in
// their order; without a second time, all from the first on.
func (l *Ledger) Runs(ctx context.Context, unit network.Unit, since, before time.Time) ([]ledger.Run, error) {
	end := lastRune
	if !before.IsZero() {
		end = sortable(before)
	}
	found, err := l.query(ctx, unitPK(unit), runPrefix+sortable(since), runPrefix+end)
	if err != nil {
		return nil, fmt.Errorf("reading the runs of unit %s: %w", unit, err)
	}
	pieces := map[string][]item{}
	for _, i := range found {
		sk := textOf(i, SortKey)
		name := sk[:strings.LastIndex(sk, "#")]
		pieces[name] = append(pieces[name], i)
	}
	var out []ledger.Run
	for _, name := range slices.Sorted(maps.Keys(pieces)) {
		var r runRecord
		err := decode(pieces[name], &r)
		if errors.Is(err, errStale) { // some of its pieces are past their time already
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the runs of unit %s: %w", unit, err)
		}
		out = append(out, r.run())
	}
	return out, nil
}
