package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
)

// What a cluster may have in the table, so that the team that may write its items cannot
// stop the runs of all others: a security group has room for 60 rules by default and for
// 1,000 at most, and an item as people write them has some hundred bytes.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const (
	MaxItems = 1000
	MaxBytes = 1 << 20
)

// lastName sorts behind every name: a sort key has 1,024 bytes at most, and those of UTF-8
// sort as code points do.
var lastName = strings.Repeat("\U0010FFFF", 1024/4)

// shelf collects the items of a scan, by cluster and within bounds, and the policies.
type shelf struct {
	clusters map[string]*share
	order    []string
	policies []intent.Record
}

// share are the items of one cluster; none where it is over-full.
type share struct {
	records      []intent.Record
	items, bytes int
}

func (s *share) overfull() bool { return s.items > MaxItems || s.bytes > MaxBytes }

func (s *shelf) add(item intenttable.Item) {
	cluster := clusterOf(item)
	if cluster == intent.Everything {
		s.policies = append(s.policies, intenttable.Record(item))
		return
	}
	c, ok := s.clusters[cluster]
	if !ok {
		c = &share{}
		s.clusters[cluster] = c
		s.order = append(s.order, cluster)
	}
	c.items++
	c.bytes += sizeOf(&types.AttributeValueMemberM{Value: item})
	if c.overfull() {
		c.records = nil
		return
	}
	c.records = append(c.records, intenttable.Record(item))
}

// next gives where the scan goes on: behind all items of a cluster that is over-full.
func (s *shelf) next(last intenttable.Item) (key intenttable.Item, skips bool) {
	cluster := clusterOf(last)
	if c, ok := s.clusters[cluster]; !ok || !c.overfull() {
		return last, false
	}
	return intenttable.Key(intent.Key{Cluster: cluster, Name: lastName}), true
}

// all gives the records of every cluster that is not over-full, and those that are.
func (s *shelf) all() (records []intent.Record, overfull []string) {
	for _, cluster := range s.order {
		if c := s.clusters[cluster]; c.overfull() {
			overfull = append(overfull, cluster)
		} else {
			records = append(records, c.records...)
		}
	}
	slices.Sort(overfull)
	return records, overfull
}

// scanBounded reads all intents and policies, or fails. Of a cluster that has more than it
// may it gives nothing but its name, and reads about as much as it may have.
func scanBounded(ctx context.Context, client Reader, table string) (*shelf, error) {
	s := &shelf{clusters: map[string]*share{}}
	in := &dynamodb.ScanInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true)}
	var last intenttable.Item
	for skipped := false; ; {
		page, err := client.Scan(ctx, in)
		if err != nil && skipped && isValidation(err) {
			skipped, in.ExclusiveStartKey = false, last // no place to begin at: item by item then
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading intents table %s: %w", table, err)
		}
		for _, item := range page.Items {
			s.add(item)
		}
		if len(page.LastEvaluatedKey) == 0 {
			return s, nil
		}
		last = page.LastEvaluatedKey
		in.ExclusiveStartKey, skipped = s.next(last)
	}
}

func isValidation(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorCode() == "ValidationException"
}

func clusterOf(item intenttable.Item) string {
	if v, ok := item[intent.FieldCluster].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

// sizeOf gives about how many bytes an attribute takes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func sizeOf(attribute types.AttributeValue) int {
	const overhead = 3
	n := overhead
	switch a := attribute.(type) {
	case *types.AttributeValueMemberS:
		n += len(a.Value)
	case *types.AttributeValueMemberN:
		n += len(a.Value)
	case *types.AttributeValueMemberB:
		n += len(a.Value)
	case *types.AttributeValueMemberSS:
		for _, v := range a.Value {
			n += len(v) + overhead
		}
	case *types.AttributeValueMemberNS:
		for _, v := range a.Value {
			n += len(v) + overhead
		}
	case *types.AttributeValueMemberBS:
		for _, v := range a.Value {
			n += len(v) + overhead
		}
	case *types.AttributeValueMemberL:
		for _, v := range a.Value {
			n += sizeOf(v)
		}
	case *types.AttributeValueMemberM:
		for name, v := range a.Value {
			n += len(name) + sizeOf(v)
		}
	}
	return n
}
