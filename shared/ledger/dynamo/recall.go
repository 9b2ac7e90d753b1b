package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// recalled is what was read of one unit last. A write starts from it, on the condition
// that it still is so; where that fails, all of it is forgotten and read again.
type recalled struct {
	mu sync.Mutex
	pk string
	// documents are the pieces of the unit's documents, by name; none: it is not there.
	documents map[string][]item
	head      item
	hasHead   bool
	// claims are those that were read; points the partitions whose claims all are among them.
	claims map[key]item
	points map[string]bool
}

// documentNames are those of a unit's documents that are rewritten as a whole.
func documentNames() []string { return []string{begunSK, findingsSK, noticesSK, repairsSK, trippedSK} }

// keep replaces what was read before, of whichever unit.
func (r *recalled) keep(unit network.Unit, items []item, head item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pk, r.documents, r.head, r.hasHead = unitPK(unit), map[string][]item{}, head, true
	r.claims, r.points = map[key]item{}, map[string]bool{}
	for _, name := range documentNames() {
		r.documents[name] = named(items, name)
	}
}

// named gives the items whose sort keys begin alike.
func named(items []item, prefix string) []item {
	return slices.DeleteFunc(slices.Clone(items), func(i item) bool { return !strings.HasPrefix(textOf(i, SortKey), prefix) })
}

// forget makes the next reads fresh ones.
func (r *recalled) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pk = ""
}

// document gives the pieces of a document.
func (r *recalled) document(pk, name string) (pieces []item, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pk != pk {
		return nil, false
	}
	pieces, ok = r.documents[name]
	return pieces, ok
}

// headOf hands out the head of a unit, once: whoever takes it changes it.
func (r *recalled) headOf(unit network.Unit) (head item, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ok = r.pk == unitPK(unit) && r.hasHead
	r.hasHead = r.hasHead && !ok
	return r.head, ok
}

// keepClaims keeps the claims that a unit read, and where it read all there are.
func (r *recalled) keepClaims(unit network.Unit, found map[key]item, points map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pk != unitPK(unit) {
		return
	}
	maps.Copy(r.claims, found)
	maps.Copy(r.points, points)
}

// claim gives a claim as it was read; nil where there was none.
func (r *recalled) claim(k key) (found item, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pk == "" {
		return nil, false
	}
	found, ok = r.claims[k]
	return found, ok || r.points[k.pk]
}

// changedClaim keeps what became of a claim; empty: it went.
func (r *recalled) changedClaim(k key, is string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pk == "" {
		return
	}
	delete(r.claims, k)
	if is != "" {
		r.claims[k] = k.with(item{claimAttribute: text(is)})
	}
}

// changedHead keeps what became of the head of a unit.
func (r *recalled) changedHead(unit network.Unit, head item, attributes item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pk == unitPK(unit) {
		r.head, r.hasHead = maps.Clone(head), true
		if r.head == nil {
			r.head = item{}
		}
		maps.Copy(r.head, attributes)
	}
}

// wrote keeps the documents that were written: the next write starts from them.
func (r *recalled) wrote(writes []types.TransactWriteItem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := map[string][]item{}
	for _, w := range writes {
		if w.Put == nil || textOf(w.Put.Item, PartitionKey) != r.pk || numberOf(w.Put.Item, revisionAttribute) == 0 {
			continue
		}
		sk := textOf(w.Put.Item, SortKey)
		name := sk[:strings.LastIndex(sk, "#")+1]
		fresh[name] = append(fresh[name], w.Put.Item)
	}
	for name, pieces := range fresh {
		if slices.Contains(documentNames(), name) {
			r.documents[name] = pieces
		}
	}
}

// start reads a document to rewrite it, or takes what was read of it already.
func (l *Ledger) start(ctx context.Context, pk, name string, into any) (document, error) {
	if pieces, ok := l.recalled.document(pk, name); ok {
		if len(pieces) == 0 {
			return document{pk: pk, name: name}, nil
		}
		if err := decode(pieces, into); !errors.Is(err, errStale) {
			return document{pk: pk, name: name, revision: numberOf(pieces[0], revisionAttribute), pieces: len(pieces)}, err
		}
	}
	return l.read(ctx, pk, name, into)
}

// startHead reads the head of a unit to change it, or takes what was read of it already.
func (l *Ledger) startHead(ctx context.Context, unit network.Unit) (item, error) {
	if head, ok := l.recalled.headOf(unit); ok {
		return head, nil
	}
	return l.get(ctx, headKey(unit))
}

// Take implements ledger.Memories. The unit is read while it is leased: what was read is
// good where the lease was free when that began, and nobody else had it since. The lease
// sorts before all that its holders write.
func (l *Ledger) Take(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration, repaired time.Time) (ledger.Lease, ledger.Known, error) {
	l.recalled.forget()
	var lease ledger.Lease
	var items []item
	var head item
	var readErr error
	steps := []func(context.Context) error{
		func(ctx context.Context) (err error) {
			lease, err = l.Acquire(ctx, unit, owner, now, ttl)
			return err
		},
		func(ctx context.Context) error {
			items, head, readErr = l.readUnit(ctx, unit)
			return nil
		},
	}
	if err := each(ctx, steps, func(ctx context.Context, step func(context.Context) error) error { return step(ctx) }); err != nil {
		return ledger.Lease{}, ledger.Known{}, err
	}
	if readErr == nil && readUnder(lease, items) {
		if k, err := knownIn(unit, items, head, repaired); err == nil {
			l.recalled.keep(unit, items, head)
			return lease, k, nil
		}
	}
	k, err := l.Recall(ctx, unit, repaired)
	return lease, k, err
}

// readUnder says whether items were read while a lease was had, or while it was free
// just before.
func readUnder(lease ledger.Lease, items []item) bool {
	for _, i := range items {
		if textOf(i, SortKey) != leaseSK {
			continue
		}
		fence := numberOf(i, fenceAttribute)
		return fence == lease.Fence || fence == lease.Fence-1 && textOf(i, ownerAttribute) == ""
	}
	return lease.Fence == 1
}

// Recall implements ledger.Memories.
func (l *Ledger) Recall(ctx context.Context, unit network.Unit, repaired time.Time) (ledger.Known, error) {
	var k ledger.Known
	err := l.retry(ctx, "reading what is known of unit "+unit.String(), func() error {
		l.recalled.forget()
		items, head, err := l.readUnit(ctx, unit)
		if err != nil {
			return err
		}
		if k, err = knownIn(unit, items, head, repaired); err != nil {
			return err
		}
		l.recalled.keep(unit, items, head)
		return nil
	})
	return k, err
}

// readUnit reads all of a unit but its history, and its head.
func (l *Ledger) readUnit(ctx context.Context, unit network.Unit) (items []item, head item, err error) {
	reads := []func(context.Context) error{
		func(ctx context.Context) (err error) {
			items, err = l.query(ctx, unitPK(unit), leaseSK, repairsSK+lastRune)
			return err
		},
		func(ctx context.Context) (err error) {
			head, err = l.get(ctx, headKey(unit))
			return err
		},
	}
	err = each(ctx, reads, func(ctx context.Context, read func(context.Context) error) error { return read(ctx) })
	return items, head, err
}

// knownIn makes sense of the items of a unit. It gives errStale where they were rewritten
// while they were read.
func knownIn(unit network.Unit, items []item, headItem item, repaired time.Time) (k ledger.Known, err error) {
	var findings []findingRecord
	var begun []runRecord
	var notices []noticeRecord
	contests, tripped := map[string]contestRecord{}, trippedRecord{}
	for name, into := range map[string]any{findingsSK: &findings, begunSK: &begun, repairsSK: &contests, trippedSK: &tripped, noticesSK: &notices} {
		if pieces := named(items, name); len(pieces) > 0 {
			err = errors.Join(err, decode(pieces, into))
		}
	}
	for _, i := range named(items, holdsPrefix) {
		k.Held = append(k.Held, textOf(i, SortKey)[len(holdsPrefix):])
	}
	for _, i := range named(items, leaseSK) {
		k.Ran = numberOf(i, ranAttribute) > 0
		if next := textOf(i, nextAttribute); next != "" {
			var parseErr error
			k.Next, parseErr = time.Parse(time.RFC3339Nano, next)
			err = errors.Join(err, parseErr)
		}
	}
	if h := headOf(unit, headItem); h.current != 0 {
		pieces := named(items, keysName(h.current))
		if len(pieces) == 0 {
			return k, fmt.Errorf("reading keys %d of unit %s: they are gone: %w", h.current, unit, errStale)
		}
		k.Judged = h.judged(nil)
		err = errors.Join(err, decode(pieces, &k.Judged.Keys))
	}
	if err != nil {
		return k, err
	}
	k.Unsent = len(notices) > 0
	k.Findings, k.Begun, k.Contests = findingsIn(findings), runsIn(begun), contestsIn(contests, repaired)
	k.Tripped = tripped.tripped()
	return k, nil
}
