package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// touchedAttribute changes with every write to a dep# item, so that an empty one
// goes only as long as nobody came to it.
const touchedAttribute = "touched"

// takeTicket gives a judgement its number, higher than all before it, and notes
// that keys may be kept under it.
func (l *Ledger) takeTicket(ctx context.Context, h head) (int64, error) {
	out, err := l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(l.Table), Key: headKey(h.unit).item(),
		UpdateExpression:          aws.String("ADD #ticket :one"),
		ExpressionAttributeNames:  map[string]string{"#ticket": ticketAttribute},
		ExpressionAttributeValues: item{":one": number(1)},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, err
	}
	ticket := numberOf(out.Attributes, ticketAttribute)
	_, err = l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(l.Table), Key: headKey(h.unit).item(),
		UpdateExpression:          aws.String("ADD #kept :ticket"),
		ExpressionAttributeNames:  map[string]string{"#kept": keptAttribute},
		ExpressionAttributeValues: item{":ticket": numbers(ticket)},
	})
	return ticket, err
}

func numbers(values ...int64) types.AttributeValue {
	set := &types.AttributeValueMemberNS{}
	for _, n := range values {
		set.Value = append(set.Value, fmt.Sprint(n))
	}
	return set
}

// setHead makes a judgement the one that counts; errStale where another became it.
func (l *Ledger) setHead(ctx context.Context, h head, current int64, hash, needs string, j ledger.Judged) error {
	clusters := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
	for _, arn := range j.Clusters {
		clusters.Value = append(clusters.Value, text(arn))
	}
	in := &dynamodb.UpdateItemInput{
		TableName: aws.String(l.Table), Key: headKey(h.unit).item(),
		UpdateExpression:    aws.String("SET #current = :current, #hash = :hash, #digest = :digest, #clusters = :clusters, #needs = :needs, #open = :open, #hidden = :hidden"),
		ConditionExpression: aws.String("attribute_not_exists(#current)"),
		ExpressionAttributeNames: map[string]string{
			"#current": currentAttribute, "#hash": hashAttribute, "#digest": digestAttribute, "#clusters": clustersAttribute,
			"#needs": needsAttribute, "#open": openAttribute, "#hidden": hiddenAttribute,
		},
		ExpressionAttributeValues: item{
			":current": number(current), ":hash": text(hash), ":digest": text(j.Digest), ":clusters": clusters,
			":needs": text(needs), ":open": number(int64(j.Open)), ":hidden": number(int64(min(len(j.Needs.Hidden), 1))),
		},
	}
	if h.current != 0 {
		in.ConditionExpression = aws.String("#current = :was AND attribute_not_exists(#needs)")
		in.ExpressionAttributeValues[":was"] = number(h.current)
	}
	if h.needs != "" {
		in.ConditionExpression = aws.String("#current = :was AND #needs = :needed")
		in.ExpressionAttributeValues[":needed"] = text(h.needs)
	}
	_, err := l.client.UpdateItem(ctx, in)
	if conditionFailed(err) {
		return fmt.Errorf("judging unit %s: %w", h.unit, errStale)
	}
	if err != nil {
		return err
	}
	if current == h.current && len(h.dead()) == 0 { // else more of it changes
		l.recalled.changedHead(h.unit, h.item, item{
			digestAttribute: text(j.Digest), clustersAttribute: clusters,
			needsAttribute: text(needs), openAttribute: number(int64(j.Open)), hiddenAttribute: in.ExpressionAttributeValues[":hidden"],
		})
	}
	if h.needs == needs {
		return nil
	}
	return l.dropNeeds(ctx, h.unit, h.needs)
}

func keysName(ticket int64) string { return fmt.Sprintf("%s%020d#", keysPrefix, ticket) }

// keepKeys writes the keys of a judgement, which nobody else writes under its number.
func (l *Ledger) keepKeys(ctx context.Context, unit network.Unit, ticket int64, keys []string) error {
	pieces, err := encode(keys)
	if err != nil {
		return err
	}
	for n, p := range pieces {
		_, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(l.Table), Item: pieceKey(unitPK(unit), keysName(ticket), n).with(p),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keysAt reads the keys of a judgement; errStale where not all of them are there.
// Those of no judgement are none.
func (l *Ledger) keysAt(ctx context.Context, unit network.Unit, ticket int64) ([]string, error) {
	if ticket == 0 {
		return nil, nil
	}
	pieces, err := l.queryPrefix(ctx, unitPK(unit), keysName(ticket))
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return nil, fmt.Errorf("reading keys %d of unit %s: they are gone: %w", ticket, unit, errStale)
	}
	var keys []string
	return keys, decode(pieces, &keys)
}

// enter puts a unit into the index, under the number of its judgement: as many keys at once
// as a transaction takes.
func (l *Ledger) enter(ctx context.Context, unit network.Unit, ticket int64, keys []string) error {
	return each(ctx, slices.Collect(slices.Chunk(keys, entriesAtOnce)), func(ctx context.Context, some []string) error {
		writes := make([]types.TransactWriteItem, 0, len(some))
		for _, dependency := range some {
			writes = append(writes, types.TransactWriteItem{Update: &types.Update{
				TableName: aws.String(l.Table), Key: depKey(dependency).item(),
				UpdateExpression:         aws.String("SET #unit = :ticket, #touched = :touched"),
				ExpressionAttributeNames: map[string]string{"#unit": member(unit), "#touched": touchedAttribute},
				ExpressionAttributeValues: item{
					":ticket": number(ticket), ":touched": text(fmt.Sprintf("%s %d in", unit, ticket)),
				},
			}})
		}
		return l.retry(ctx, "writing dependencies "+few(some), func() error {
			_, err := l.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
			return err
		})
	})
}

// entriesAtOnce is how many dependencies are written in one transaction: few enough that one
// which another unit writes at the same time seldom makes all of them wait.
const entriesAtOnce = 50

// withdraw takes a unit out of the index, except where a judgement put it that is
// newer than the current one was when this one read the head.
func (l *Ledger) withdraw(ctx context.Context, h head, keys []string) error {
	touched := fmt.Sprintf("%s %d out", h.unit, h.current)
	return each(ctx, keys, func(ctx context.Context, dependency string) error {
		return l.retry(ctx, "removing dependency "+dependency, func() error {
			out, err := l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: aws.String(l.Table), Key: depKey(dependency).item(),
				UpdateExpression:         aws.String("REMOVE #unit SET #touched = :touched"),
				ConditionExpression:      aws.String("#unit < :current"),
				ExpressionAttributeNames: map[string]string{"#unit": member(h.unit), "#touched": touchedAttribute},
				ExpressionAttributeValues: item{
					":current": number(h.current), ":touched": text(touched),
				},
				ReturnValues: types.ReturnValueAllNew,
			})
			switch {
			case conditionFailed(err):
				return nil
			case err != nil:
				return err
			}
			return l.dropEmpty(ctx, out.Attributes, touched)
		})
	})
}

// dropEmpty deletes a dep# item that nobody depends on any more.
func (l *Ledger) dropEmpty(ctx context.Context, i item, touched string) error {
	if in, err := members(i); err != nil || len(in) > 0 {
		return err
	}
	_, err := l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(l.Table), Key: keyOf(i).item(),
		ConditionExpression:       aws.String("#touched = :touched"),
		ExpressionAttributeNames:  map[string]string{"#touched": touchedAttribute},
		ExpressionAttributeValues: item{":touched": text(touched)},
	})
	if conditionFailed(err) {
		return nil
	}
	return err
}

// forget deletes the keys of dead judgements, and then that they were kept.
func (l *Ledger) forget(ctx context.Context, unit network.Unit, dead []int64) error {
	for _, ticket := range dead {
		pieces, err := l.queryPrefix(ctx, unitPK(unit), keysName(ticket))
		if err != nil {
			return err
		}
		for _, p := range pieces {
			if _, err := l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(l.Table), Key: keyOf(p).item()}); err != nil {
				return err
			}
		}
	}
	_, err := l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(l.Table), Key: headKey(unit).item(),
		UpdateExpression:          aws.String("DELETE #kept :dead"),
		ExpressionAttributeNames:  map[string]string{"#kept": keptAttribute},
		ExpressionAttributeValues: item{":dead": numbers(dead...)},
	})
	return err
}
