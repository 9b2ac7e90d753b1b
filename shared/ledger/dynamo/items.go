package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// The attributes that the table itself knows.
const (
	PartitionKey = "pk"
	SortKey      = "sk"
	// TimeToLive holds epoch seconds.
	TimeToLive = "expires"
)

const (
	// parallel bounds the calls that one ledger call has under way: as many as the SDK
	// keeps connections open to one host.
	parallel = 10
	// batchGetMax is how many items DynamoDB gives at once.
	batchGetMax = 100
)

type item = map[string]types.AttributeValue

// key is the primary key of an item.
type key struct{ pk, sk string }

func (k key) item() item { return item{PartitionKey: text(k.pk), SortKey: text(k.sk)} }

// with gives the whole item of a key.
func (k key) with(attributes item) item {
	whole := k.item()
	maps.Copy(whole, attributes)
	return whole
}

func keyOf(i item) key { return key{pk: textOf(i, PartitionKey), sk: textOf(i, SortKey)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func textOf(i item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

// numberOf gives a number, zero where there is none.
func numberOf(i item, name string) int64 {
	v, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// get reads one item; nil where it is not there.
func (l *Ledger) get(ctx context.Context, k key) (item, error) {
	var out *dynamodb.GetItemOutput
	err := l.retry(ctx, "reading item "+k.pk+" "+k.sk, func() (err error) {
		out, err = l.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(l.Table), Key: k.item(), ConsistentRead: aws.Bool(true),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// getAll reads items in as few calls as can be; those that are not there are left out.
func (l *Ledger) getAll(ctx context.Context, keys []key) (map[key]item, error) {
	var mu sync.Mutex
	found := map[key]item{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for batch := range slices.Chunk(unique(keys), batchGetMax) {
		group.Go(func() error {
			items, err := l.getBatch(ctx, batch)
			mu.Lock()
			defer mu.Unlock()
			for _, i := range items {
				found[keyOf(i)] = i
			}
			return err
		})
	}
	return found, group.Wait()
}

// getBatch asks again for what DynamoDB left over.
func (l *Ledger) getBatch(ctx context.Context, keys []key) ([]item, error) {
	var found []item
	left := make([]item, 0, len(keys))
	for _, k := range keys {
		left = append(left, k.item())
	}
	err := l.retry(ctx, fmt.Sprintf("reading %d items", len(keys)), func() error {
		out, err := l.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{l.Table: {Keys: left, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return err
		}
		for _, items := range out.Responses {
			found = append(found, items...)
		}
		left = nil
		for _, rest := range out.UnprocessedKeys {
			left = append(left, rest.Keys...)
		}
		if len(left) > 0 {
			return fmt.Errorf("%d of them were left over: %w", len(left), errBusy)
		}
		return nil
	})
	return found, err
}

// query reads all items of a partition whose sort keys lie from one to another.
func (l *Ledger) query(ctx context.Context, pk, from, to string) ([]item, error) {
	var found []item
	in := &dynamodb.QueryInput{
		TableName: aws.String(l.Table), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:   aws.String("#pk = :pk AND #sk BETWEEN :from AND :to"),
		ExpressionAttributeNames: map[string]string{"#pk": PartitionKey, "#sk": SortKey},
		ExpressionAttributeValues: item{
			":pk": text(pk), ":from": text(from), ":to": text(to),
		},
	}
	for {
		var out *dynamodb.QueryOutput
		err := l.retry(ctx, "reading items "+pk+" "+from, func() (err error) {
			out, err = l.client.Query(ctx, in)
			return err
		})
		if err != nil {
			return nil, err
		}
		found = append(found, out.Items...)
		if len(out.LastEvaluatedKey) == 0 {
			return found, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// queryPrefix reads all items of a partition whose sort keys begin alike.
func (l *Ledger) queryPrefix(ctx context.Context, pk, prefix string) ([]item, error) {
	return l.query(ctx, pk, prefix, prefix+lastRune)
}

// each calls a function for all values, several at once, and gives the first error.
func each[T any](ctx context.Context, values []T, call func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, v := range values {
		group.Go(func() error { return call(ctx, v) })
	}
	return group.Wait()
}

func unique[T comparable](values []T) []T {
	seen := make(map[T]bool, len(values))
	out := make([]T, 0, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
