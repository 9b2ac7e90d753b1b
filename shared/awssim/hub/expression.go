package hub

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// expressions are those of one write, with the names and values that they share.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
type expressions struct {
	names  map[string]string
	values item
	used   map[string]bool
	tokens []string
}

func newExpressions(names map[string]string, values item) *expressions {
	return &expressions{names: names, values: values, used: map[string]bool{}}
}

// condition says whether an item is as an expression wants it; the item may be nil.
type condition func(item) bool

func always(item) bool { return true }

// tokenPattern are placeholders, words, comparators and punctuation. Attributes by their bare names are not read:
// many of them are reserved words, and would be refused by DynamoDB.
var tokenPattern = regexp.MustCompile(`^\s*([#:][A-Za-z0-9_]+|[A-Za-z_]+|<>|<=|>=|[=<>(),])`)

func (x *expressions) read(text string) error {
	x.tokens = nil
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		found := tokenPattern.FindStringSubmatch(rest)
		if found == nil {
			return invalid("Invalid expression: syntax error near %q", rest)
		}
		x.tokens = append(x.tokens, found[1])
		rest = rest[len(found[0]):]
	}
	return nil
}

func (x *expressions) peek() string {
	if len(x.tokens) == 0 {
		return ""
	}
	return x.tokens[0]
}

func (x *expressions) next() string {
	token := x.peek()
	if token != "" {
		x.tokens = x.tokens[1:]
	}
	return token
}

// accept takes the next token if it is this one.
func (x *expressions) accept(token string) bool {
	if !strings.EqualFold(x.peek(), token) {
		return false
	}
	x.next()
	return true
}

func (x *expressions) expect(token string) error {
	if !x.accept(token) {
		return invalid("Invalid expression: expected %q, found %q", token, x.peek())
	}
	return nil
}

// name reads the placeholder of an attribute.
func (x *expressions) name() (string, error) {
	token := x.next()
	name, ok := x.names[token]
	if !ok || !strings.HasPrefix(token, "#") {
		return "", invalid("An expression attribute name used in the document path is not defined; attribute name: %s", token)
	}
	x.used[token] = true
	return name, nil
}

func (x *expressions) value() (types.AttributeValue, error) {
	token := x.next()
	v, ok := x.values[token]
	if !ok || !strings.HasPrefix(token, ":") {
		return nil, invalid("An expression attribute value used in expression is not defined; attribute value: %s", token)
	}
	x.used[token] = true
	return v, nil
}

// allUsed refuses names and values that no expression uses, as DynamoDB does.
func (x *expressions) allUsed() error {
	var unused []string
	for name := range x.names {
		if !x.used[name] {
			unused = append(unused, name)
		}
	}
	for name := range x.values {
		if !x.used[name] {
			unused = append(unused, name)
		}
	}
	if len(unused) == 0 {
		return nil
	}
	slices.Sort(unused)
	return invalid("Value provided in ExpressionAttributeNames or ExpressionAttributeValues unused in expressions: %s", strings.Join(unused, ", "))
}

func (x *expressions) condition(text *string) (condition, error) {
	if err := x.read(aws.ToString(text)); err != nil {
		return nil, err
	}
	holds, err := x.or()
	if err == nil && x.peek() != "" {
		err = invalid("Invalid expression: syntax error near %q", x.peek())
	}
	return holds, err
}

func (x *expressions) or() (condition, error) {
	left, err := x.and()
	for err == nil && x.accept("OR") {
		a := left
		var b condition
		b, err = x.and()
		left = func(i item) bool { return a(i) || b(i) }
	}
	return left, err
}

func (x *expressions) and() (condition, error) {
	left, err := x.term()
	for err == nil && x.accept("AND") {
		a := left
		var b condition
		b, err = x.term()
		left = func(i item) bool { return a(i) && b(i) }
	}
	return left, err
}

func (x *expressions) term() (condition, error) {
	switch {
	case x.accept("("):
		inner, err := x.or()
		if err == nil {
			err = x.expect(")")
		}
		return inner, err
	case x.accept("attribute_exists"):
		return x.exists(true)
	case x.accept("attribute_not_exists"):
		return x.exists(false)
	default:
		return x.comparison()
	}
}

func (x *expressions) exists(wanted bool) (condition, error) {
	if err := x.expect("("); err != nil {
		return nil, err
	}
	name, err := x.name()
	if err == nil {
		err = x.expect(")")
	}
	return func(i item) bool { _, ok := i[name]; return ok == wanted }, err
}

func (x *expressions) comparison() (condition, error) {
	name, err := x.name()
	if err != nil {
		return nil, err
	}
	comparator := x.next()
	first, err := x.value()
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(comparator, "BETWEEN") {
		if err := x.expect("AND"); err != nil {
			return nil, err
		}
		last, err := x.value()
		return func(i item) bool { return compares(i[name], ">=", first) && compares(i[name], "<=", last) }, err
	}
	if !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, comparator) {
		return nil, invalid("Invalid expression: %q is no comparator that the hub knows", comparator)
	}
	return func(i item) bool { return compares(i[name], comparator, first) }, nil
}
