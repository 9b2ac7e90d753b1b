package dynamo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// claimAttribute holds a claim as JSON: a write asks for it to be what was read.
const claimAttribute = "claim"

// unitsPerWrite bounds the units that come to a claim or leave it in one
// transaction, which holds at most 100 items.
const unitsPerWrite = 90

// Claims implements ledger.Claims.
func (l *Ledger) Claims(ctx context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error) {
	held, err := l.queryPrefix(ctx, unitPK(unit), holdsPrefix)
	if err != nil {
		return nil, fmt.Errorf("reading the claims of unit %s: %w", unit, err)
	}
	keys := make([]string, 0, len(held))
	for _, i := range held {
		keys = append(keys, textOf(i, SortKey)[len(holdsPrefix):])
	}
	return l.ClaimsAt(ctx, unit, keys, points)
}

// ClaimsAt implements ledger.Claims. The claims that the unit holds and the lists of those
// at the points are read at once, then what the lists name beside them.
func (l *Ledger) ClaimsAt(ctx context.Context, unit network.Unit, held []string, points []change.Point) ([]change.Claim, error) {
	wanted, err := claimKeys(held)
	if err != nil {
		return nil, fmt.Errorf("reading the claims of unit %s: %w", unit, err)
	}
	at := map[string]bool{}
	for _, p := range points {
		at[pointPK(p)] = true
		wanted = append(wanted, key{pk: pointPK(p), sk: claimsSK})
	}
	found, err := l.getAll(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("reading the claims of unit %s: %w", unit, err)
	}
	more, err := listed(found)
	if err != nil {
		return nil, fmt.Errorf("reading the claims at the enforcement points of unit %s: %w", unit, err)
	}
	rest, err := l.getAll(ctx, slices.DeleteFunc(more, func(k key) bool { _, ok := found[k]; return ok }))
	if err != nil {
		return nil, fmt.Errorf("reading the claims at the enforcement points of unit %s: %w", unit, err)
	}
	maps.Copy(found, rest)
	l.recalled.keepClaims(unit, found, at)
	return claimsOf(unit, found, at)
}

func claimKeys(claims []string) ([]key, error) {
	out := make([]key, 0, len(claims))
	for _, c := range claims {
		k, err := claimKey(c)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// listed gives the keys of the claims that the lists of points name.
func listed(found map[key]item) ([]key, error) {
	var claims []string
	for k, i := range found {
		if k.sk != claimsSK {
			continue
		}
		for name := range i {
			if claim, ok := strings.CutPrefix(name, claimPrefix); ok {
				claims = append(claims, claim)
			}
		}
	}
	return claimKeys(claims)
}

// claimsOf reads the claims that a unit holds, and those at some points, whoever holds
// them.
func claimsOf(unit network.Unit, found map[key]item, at map[string]bool) ([]change.Claim, error) {
	var out []change.Claim
	for k, i := range found {
		if k.sk == claimsSK {
			continue
		}
		c, err := claimIn(i)
		if err != nil {
			return nil, err
		}
		if at[k.pk] || slices.Contains(unitsOf(&c), unit) { // it may have let go since its holds# item was read
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b change.Claim) int { return cmp.Compare(a.Key(), b.Key()) })
	return out, nil
}

func claimIn(i item) (change.Claim, error) {
	var r claimRecord
	if err := json.Unmarshal([]byte(textOf(i, claimAttribute)), &r); err != nil {
		return change.Claim{}, fmt.Errorf("reading claim %s: %w", textOf(i, SortKey), err)
	}
	return r.claim(), nil
}

// Intend implements ledger.Claims.
func (l *Ledger) Intend(ctx context.Context, c change.Claim) (prior change.Claim, existed bool, err error) {
	before, err := l.changeClaim(ctx, c.Key(), func(old *change.Claim) (*change.Claim, error) {
		next := c
		if old != nil {
			next.Holders = union(old.Holders, c.Holders)
			next.PriorTags = old.PriorTags
			if old.Tag != "" && old.Tag != c.Tag {
				next.PriorTags = unique(append(slices.Clone(old.PriorTags), old.Tag))
			}
		}
		next.Status, next.RuleID, next.LastHolders = change.Intended, "", nil
		return &next, nil
	})
	if err != nil || before == nil {
		return change.Claim{}, false, err
	}
	return *before, true, nil
}

// Wrote implements ledger.Claims.
func (l *Ledger) Wrote(ctx context.Context, key, ruleID string) error {
	return l.mark(ctx, key, ruleID, change.Written)
}

// Stand implements ledger.Claims.
func (l *Ledger) Stand(ctx context.Context, key, ruleID string) error {
	return l.mark(ctx, key, ruleID, change.Standing)
}

func (l *Ledger) mark(ctx context.Context, key, ruleID string, status change.ClaimStatus) error {
	_, err := l.changeClaim(ctx, key, func(c *change.Claim) (*change.Claim, error) {
		if c == nil {
			return nil, errNoClaim(key)
		}
		c.Status, c.RuleID = status, ruleID
		return c, nil
	})
	return err
}

// Hold implements ledger.Claims.
func (l *Ledger) Hold(ctx context.Context, key string, add, drop []change.Holder) error {
	_, err := l.changeClaim(ctx, key, func(c *change.Claim) (*change.Claim, error) {
		if c == nil {
			return nil, errNoClaim(key)
		}
		c.Holders, c.LastHolders = without(union(c.Holders, add), drop), nil
		if len(c.Holders) == 0 {
			return nil, fmt.Errorf("updating claim %s: its last holder leaves only by Leave", key)
		}
		if c.Status == change.Closing {
			c.Status = change.Standing
		}
		return c, nil
	})
	return err
}

// Leave implements ledger.Claims.
func (l *Ledger) Leave(ctx context.Context, key string, drop []change.Holder) (last bool, err error) {
	_, err = l.changeClaim(ctx, key, func(c *change.Claim) (*change.Claim, error) {
		if c == nil {
			return nil, errNoClaim(key)
		}
		left := without(c.Holders, drop)
		if last = len(left) == 0; last {
			c.Status, c.LastHolders = change.Closing, union(c.LastHolders, c.Holders)
		}
		c.Holders = left
		return c, nil
	})
	return last && err == nil, err
}

// Closed implements ledger.Claims.
func (l *Ledger) Closed(ctx context.Context, key string) error {
	_, err := l.changeClaim(ctx, key, func(c *change.Claim) (*change.Claim, error) {
		if c != nil && len(c.Holders) > 0 {
			return c, nil
		}
		return nil, nil
	})
	return err
}

// Release implements ledger.Claims.
func (l *Ledger) Release(ctx context.Context, key string) error {
	_, err := l.changeClaim(ctx, key, func(*change.Claim) (*change.Claim, error) { return nil, nil })
	return err
}

func errNoClaim(key string) error {
	return fmt.Errorf("updating claim %s: it is not in the ledger", key)
}

// settle gives the writes that settle claims.
func (l *Ledger) settle(ctx context.Context, updates []change.ClaimUpdate) ([]types.TransactWriteItem, error) {
	var writes []types.TransactWriteItem
	for _, u := range updates {
		k, err := claimKey(u.Claim.Key())
		if err != nil {
			return nil, err
		}
		was, before, err := l.startClaim(ctx, k)
		if err != nil {
			return nil, err
		}
		var c change.Claim
		if before != nil {
			c = *before
		}
		after, err := ledger.Settled(c, before != nil, u)
		if err != nil {
			return nil, err
		}
		one, _, err := l.claimWrites(k, was, before, &after)
		if err != nil {
			return nil, err
		}
		writes = append(writes, one...)
	}
	return writes, nil
}

// startClaim reads a claim to change it, or takes what was read of it already; nil where
// there is none. was is how it is kept.
func (l *Ledger) startClaim(ctx context.Context, k key) (was string, before *change.Claim, err error) {
	found, ok := l.recalled.claim(k)
	if !ok {
		if found, err = l.get(ctx, k); err != nil {
			return "", nil, err
		}
	}
	if len(found) == 0 {
		return "", nil, nil
	}
	c, err := claimIn(found)
	return textOf(found, claimAttribute), &c, err
}

// changeClaim works a claim's next state out and writes it, as often as it takes
// until nobody came in between. nil stands for no claim; before is what it was.
func (l *Ledger) changeClaim(ctx context.Context, claim string, next func(*change.Claim) (*change.Claim, error)) (before *change.Claim, err error) {
	k, err := claimKey(claim)
	if err != nil {
		return nil, err
	}
	for round, done := 0, false; !done; round++ {
		var was *change.Claim
		err := l.retry(ctx, "writing claim "+claim, func() (err error) {
			was, done, err = l.changeOnce(ctx, k, next)
			return err
		})
		if err != nil {
			return nil, err
		}
		if round == 0 {
			before = was
		}
	}
	return before, nil
}

// changeOnce reads a claim and writes what becomes of it, or as much of that as
// fits into a transaction.
func (l *Ledger) changeOnce(ctx context.Context, k key, next func(*change.Claim) (*change.Claim, error)) (before *change.Claim, done bool, err error) {
	was, before, err := l.startClaim(ctx, k)
	if err != nil {
		return nil, false, err
	}
	var after *change.Claim
	if before != nil {
		again := *before
		after = &again
	}
	if after, err = next(after); err != nil {
		return nil, false, err
	}
	done, err = l.writeClaim(ctx, k, was, before, after)
	return before, done, err
}

// writeClaim replaces a claim that still reads as it did. done is false where
// more units come and go than one transaction holds: then it has done a part.
func (l *Ledger) writeClaim(ctx context.Context, k key, was string, before, after *change.Claim) (done bool, err error) {
	came, gone := turnover(before, after)
	if done = len(came)+len(gone) <= unitsPerWrite; !done {
		after = partOf(before, after, slices.Concat(came, gone)[:unitsPerWrite])
	}
	writes, is, err := l.claimWrites(k, was, before, after)
	if err != nil || len(writes) == 0 {
		return done && err == nil, err
	}
	if _, err = l.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes}); err != nil {
		return false, err
	}
	l.recalled.changedClaim(k, is)
	return done, nil
}

// claimWrites gives the writes that replace a claim which still reads as it did, and as what
// it is kept then; none where nothing changes.
func (l *Ledger) claimWrites(k key, was string, before, after *change.Claim) (writes []types.TransactWriteItem, is string, err error) {
	if after != nil {
		data, encodeErr := json.Marshal(claimOf(*after))
		if encodeErr != nil {
			return nil, "", fmt.Errorf("encoding: %w", encodeErr)
		}
		is = string(data)
	}
	if is == was {
		return nil, is, nil
	}
	writes = append(writes, l.replaceClaim(k, was, is))
	if (was == "") != (is == "") {
		writes = append(writes, l.listClaim(k, is != ""))
	}
	claim := k.sk[len(claimPrefix):]
	came, gone := turnover(before, after)
	for _, u := range came {
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{TableName: aws.String(l.Table), Item: holdsKey(u, claim).item()}})
	}
	for _, u := range gone {
		writes = append(writes, types.TransactWriteItem{Delete: &types.Delete{TableName: aws.String(l.Table), Key: holdsKey(u, claim).item()}})
	}
	return writes, is, nil
}

// listClaim adds a claim to the list of its enforcement point, or takes it out.
func (l *Ledger) listClaim(k key, there bool) types.TransactWriteItem {
	update := &types.Update{
		TableName: aws.String(l.Table), Key: key{pk: k.pk, sk: claimsSK}.item(),
		UpdateExpression: aws.String("REMOVE #claim"), ExpressionAttributeNames: map[string]string{"#claim": k.sk},
	}
	if there {
		update.UpdateExpression, update.ExpressionAttributeValues = aws.String("SET #claim = :there"), item{":there": number(1)}
	}
	return types.TransactWriteItem{Update: update}
}

func (l *Ledger) replaceClaim(k key, was, is string) types.TransactWriteItem {
	condition, names, values := aws.String("attribute_not_exists(#claim)"), map[string]string{"#claim": claimAttribute}, item(nil)
	if was != "" {
		condition, values = aws.String("#claim = :was"), item{":was": text(was)}
	}
	if is == "" {
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: aws.String(l.Table), Key: k.item(),
			ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: aws.String(l.Table), Item: k.with(item{claimAttribute: text(is)}),
		ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}
}

// turnover gives the units that come to a claim, and those that leave it.
func turnover(before, after *change.Claim) (came, gone []network.Unit) {
	was, is := unitsOf(before), unitsOf(after)
	came = slices.DeleteFunc(slices.Clone(is), func(u network.Unit) bool { return slices.Contains(was, u) })
	gone = slices.DeleteFunc(slices.Clone(was), func(u network.Unit) bool { return slices.Contains(is, u) })
	return came, gone
}

// unitsOf gives the units that have to do with a claim: that hold it, or left it last.
func unitsOf(c *change.Claim) []network.Unit {
	if c == nil {
		return nil
	}
	units := make([]network.Unit, 0, len(c.Holders)+len(c.LastHolders))
	for _, h := range slices.Concat(c.Holders, c.LastHolders) {
		units = append(units, h.Unit)
	}
	return unique(units)
}

// partOf gives a claim on its way: these units have come or gone, the others not yet.
func partOf(before, after *change.Claim, moved []network.Unit) *change.Claim {
	only := func(holders []change.Holder, ofMoved bool) []change.Holder {
		return slices.DeleteFunc(slices.Clone(holders), func(h change.Holder) bool { return slices.Contains(moved, h.Unit) != ofMoved })
	}
	var was, is, part change.Claim
	if after != nil {
		is, part = *after, *after
	}
	if before != nil {
		was, part = *before, *before
	}
	part.Holders = slices.Concat(only(was.Holders, false), only(is.Holders, true))
	part.LastHolders = slices.Concat(only(was.LastHolders, false), only(is.LastHolders, true))
	return &part
}

func union(a, b []change.Holder) []change.Holder { return unique(slices.Concat(a, b)) }

func without(a, drop []change.Holder) []change.Holder {
	return slices.DeleteFunc(slices.Clone(a), func(h change.Holder) bool { return slices.Contains(drop, h) })
}
