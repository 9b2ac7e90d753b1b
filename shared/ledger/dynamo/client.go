package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cachegate/cachegate/shared/ledger"
)

// Client are the calls of DynamoDB that the ledger makes. A transaction needs no
// right of its own: IAM asks for those to its puts and deletes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Options say where the ledger is and how it waits.
type Options struct {
	Table string
	// Sleep waits before something is tried again; an error ends the trying.
	Sleep func(context.Context, time.Duration) error
	// Random gives a share of a pause, from 0 to 1, so that those who collided do
	// not collide again. It is called by many goroutines at once. Nil: all of it.
	Random func() float64
	// KeepHistory is how long runs, repairs and who wrote what are kept;
	// DefaultKeepHistory where it is zero. Undo reaches no further back.
	KeepHistory time.Duration
}

// DefaultKeepHistory outlives a quarter, so that its audit still finds every run.
const DefaultKeepHistory = 100 * 24 * time.Hour

// Ledger is a ledger in a table.
type Ledger struct {
	client Client
	Options
	recalled recalled
}

var _ ledger.Ledger = (*Ledger)(nil)

// New makes a ledger on a table that has the keys PartitionKey and SortKey, and
// time to live on TimeToLive.
func New(client Client, options Options) *Ledger {
	if options.KeepHistory == 0 {
		options.KeepHistory = DefaultKeepHistory
	}
	if options.Random == nil {
		options.Random = func() float64 { return 1 }
	}
	return &Ledger{client: client, Options: options}
}
