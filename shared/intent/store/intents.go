// Package store reads and writes the intents table: one item an intent, and the
// policies under the partition "*". The partition key is "cluster", the sort key
// "name", both strings.
//
// Intents is what a run needs, and only reads; Table is what the command line
// needs. Neither judges what an item says, which is package intent's to do, and
// neither ever gives a part of the table for the whole: a read that fails is an
// error, since an intent that is missing from the answer would be closed.
package store

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
)

// Reader are the calls that reading the table takes.
type Reader interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Options say where the intents are and how long they may be taken from memory.
type Options struct {
	Table string
	Clock func() time.Time
	// Fresh is how old the intents may be that Declared gives. It must stay below
	// the delay of the queue that wakes a run for a new intent, or Forget has to be
	// called when a run begins. Policies are never taken from memory.
	Fresh time.Duration
	// DefaultMode is the mode where no policy gives one; empty: observe.
	DefaultMode intent.Mode
}

// Intents gives what is declared. It may be used by many goroutines at once.
type Intents struct {
	client Reader
	Options

	mu      sync.Mutex
	intents []intent.Record
	// overfull are the clusters that have more items than they may.
	overfull []string
	// read is when the intents began to be read; zero where they have to be again.
	read     time.Time
	policies []intent.Record
	set      intent.Set
}

// NewIntents makes a reader of a table.
func NewIntents(client Reader, options Options) *Intents {
	return &Intents{client: client, Options: options}
}

// Declared gives all that is declared: intents no older than Fresh, and the
// policies, mode included, as they are at this moment. The set is shared, and not
// to be changed.
func (s *Intents) Declared(ctx context.Context) (intent.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock()
	stale := s.read.IsZero() || now.Before(s.read) || now.Sub(s.read) >= s.Fresh
	policies, err := s.readAll(ctx, stale, now)
	if err != nil {
		return intent.Set{}, err
	}
	if stale || !reflect.DeepEqual(policies, s.policies) {
		s.policies = policies
		s.set = intent.Parse(slices.Concat(policies, s.intents), intent.Options{})
		for _, cluster := range s.overfull {
			s.set.Invalid = append(s.set.Invalid, intent.Overfull(cluster, MaxItems, MaxBytes))
		}
		s.set.Policies = s.set.Policies.DefaultTo(cmp.Or(s.DefaultMode, intent.Observe))
	}
	return s.set, nil
}

// readAll reads the policies, with the intents where those are stale.
func (s *Intents) readAll(ctx context.Context, stale bool, now time.Time) (policies []intent.Record, err error) {
	if !stale {
		return partition(ctx, s.client, s.Table, intent.Everything)
	}
	all, err := scanBounded(ctx, s.client, s.Table)
	if err != nil {
		return nil, err
	}
	s.intents, s.overfull = all.all()
	s.read = now
	return all.policies, nil
}

// Forget makes the next Declared read everything anew.
func (s *Intents) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = time.Time{}
}

// scan reads the whole table, or fails.
func scan(ctx context.Context, client Reader, table string) ([]intenttable.Item, error) {
	var items []intenttable.Item
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading intents table %s: %w", table, err)
		}
		items = append(items, page.Items...)
	}
	return items, nil
}

// partition reads all items of a cluster, or of "*", or fails.
func partition(ctx context.Context, client Reader, table, cluster string) ([]intent.Record, error) {
	items, err := query(ctx, client, table, cluster)
	if err != nil {
		return nil, err
	}
	return intenttable.Records(items), nil
}

func query(ctx context.Context, client Reader, table, cluster string) ([]intenttable.Item, error) {
	var items []intenttable.Item
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
		TableName: aws.String(table), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#cluster = :cluster"),
		ExpressionAttributeNames:  map[string]string{"#cluster": intent.FieldCluster},
		ExpressionAttributeValues: intenttable.Item{":cluster": intenttable.Key(intent.Key{Cluster: cluster})[intent.FieldCluster]},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the items of %s in intents table %s: %w", cluster, table, err)
		}
		items = append(items, page.Items...)
	}
	return items, nil
}
