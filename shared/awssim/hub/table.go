package hub

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

// table is one table; its items are never changed in place, so that answers may share them.
type table struct {
	name            string
	partition, sort string
	items           map[string]item
}

func (h *Hub) table(name *string) (*table, error) {
	if t := h.tables[aws.ToString(name)]; t != nil {
		return t, nil
	}
	message := "Requested resource not found: Table: " + aws.ToString(name) + " not found"
	return nil, &types.ResourceNotFoundException{Message: aws.String(message)}
}

// separator stands between the two keys of an item; it sorts before every other character.
const separator = "\x00"

// address gives where an item is kept by its keys, which must be strings that are not empty.
func (t *table) address(of item) (string, error) {
	keys := make([]string, 0, 2)
	for _, name := range []string{t.partition, t.sort} {
		v, ok := of[name].(*types.AttributeValueMemberS)
		if !ok || v.Value == "" {
			return "", invalid("The provided key element does not match the schema: %s must be a string, and not empty", name)
		}
		keys = append(keys, v.Value)
	}
	return strings.Join(keys, separator), nil
}

func (t *table) keyOf(address string) item {
	partition, sort, _ := strings.Cut(address, separator)
	return item{t.partition: &types.AttributeValueMemberS{Value: partition}, t.sort: &types.AttributeValueMemberS{Value: sort}}
}

func (h *Hub) getItem(in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error) {
	t, err := h.table(in.TableName)
	if err != nil {
		return nil, err
	}
	address, err := t.address(in.Key)
	if err != nil {
		return nil, err
	}
	return &dynamodb.GetItemOutput{Item: maps.Clone(t.items[address])}, nil
}

// mostGets is how many items DynamoDB gives at once.
const mostGets = 100

func (h *Hub) batchGetItem(in *dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error) {
	out := &dynamodb.BatchGetItemOutput{Responses: map[string][]item{}}
	for name, wanted := range in.RequestItems {
		t, err := h.table(&name)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, key := range wanted.Keys {
			address, err := t.address(key)
			switch {
			case err != nil:
				return nil, err
			case seen[address]:
				return nil, invalid("Provided list of item keys contains duplicates")
			case len(seen) == mostGets:
				return nil, invalid("Too many items requested for the BatchGetItem call")
			}
			seen[address] = true
			if found := t.items[address]; found != nil {
				out.Responses[name] = append(out.Responses[name], maps.Clone(found))
			}
		}
	}
	return out, nil
}

func (h *Hub) scan(in *dynamodb.ScanInput) (*dynamodb.ScanOutput, error) {
	t, err := h.table(in.TableName)
	if err != nil {
		return nil, err
	}
	if in.FilterExpression != nil || in.IndexName != nil || in.ProjectionExpression != nil || in.Segment != nil {
		return nil, invalid("the hub scans whole tables only")
	}
	items, last, err := h.pageOf(t, in.ExclusiveStartKey, in.Limit, func(item) (bool, error) { return true, nil })
	return &dynamodb.ScanOutput{Items: items, Count: int32(len(items)), LastEvaluatedKey: last}, err
}

func (h *Hub) query(in *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	t, err := h.table(in.TableName)
	if err != nil {
		return nil, err
	}
	if in.FilterExpression != nil || in.IndexName != nil || in.ProjectionExpression != nil || in.ScanIndexForward != nil {
		return nil, invalid("the hub queries by keys only, in their order")
	}
	x := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	holds, err := x.condition(in.KeyConditionExpression)
	if err == nil {
		err = x.allUsed()
	}
	if err != nil {
		return nil, err
	}
	items, last, err := h.pageOf(t, in.ExclusiveStartKey, in.Limit, func(i item) (bool, error) { return holds(i), nil })
	return &dynamodb.QueryOutput{Items: items, Count: int32(len(items)), LastEvaluatedKey: last}, err
}

// pageOf gives the items after a key that are wanted, in the order of their keys, and the key to go on from.
func (h *Hub) pageOf(t *table, after item, limit *int32, wanted func(item) (bool, error)) (items []item, last item, err error) {
	from := ""
	if len(after) > 0 {
		if from, err = t.address(after); err != nil {
			return nil, nil, err
		}
	}
	most := h.page
	if n := int(aws.ToInt32(limit)); n > 0 && (most == 0 || n < most) {
		most = n
	}
	for _, address := range slices.Sorted(maps.Keys(t.items)) {
		if address <= from {
			continue
		}
		ok, err := wanted(t.items[address])
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		items = append(items, maps.Clone(t.items[address]))
		if most > 0 && len(items) == most {
			return items, t.keyOf(address), nil
		}
	}
	return items, nil, nil
}

func invalid(format string, args ...any) error {
	return apiError("ValidationException", format, args...)
}
