package dynamo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// The attributes of a head: the judgement of a unit that counts.
const (
	// ticketAttribute is the last number that a judgement of the unit took.
	ticketAttribute = "ticket"
	// currentAttribute is the number of the judgement that counts.
	currentAttribute = "current"
	// keptAttribute are the numbers under which keys may be kept: the current one, and
	// those of judgements that are under way, died, or were replaced.
	keptAttribute = "kept"
	// hashAttribute tells whether the current keys are the same as others.
	hashAttribute     = "hash"
	digestAttribute   = "digest"
	clustersAttribute = "clusters"
	// needsAttribute names the needs of the current judgement.
	needsAttribute = "needs"
	// openAttribute is how much the unit holds, closesAttribute what its latest runs took away.
	// hiddenAttribute is 1 where a part of them could not be read.
	hiddenAttribute = "hidden"
	openAttribute   = "open"
	closesAttribute = "closes"
)

// head is what a unit's item in the list of heads says.
type head struct {
	unit     network.Unit
	current  int64
	kept     []int64
	hash     string
	digest   string
	clusters []string
	needs    string
	hidden   bool
	open     int
	// item is what it was read from.
	item item
}

func headOf(unit network.Unit, i item) head {
	h := head{unit: unit, current: numberOf(i, currentAttribute), hash: textOf(i, hashAttribute), digest: textOf(i, digestAttribute), needs: textOf(i, needsAttribute), open: int(numberOf(i, openAttribute)), hidden: numberOf(i, hiddenAttribute) > 0}
	if kept, ok := i[keptAttribute].(*types.AttributeValueMemberNS); ok {
		for _, n := range kept.Value {
			h.kept = append(h.kept, numberOf(item{"n": &types.AttributeValueMemberN{Value: n}}, "n"))
		}
	}
	if list, ok := i[clustersAttribute].(*types.AttributeValueMemberL); ok {
		for _, v := range list.Value {
			h.clusters = append(h.clusters, textOf(item{"s": v}, "s"))
		}
	}
	return h
}

// dead gives the judgements that can never count any more: who takes a number has
// read the head before, so that whoever has a lower one than the current starts
// from a head that was replaced.
func (h head) dead() []int64 {
	return slices.DeleteFunc(slices.Clone(h.kept), func(n int64) bool { return n >= h.current })
}

func (h head) says(j ledger.Judged, needs string) bool {
	return h.digest == j.Digest && h.needs == needs && h.open == j.Open && h.hidden == (len(j.Needs.Hidden) > 0) && slices.Equal(h.clusters, j.Clusters)
}

// Depend implements ledger.Index.
func (l *Ledger) Depend(ctx context.Context, lease ledger.Lease, j ledger.Judged) (changed bool, err error) {
	what := "writing what unit " + j.Unit.String() + " depends on"
	if _, err = network.ParseUnit(j.Unit.String()); err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	hash := hashOf(j.Keys)
	err = l.retry(ctx, what, func() error {
		found, getErr := l.startHead(ctx, j.Unit)
		if getErr != nil {
			return getErr
		}
		h := headOf(j.Unit, found)
		h.item = found
		if h.current != 0 && h.hash == hash {
			return l.sameKeys(ctx, lease, h, j)
		}
		if lost := l.fence(ctx, lease); lost != nil {
			return lost
		}
		changed = changed || h.current != 0 || len(j.Keys) > 0
		return l.newKeys(ctx, h, j, hash)
	})
	return changed, err
}

// sameKeys writes the rest of a judgement, and clears what a dead one left behind.
func (l *Ledger) sameKeys(ctx context.Context, lease ledger.Lease, h head, j ledger.Judged) error {
	hash, err := hashOfNeeds(j.Needs)
	if err != nil {
		return err
	}
	if h.sameNeeds(hash) && h.says(j, h.needs) && len(h.dead()) == 0 {
		l.recalled.changedHead(j.Unit, h.item, nil)
		return nil
	}
	if lost := l.fence(ctx, lease); lost != nil {
		return lost
	}
	needs, err := l.keepNeeds(ctx, h, j.Needs)
	if err != nil {
		return err
	}
	if !h.says(j, needs) {
		if err := l.setHead(ctx, h, h.current, h.hash, needs, j); err != nil {
			return err
		}
	}
	return l.clear(ctx, h, h.dead(), j.Keys)
}

// newKeys makes a judgement the one that counts.
func (l *Ledger) newKeys(ctx context.Context, h head, j ledger.Judged, hash string) error {
	old, err := l.keysAt(ctx, j.Unit, h.current)
	if err != nil && !errors.Is(err, errStale) { // without the old ones, all are new
		return err
	}
	needs, err := l.keepNeeds(ctx, h, j.Needs)
	if err != nil {
		return err
	}
	ticket, err := l.takeTicket(ctx, h)
	if err != nil {
		return err
	}
	err = l.keepKeys(ctx, j.Unit, ticket, j.Keys)
	if err != nil {
		return err
	}
	err = l.enter(ctx, j.Unit, ticket, missing(j.Keys, old))
	if err != nil {
		return err
	}
	if err := l.setHead(ctx, h, ticket, hash, needs, j); err != nil {
		return err
	}
	h.kept, h.current = append(h.kept, h.current), ticket
	return l.clear(ctx, h, unique(h.dead()), j.Keys)
}

// clear takes the unit out of all that dead judgements depended on, and the
// current one does not; then it forgets them.
func (l *Ledger) clear(ctx context.Context, h head, dead []int64, current []string) error {
	if len(dead) == 0 {
		return nil
	}
	var stale []string
	for _, n := range dead {
		keys, err := l.keysAt(ctx, h.unit, n)
		if err != nil && !errors.Is(err, errStale) { // it died while it wrote them
			return err
		}
		stale = append(stale, missing(keys, current)...)
	}
	if err := l.withdraw(ctx, h, unique(stale)); err != nil {
		return err
	}
	return l.forget(ctx, h.unit, dead)
}

// Judged implements ledger.Index.
func (l *Ledger) Judged(ctx context.Context, unit network.Unit) (j ledger.Judged, ok bool, err error) {
	err = l.retry(ctx, "reading what unit "+unit.String()+" depends on", func() error {
		j, ok, err = l.judgedOnce(ctx, unit)
		return err
	})
	if err != nil {
		return ledger.Judged{}, false, err
	}
	return j, ok, nil
}

func (l *Ledger) judgedOnce(ctx context.Context, unit network.Unit) (ledger.Judged, bool, error) {
	found, err := l.get(ctx, headKey(unit))
	if err != nil {
		return ledger.Judged{}, false, err
	}
	h := headOf(unit, found)
	if h.current == 0 {
		return ledger.Judged{}, false, nil
	}
	keys, err := l.keysAt(ctx, unit, h.current)
	return h.judged(keys), true, err
}

func (h head) judged(keys []string) ledger.Judged {
	return ledger.Judged{Unit: h.unit, Keys: keys, Clusters: h.clusters, Digest: h.digest, Open: h.open, Hidden: h.hidden}
}

// Dependents implements ledger.Index.
func (l *Ledger) Dependents(ctx context.Context, keys []string) ([]network.Unit, error) {
	wanted := make([]key, 0, len(keys))
	for _, k := range keys {
		wanted = append(wanted, depKey(k))
	}
	found, err := l.getAll(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("reading who depends on %s: %w", few(keys), err)
	}
	var units []network.Unit
	for _, i := range found {
		in, err := members(i)
		if err != nil {
			return nil, err
		}
		for u := range in {
			units = append(units, u)
		}
	}
	return ledger.SortUnits(unique(units)), nil
}

// Units implements ledger.Index.
func (l *Ledger) Units(ctx context.Context) ([]ledger.Judged, error) {
	found, err := l.queryPrefix(ctx, headsPK, unitPrefix)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	var out []ledger.Judged
	for _, i := range found {
		unit, err := network.ParseUnit(textOf(i, SortKey)[len(unitPrefix):])
		if err != nil {
			return nil, fmt.Errorf("reading the known units: %w", err)
		}
		closes, err := closesIn(i)
		if err != nil {
			return nil, err
		}
		if h := headOf(unit, i); h.current != 0 {
			j := h.judged(nil)
			j.Closes = closes
			out = append(out, j)
		}
	}
	slices.SortFunc(out, func(a, b ledger.Judged) int { return cmp.Compare(a.Unit.String(), b.Unit.String()) })
	return out, nil
}

func hashOf(keys []string) string {
	h := sha256.New()
	for _, k := range keys {
		fmt.Fprintf(h, "%d:%s", len(k), k)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// missing gives what is in wanted and not in have.
func missing(wanted, have []string) []string {
	there := make(map[string]bool, len(have))
	for _, k := range have {
		there[k] = true
	}
	return slices.DeleteFunc(unique(wanted), func(k string) bool { return there[k] })
}

// few names the first of many keys.
func few(keys []string) string {
	const named = 5
	if len(keys) <= named {
		return strings.Join(keys, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(keys[:named], ", "), len(keys)-named)
}
