package hub

import (
	"bytes"
	"cmp"
	"math/big"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// compares says whether a comparison holds. What is not there compares with nothing, and only values of one type have
// an order.
func compares(have types.AttributeValue, comparator string, with types.AttributeValue) bool {
	if have == nil {
		return comparator == "<>"
	}
	switch comparator {
	case "=":
		return equal(have, with)
	case "<>":
		return !equal(have, with)
	}
	order, ok := ordered(have, with)
	if !ok {
		return false
	}
	switch comparator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

func ordered(a, b types.AttributeValue) (order int, ok bool) {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		if b, same := b.(*types.AttributeValueMemberS); same {
			return cmp.Compare(a.Value, b.Value), true
		}
	case *types.AttributeValueMemberN:
		if b, same := b.(*types.AttributeValueMemberN); same {
			return number(a.Value).Cmp(number(b.Value)), true
		}
	case *types.AttributeValueMemberB:
		if b, same := b.(*types.AttributeValueMemberB); same {
			return bytes.Compare(a.Value, b.Value), true
		}
	}
	return 0, false
}

// number reads a number; what is none counts as zero, since the hub takes it from clients that wrote one.
func number(text string) *big.Rat {
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return n
}

func equal(a, b types.AttributeValue) bool {
	if order, ok := ordered(a, b); ok {
		return order == 0
	}
	switch a := a.(type) {
	case *types.AttributeValueMemberNS:
		b, ok := b.(*types.AttributeValueMemberNS)
		return ok && sameSet(a.Value, b.Value)
	case *types.AttributeValueMemberSS:
		b, ok := b.(*types.AttributeValueMemberSS)
		return ok && sameSet(a.Value, b.Value)
	default:
		return reflect.DeepEqual(a, b)
	}
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// added adds to a number or to a set of numbers.
func added(to, v types.AttributeValue) (types.AttributeValue, error) {
	switch v := v.(type) {
	case *types.AttributeValueMemberN:
		was := "0"
		if n, ok := to.(*types.AttributeValueMemberN); ok {
			was = n.Value
		}
		sum := new(big.Rat).Add(number(was), number(v.Value))
		if !sum.IsInt() {
			return nil, invalid("the hub adds whole numbers only")
		}
		return &types.AttributeValueMemberN{Value: sum.Num().String()}, nil
	case *types.AttributeValueMemberNS:
		whole := slices.Clone(v.Value)
		if set, ok := to.(*types.AttributeValueMemberNS); ok {
			whole = append(whole, set.Value...)
		}
		slices.Sort(whole)
		return &types.AttributeValueMemberNS{Value: slices.Compact(whole)}, nil
	default:
		return nil, invalid("the hub adds numbers and sets of numbers only")
	}
}

// taken takes the elements of a set of numbers away; nil where none is left.
func taken(from, v types.AttributeValue) types.AttributeValue {
	set, ok := from.(*types.AttributeValueMemberNS)
	gone, same := v.(*types.AttributeValueMemberNS)
	if !ok || !same {
		return from
	}
	left := slices.DeleteFunc(slices.Clone(set.Value), func(n string) bool { return slices.Contains(gone.Value, n) })
	if len(left) == 0 {
		return nil
	}
	return &types.AttributeValueMemberNS{Value: left}
}
