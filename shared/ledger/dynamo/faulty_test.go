package dynamo_test

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger/dynamo"
)

// errCrash is what a process that dies would never see.
var errCrash = errors.New("crashed")

// faulty is a client under which a process dies: from one of its writes on,
// nothing reaches the table any more.
type faulty struct {
	dynamo.Client
	// dies is the number of the write at which it happens.
	dies int64
	// late says that this write still reaches the table, and only its answer is lost.
	late   bool
	writes atomic.Int64
}

// write carries out one write, unless the process is dead.
func write[In, Out any](ctx context.Context, f *faulty, in In, call func(context.Context, In, ...func(*dynamodb.Options)) (Out, error)) (Out, error) {
	var none Out
	n := f.writes.Add(1)
	if n > f.dies || n == f.dies && !f.late {
		return none, errCrash
	}
	out, err := call(ctx, in)
	if n == f.dies {
		return none, errCrash
	}
	return out, err
}

func (f *faulty) PutItem(ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return write(ctx, f, in, f.Client.PutItem)
}

func (f *faulty) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return write(ctx, f, in, f.Client.UpdateItem)
}

func (f *faulty) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return write(ctx, f, in, f.Client.DeleteItem)
}

func (f *faulty) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return write(ctx, f, in, f.Client.TransactWriteItems)
}

// throttled is a client whose table is busy for a number of calls.
type throttled struct {
	dynamo.Client
	left atomic.Int64
}

func (c *throttled) busy() error {
	if c.left.Add(-1) >= 0 {
		return &types.ProvisionedThroughputExceededException{}
	}
	return nil
}

func (c *throttled) Query(ctx context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if err := c.busy(); err != nil {
		return nil, err
	}
	return c.Client.Query(ctx, in)
}

func (c *throttled) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if err := c.busy(); err != nil {
		return nil, err
	}
	return c.Client.UpdateItem(ctx, in)
}

func (c *throttled) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	if c.busy() != nil {
		code := "ThrottlingError"
		return nil, &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: &code}}}
	}
	return c.Client.TransactWriteItems(ctx, in)
}

// BatchGetItem gives the first of the items that were asked for, and leaves the rest over.
func (c *throttled) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if c.busy() == nil {
		return c.Client.BatchGetItem(ctx, in)
	}
	left := map[string]types.KeysAndAttributes{}
	for table, asked := range in.RequestItems {
		rest := asked
		rest.Keys = asked.Keys[1:]
		if len(rest.Keys) > 0 {
			left[table] = rest
		}
		asked.Keys = asked.Keys[:1]
		in = &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{table: asked}}
	}
	out, err := c.Client.BatchGetItem(ctx, in)
	if err == nil {
		out.UnprocessedKeys = left
	}
	return out, err
}

// meddled is a client that lets somebody else go first before every deletion and
// every batch.
type meddled struct {
	dynamo.Client
	first func()
}

func (c *meddled) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	c.first()
	return c.Client.DeleteItem(ctx, in)
}

func (c *meddled) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	c.first()
	return c.Client.BatchGetItem(ctx, in)
}
