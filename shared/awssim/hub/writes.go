package hub

import (
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// write is what becomes of one item, if its condition holds.
type write struct {
	table   *table
	address string
	holds   condition
	// change gives the item that takes the place of the one before; nil deletes it.
	change func(before item) (item, error)
}

// prepare reads a write's expressions; nothing is written yet.
func (h *Hub) prepare(name *string, key item, x *expressions, conditionText *string, change func(item) (item, error)) (write, error) {
	t, err := h.table(name)
	if err != nil {
		return write{}, err
	}
	address, err := t.address(key)
	if err != nil {
		return write{}, err
	}
	w := write{table: t, address: address, holds: always, change: change}
	if conditionText != nil {
		if w.holds, err = x.condition(conditionText); err != nil {
			return write{}, err
		}
	}
	return w, x.allUsed()
}

func (w write) before() item { return w.table.items[w.address] }

// refused says that the condition does not hold; the item goes along where it was asked for.
func (w write) refused(show types.ReturnValuesOnConditionCheckFailure) error {
	failed := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
	if show == types.ReturnValuesOnConditionCheckFailureAllOld {
		failed.Item = maps.Clone(w.before())
	}
	return failed
}

// carryOut makes the change.
func (w write) carryOut() (after item, err error) {
	if after, err = w.change(w.before()); err != nil {
		return nil, err
	}
	if after == nil {
		delete(w.table.items, w.address)
		return nil, nil
	}
	w.table.items[w.address] = after
	return after, nil
}

func putting(i item) func(item) (item, error) {
	return func(item) (item, error) { return maps.Clone(i), nil }
}

func deleting(item) (item, error) { return nil, nil }

// keeping leaves an item as it is, for a check.
func keeping(i item) (item, error) { return i, nil }

func (h *Hub) putItem(in *dynamodb.PutItemInput) (*dynamodb.PutItemOutput, error) {
	x := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	w, err := h.prepare(in.TableName, in.Item, x, in.ConditionExpression, putting(in.Item))
	if err != nil {
		return nil, err
	}
	if !w.holds(w.before()) {
		return nil, w.refused(in.ReturnValuesOnConditionCheckFailure)
	}
	_, err = w.carryOut()
	return &dynamodb.PutItemOutput{}, err
}

func (h *Hub) deleteItem(in *dynamodb.DeleteItemInput) (*dynamodb.DeleteItemOutput, error) {
	x := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	w, err := h.prepare(in.TableName, in.Key, x, in.ConditionExpression, deleting)
	if err != nil {
		return nil, err
	}
	if !w.holds(w.before()) {
		return nil, w.refused(in.ReturnValuesOnConditionCheckFailure)
	}
	_, err = w.carryOut()
	return &dynamodb.DeleteItemOutput{}, err
}

func (h *Hub) updateItem(in *dynamodb.UpdateItemInput) (*dynamodb.UpdateItemOutput, error) {
	x := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	w, u, err := h.prepareUpdate(in.TableName, in.Key, x, in.UpdateExpression, in.ConditionExpression)
	if err != nil {
		return nil, err
	}
	if !w.holds(w.before()) {
		return nil, w.refused(in.ReturnValuesOnConditionCheckFailure)
	}
	before := maps.Clone(w.before())
	after, err := w.carryOut()
	if err != nil {
		return nil, err
	}
	out := &dynamodb.UpdateItemOutput{}
	switch in.ReturnValues {
	case "", types.ReturnValueNone:
	case types.ReturnValueAllNew:
		out.Attributes = maps.Clone(after)
	case types.ReturnValueUpdatedNew:
		out.Attributes = item{}
		for _, name := range u.names() {
			if v, ok := after[name]; ok {
				out.Attributes[name] = v
			}
		}
	case types.ReturnValueAllOld:
		out.Attributes = before
	default:
		return nil, invalid("the hub does not give ReturnValues %s", in.ReturnValues)
	}
	return out, nil
}

// prepareUpdate reads an update's expressions; nothing is written yet.
func (h *Hub) prepareUpdate(name *string, key item, x *expressions, updateText, conditionText *string) (write, update, error) {
	u, err := x.update(updateText)
	if err != nil {
		return write{}, nil, err
	}
	w, err := h.prepare(name, key, x, conditionText, func(before item) (item, error) {
		after := maps.Clone(key)
		maps.Copy(after, before)
		return after, u.apply(after)
	})
	return w, u, err
}

// mostWrites is how many items one transaction writes.
const mostWrites = 100

func (h *Hub) transactWriteItems(in *dynamodb.TransactWriteItemsInput) (*dynamodb.TransactWriteItemsOutput, error) {
	if n := len(in.TransactItems); n == 0 || n > mostWrites {
		return nil, invalid("Member must have length less than or equal to %d, and at least 1", mostWrites)
	}
	writes := make([]write, 0, len(in.TransactItems))
	seen := map[string]bool{}
	for _, i := range in.TransactItems {
		w, err := h.part(i)
		if err != nil {
			return nil, err
		}
		at := w.table.name + separator + w.address
		if seen[at] {
			return nil, invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[at] = true
		writes = append(writes, w)
	}
	reasons, refused := make([]types.CancellationReason, len(writes)), false
	codes := make([]string, len(writes))
	for n, w := range writes {
		codes[n] = "None"
		if !w.holds(w.before()) {
			codes[n], refused = "ConditionalCheckFailed", true
		}
		reasons[n].Code = aws.String(codes[n])
	}
	if refused {
		message := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"
		return nil, &types.TransactionCanceledException{Message: aws.String(message), CancellationReasons: reasons}
	}
	for _, w := range writes { // all of it can be carried out, or none is
		if _, err := w.change(w.before()); err != nil {
			return nil, err
		}
	}
	for _, w := range writes {
		if _, err := w.carryOut(); err != nil {
			return nil, err
		}
	}
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

// part reads one item of a transaction.
func (h *Hub) part(i types.TransactWriteItem) (write, error) {
	switch {
	case i.Put != nil:
		x := newExpressions(i.Put.ExpressionAttributeNames, i.Put.ExpressionAttributeValues)
		return h.prepare(i.Put.TableName, i.Put.Item, x, i.Put.ConditionExpression, putting(i.Put.Item))
	case i.Delete != nil:
		x := newExpressions(i.Delete.ExpressionAttributeNames, i.Delete.ExpressionAttributeValues)
		return h.prepare(i.Delete.TableName, i.Delete.Key, x, i.Delete.ConditionExpression, deleting)
	case i.ConditionCheck != nil:
		c := i.ConditionCheck
		return h.prepare(c.TableName, c.Key, newExpressions(c.ExpressionAttributeNames, c.ExpressionAttributeValues), c.ConditionExpression, keeping)
	case i.Update != nil:
		u := i.Update
		w, _, err := h.prepareUpdate(u.TableName, u.Key, newExpressions(u.ExpressionAttributeNames, u.ExpressionAttributeValues), u.UpdateExpression, u.ConditionExpression)
		return w, err
	default:
		return write{}, invalid("an item of a transaction has a put, a delete, an update or a check")
	}
}
