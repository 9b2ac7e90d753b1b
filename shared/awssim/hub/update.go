package hub

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// update is what an update expression does, step by step.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
type update []step

type step struct {
	clause, name string
	value        types.AttributeValue
}

// names are the attributes that are set or added to.
func (u update) names() []string {
	var out []string
	for _, s := range u {
		if s.clause != "REMOVE" {
			out = append(out, s.name)
		}
	}
	return out
}

func (x *expressions) update(text *string) (update, error) {
	if err := x.read(aws.ToString(text)); err != nil {
		return nil, err
	}
	var out update
	for x.peek() != "" {
		clause := strings.ToUpper(x.next())
		if !slices.Contains([]string{"SET", "REMOVE", "ADD", "DELETE"}, clause) {
			return nil, invalid("Invalid UpdateExpression: syntax error near %q", clause)
		}
		for {
			s, err := x.step(clause)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
			if !x.accept(",") {
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, invalid("Invalid UpdateExpression: The expression can not be empty")
	}
	return out, nil
}

func (x *expressions) step(clause string) (step, error) {
	name, err := x.name()
	if err != nil {
		return step{}, err
	}
	s := step{clause: clause, name: name}
	if clause == "SET" {
		err = x.expect("=")
	}
	if err == nil && clause != "REMOVE" {
		s.value, err = x.value()
	}
	return s, err
}

// apply carries the steps out on a copy of an item.
func (u update) apply(to item) error {
	for _, s := range u {
		var err error
		switch s.clause {
		case "SET":
			to[s.name] = s.value
		case "REMOVE":
			delete(to, s.name)
		case "ADD":
			to[s.name], err = added(to[s.name], s.value)
		case "DELETE":
			if left := taken(to[s.name], s.value); left == nil {
				delete(to, s.name)
			} else {
				to[s.name] = left
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
