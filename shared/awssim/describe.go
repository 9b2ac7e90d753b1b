package awssim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// filters are what a Describe operation can filter by: each says whether a resource has a value that matches.
type filters[T any] map[string]func(v *T, match matcher) bool

// matcher says whether one value is among those that a filter asks for.
type matcher func(value string) bool

func (m matcher) text(p *string) bool  { return p != nil && m(*p) }
func (m matcher) truth(p *bool) bool   { return m(strconv.FormatBool(aws.ToBool(p))) }
func (m matcher) number(p *int32) bool { return p != nil && m(strconv.Itoa(int(*p))) }
func (m matcher) groups(g []ec2types.GroupIdentifier, of func(ec2types.GroupIdentifier) *string) bool {
	for i := range g {
		if m.text(of(g[i])) {
			return true
		}
	}
	return false
}

// query is what the caller of a Describe operation asks for.
type query[T any] struct {
	ids      []string
	missing  string // the error code for an id that does not exist
	what     string // what such an id is called
	filters  []ec2types.Filter
	by       filters[T]
	tags     func(*T) []ec2types.Tag
	max      *int32
	next     *string
	page     int // how many an answer holds where the caller does not say; 0 is 1000
	smallest int // the smallest MaxResults; 0 is 5
	largest  int // the largest MaxResults that is honoured; 0 is 1000
}

// describe answers a query from a table, a page of it.
func describe[T any](c *call, t *table[T], q query[T]) ([]*T, *string, error) {
	found, err := pick(t, q.ids, q.missing, q.what)
	if err != nil {
		return nil, nil, err
	}
	found, err = choose(found, q)
	if err != nil {
		return nil, nil, err
	}
	return paginate(c, found, q.max, q.next, q.smallest, q.largest, q.page)
}

// pick finds resources by id, all of them where none is named. One id that is missing fails the request.
func pick[T any](t *table[T], ids []string, code, what string) ([]*T, error) {
	if len(ids) == 0 {
		return t.vals, nil
	}
	found := make([]*T, 0, len(ids))
	for i, id := range ids {
		v := t.get(id)
		if v == nil {
			return nil, notFound(code, what, id)
		}
		if !slices.Contains(ids[:i], id) {
			found = append(found, v)
		}
	}
	return found, nil
}

// maxFilterValues is how many values one request may filter by.
const maxFilterValues = 200

// choose keeps what every filter matches.
func choose[T any](found []*T, q query[T]) ([]*T, error) {
	if len(q.filters) == 0 {
		return found, nil
	}
	tests, err := compile(q.filters, q.by, q.tags)
	if err != nil {
		return nil, err
	}
	var chosen []*T
next:
	for _, v := range found {
		for _, test := range tests {
			if !test(v) {
				continue next
			}
		}
		chosen = append(chosen, v)
	}
	return chosen, nil
}

func compile[T any](asked []ec2types.Filter, by filters[T], tags func(*T) []ec2types.Tag) ([]func(*T) bool, error) {
	tests := make([]func(*T) bool, 0, len(asked))
	values := 0
	for _, f := range asked {
		name := aws.ToString(f.Name)
		if values += len(f.Values); values > maxFilterValues {
			return nil, apiError("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
		}
		if len(f.Values) == 0 {
			return nil, invalidParameter("The filter '%s' has no values", name)
		}
		match := anyOf(f.Values)
		if test := tagTest(name, match, tags); test != nil {
			tests = append(tests, test)
			continue
		}
		test, ok := by[name]
		if !ok {
			return nil, invalidParameter("The filter '%s' is invalid", name)
		}
		tests = append(tests, func(v *T) bool { return test(v, match) })
	}
	return tests, nil
}

func tagTest[T any](name string, match matcher, tags func(*T) []ec2types.Tag) func(*T) bool {
	if tags == nil {
		return nil
	}
	key, byKey := strings.CutPrefix(name, "tag:")
	if !byKey && name != "tag-key" {
		return nil
	}
	return func(v *T) bool {
		for _, tag := range tags(v) {
			if byKey && aws.ToString(tag.Key) == key && match.text(tag.Value) || !byKey && match.text(tag.Key) {
				return true
			}
		}
		return false
	}
}

// anyOf matches the values of one filter, in which * and ? stand for any text and any character.
func anyOf(values []string) matcher {
	wild := false
	for _, value := range values {
		wild = wild || strings.ContainsAny(value, `*?\`)
	}
	if !wild {
		wanted := make(map[string]bool, len(values))
		for _, value := range values {
			wanted[value] = true
		}
		return func(value string) bool { return wanted[value] }
	}
	return func(value string) bool {
		for _, pattern := range values {
			if wildcard(pattern, value) {
				return true
			}
		}
		return false
	}
}

// wildcard matches with * and ?; a backslash takes their meaning away.
func wildcard(pattern, value string) bool {
	star, mark := -1, 0
	p, v := 0, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, v = p+1, v+1
		case p+1 < len(pattern) && pattern[p] == '\\' && pattern[p+1] == value[v]:
			p, v = p+2, v+1
		case p < len(pattern) && pattern[p] != '\\' && pattern[p] == value[v]:
			p, v = p+1, v+1
		case star >= 0:
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// paginate gives one page of the answer and the token for the next.
func paginate[T any](c *call, found []*T, limit *int32, next *string, smallest, largest, standard int) ([]*T, *string, error) {
	if smallest == 0 {
		smallest = 5
	}
	if largest == 0 {
		largest = 1000
	}
	if standard == 0 {
		standard = largest
	}
	size := standard
	if c.sim.pageSize > 0 {
		size = min(size, c.sim.pageSize)
	}
	if limit != nil {
		if int(*limit) < smallest {
			return nil, nil, invalidParameter("Value ( %d ) for parameter maxResults is invalid. Expecting a value of at least %d.", *limit, smallest)
		}
		size = min(int(*limit), largest)
		if c.sim.pageSize > 0 {
			size = min(size, c.sim.pageSize) // AWS may always give fewer than asked for
		}
	}
	start := 0
	if next != nil && *next != "" {
		var ok bool
		if start, ok = offsetOf(*next); !ok {
			return nil, nil, apiError("InvalidNextToken", "The token '%s' is invalid", *next)
		}
	}
	start = min(start, len(found))
	end := min(start+size, len(found))
	if end == len(found) {
		return found[start:end], nil, nil
	}
	return found[start:end], tokenAt(end), nil
}

const tokenMark = "awssim:"

func tokenAt(offset int) *string {
	return new(base64.StdEncoding.EncodeToString([]byte(tokenMark + strconv.Itoa(offset))))
}

func offsetOf(token string) (int, bool) {
	text, err := base64.StdEncoding.DecodeString(token)
	digits, ok := strings.CutPrefix(string(text), tokenMark)
	if err != nil || !ok {
		return 0, false
	}
	offset, err := strconv.Atoi(digits)
	return offset, err == nil && offset >= 0
}
