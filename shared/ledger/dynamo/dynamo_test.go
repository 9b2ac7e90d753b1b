package dynamo_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/test/mototest"
)

var (
	moto   mototest.Server
	tables atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(moto.Run(m)) }

// table makes an empty table and a client for it.
func table(t *testing.T) (*dynamodb.Client, string) {
	t.Helper()
	client := dynamodb.NewFromConfig(moto.Config(t))
	name := fmt.Sprintf("ledger-%d", tables.Add(1))
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(dynamo.PartitionKey), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(dynamo.SortKey), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(dynamo.PartitionKey), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(dynamo.SortKey), KeyType: types.KeyTypeRange},
		},
	})
	if err != nil {
		t.Fatalf("creating a table: %v", err)
	}
	return client, name
}

// on makes a ledger that does not wait.
func on(client dynamo.Client, table string) *dynamo.Ledger {
	return dynamo.New(client, dynamo.Options{
		Table: table,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
}

func empty(t *testing.T) *dynamo.Ledger {
	t.Helper()
	return on(table(t))
}

var (
	home = network.Location{Account: "123456789012", Region: "us-east-1"}
	one  = network.Unit{Location: home, VPC: "vpc-01"}
	two  = network.Unit{Location: home, VPC: "vpc-02"}
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

// rule is what a claim for TCP 6379 at a group stands for.
func rule(group, source string) change.Requirement {
	return change.Requirement{Kind: change.Rule, Location: home, Resource: group, Port: 6379, Peer: network.Peer{SecurityGroup: source}}
}

func point(group string) change.Point { return change.Point{Location: home, ID: group} }

func holder(unit network.Unit, name string) change.Holder {
	return change.Holder{Unit: unit, Intent: intent.Key{Cluster: "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions", Name: name}}
}

func claimed(r change.Requirement, holders ...change.Holder) change.Claim {
	return change.Claim{Requirement: r, Holders: holders, Tag: "prod/1", Created: noon}
}
