package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
)

// Client are the calls that reading and writing the table take.
type Client interface {
	Reader
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// AtOnce is how many changes are written together, all or none: what DynamoDB
// takes in one transaction.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const AtOnce = 100

// Table is the intents table for people's changes.
type Table struct {
	client Client
	name   string
}

// NewTable makes a reader and writer of a table.
func NewTable(client Client, name string) *Table { return &Table{client: client, name: name} }

// Item is a record as the table has it: what a change says it was worked out from.
type Item struct {
	intent.Record
	raw intenttable.Item
}

func itemOf(raw intenttable.Item) Item { return Item{Record: intenttable.Record(raw), raw: raw} }

// Key gives the keys of a record as far as they can be read.
func Key(r intent.Record) intent.Key {
	return intent.Key{Cluster: r.Fields[intent.FieldCluster].Text, Name: r.Fields[intent.FieldName].Text}
}

// List gives all items, policies too, sorted by cluster and name.
func (t *Table) List(ctx context.Context) ([]Item, error) {
	raw, err := scan(ctx, t.client, t.name)
	return sorted(raw), err
}

// ListCluster gives the items of one cluster, or the policies, sorted by name.
func (t *Table) ListCluster(ctx context.Context, cluster string) ([]Item, error) {
	raw, err := query(ctx, t.client, t.name, cluster)
	return sorted(raw), err
}

func sorted(raw []intenttable.Item) []Item {
	items := make([]Item, 0, len(raw))
	for _, i := range raw {
		items = append(items, itemOf(i))
	}
	slices.SortFunc(items, func(a, b Item) int {
		x, y := Key(a.Record), Key(b.Record)
		return cmp.Or(strings.Compare(x.Cluster, y.Cluster), strings.Compare(x.Name, y.Name))
	})
	return items
}

// Get gives one item; ok is false where there is none.
func (t *Table) Get(ctx context.Context, key intent.Key) (item Item, ok bool, err error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(t.name), Key: intenttable.Key(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Item{}, false, fmt.Errorf("reading item %s of intents table %s: %w", shown(key), t.name, err)
	}
	if len(out.Item) == 0 {
		return Item{}, false, nil
	}
	return itemOf(out.Item), true, nil
}

// Change replaces an item with another of the same key. Without Before there must
// be none yet, without After it is deleted.
type Change struct {
	Before *Item
	After  *intent.Record
}

// ChangedError says that items are not what a change was worked out from.
type ChangedError struct {
	Keys []intent.Key
	// Written is how many changes were written before these: those of whole
	// transactions.
	Written int
}

// Error names the items.
func (e *ChangedError) Error() string {
	names := make([]string, 0, len(e.Keys))
	for _, k := range e.Keys {
		names = append(names, shown(k))
	}
	text := "somebody else changed " + strings.Join(names, ", ") + " meanwhile: look at the table again, and repeat what is still wanted"
	if e.Written > 0 {
		text += fmt.Sprintf(" (the %d changes before were written)", e.Written)
	}
	return text
}

// Write makes changes, AtOnce of them together. It stops at the first that are
// refused: with a *ChangedError where items are not what they were.
func (t *Table) Write(ctx context.Context, changes ...Change) error {
	written := 0
	for batch := range slices.Chunk(changes, AtOnce) {
		if err := t.transact(ctx, batch); err != nil {
			if changed, ok := errors.AsType[*ChangedError](err); ok {
				changed.Written = written
				return changed
			}
			return fmt.Errorf("writing to intents table %s (%d of %d changes are written): %w", t.name, written, len(changes), err)
		}
		written += len(batch)
	}
	return nil
}

func (t *Table) transact(ctx context.Context, batch []Change) error {
	writes := make([]types.TransactWriteItem, 0, len(batch))
	for _, c := range batch {
		w, err := t.write(c)
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	_, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		return err
	}
	var changed ChangedError
	for i, reason := range canceled.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" && i < len(batch) {
			changed.Keys = append(changed.Keys, batch[i].key())
		}
	}
	if len(changed.Keys) == 0 {
		return err
	}
	return &changed
}

func (c Change) key() intent.Key {
	if c.Before != nil {
		return Key(c.Before.Record)
	}
	return Key(*c.After)
}

func (t *Table) write(c Change) (types.TransactWriteItem, error) {
	switch {
	case c.Before == nil && c.After == nil:
		return types.TransactWriteItem{}, errors.New("a change needs an item before or after it")
	case c.Before != nil && c.After != nil && Key(c.Before.Record) != Key(*c.After):
		return types.TransactWriteItem{}, fmt.Errorf("a change keeps its key, and must not turn %s into %s", shown(Key(c.Before.Record)), shown(Key(*c.After)))
	}
	key := c.key()
	if key.Cluster == "" || key.Name == "" {
		return types.TransactWriteItem{}, fmt.Errorf("item %s needs a cluster and a name, both strings", shown(key))
	}
	condition, names, values := unchanged(c.Before)
	if c.After == nil {
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: aws.String(t.name), Key: intenttable.Key(key),
			ConditionExpression: aws.String(condition), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}, nil
	}
	item, err := intenttable.ToItem(*c.After)
	if err != nil {
		return types.TransactWriteItem{}, err
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: aws.String(t.name), Item: item,
		ConditionExpression: aws.String(condition), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}, nil
}

// unchanged gives the condition that an item is as it was: each attribute the
// same, and none of the known ones added. Items carry no version, since people
// type them by hand.
func unchanged(before *Item) (string, map[string]string, intenttable.Item) {
	if before == nil {
		return "attribute_not_exists(#cluster)", map[string]string{"#cluster": intent.FieldCluster}, nil
	}
	known := append(intent.IntentFields(), intent.PolicyFields()...)
	for name := range before.raw {
		known = append(known, name)
	}
	slices.Sort(known)
	var terms []string
	names, values := map[string]string{}, intenttable.Item{}
	for i, name := range slices.Compact(known) {
		field := fmt.Sprintf("#%d", i)
		names[field] = name
		value, was := before.raw[name]
		if !was {
			terms = append(terms, "attribute_not_exists("+field+")")
			continue
		}
		values[fmt.Sprintf(":%d", i)] = value
		terms = append(terms, fmt.Sprintf("%s = :%d", field, i))
	}
	return strings.Join(terms, " AND "), names, values
}

// SetMode sets the mode of a policy, that of everything or of a cluster, whatever
// else its item says or becomes at this moment: the kill switch waits for nobody. It gives
// the mode that the item had, empty where it had none that is a text.
func (t *Table) SetMode(ctx context.Context, target string, mode intent.Mode) (was intent.Mode, err error) {
	return t.updateMode(ctx, target, "SET #mode = :mode", intenttable.Item{":mode": &types.AttributeValueMemberS{Value: string(mode)}})
}

// ClearMode takes the mode out of a policy, whatever else its item says, and gives the one that
// it had. The item stays: it may hold more than anybody can read.
func (t *Table) ClearMode(ctx context.Context, target string) (was intent.Mode, err error) {
	return t.updateMode(ctx, target, "REMOVE #mode", nil)
}

func (t *Table) updateMode(ctx context.Context, target, update string, values intenttable.Item) (intent.Mode, error) {
	out, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String(t.name),
		Key:                       intenttable.Key(intent.Key{Cluster: intent.Everything, Name: target}),
		UpdateExpression:          aws.String(update),
		ExpressionAttributeNames:  map[string]string{"#mode": intent.FieldMode},
		ExpressionAttributeValues: values,
		ReturnValues:              types.ReturnValueAllOld,
	})
	if err != nil {
		return "", fmt.Errorf("changing the mode of %s in intents table %s: %w", target, t.name, err)
	}
	was, _ := out.Attributes[intent.FieldMode].(*types.AttributeValueMemberS)
	if was == nil {
		return "", nil
	}
	return intent.Mode(was.Value), nil
}

func shown(key intent.Key) string { return fmt.Sprintf("%q/%q", key.Cluster, key.Name) }
