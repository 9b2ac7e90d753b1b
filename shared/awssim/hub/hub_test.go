package hub_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/ledger/ledgertest"
)

const (
	account = "111122223333"
	region  = "us-east-1"
)

func config(h *hub.Hub, in string) aws.Config {
	return h.Behind(aws.Config{Region: in, Credentials: aws.AnonymousCredentials{}})
}

// empty makes a hub with the table "things", whose keys are "pk" and "sk".
func empty() (*hub.Hub, *dynamodb.Client) {
	h := hub.New(account, region)
	h.AddTable("things", dynamo.PartitionKey, dynamo.SortKey)
	return h, dynamodb.NewFromConfig(config(h, region))
}

func TestALedgerOnTheHubKeepsWhatEveryLedgerPromises(t *testing.T) {
	for _, page := range []int{0, 2} {
		t.Run(fmt.Sprintf("in pages of %d", page), func(t *testing.T) {
			ledgertest.Conformance(t, func() ledger.Ledger {
				h, client := empty()
				h.PageSize(page)
				return dynamo.New(client, dynamo.Options{
					Table: "things", Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
				})
			})
		})
	}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func key(sort string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{dynamo.PartitionKey: text("p"), dynamo.SortKey: text(sort)}
}

func code(t *testing.T, err error) string {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("the error is %v, expected one of the API", err)
	}
	return api.ErrorCode()
}

func TestTheNetworkBehindTheHubAnswersTheRest(t *testing.T) {
	world, _, err := awssim.Load("world.yaml", []byte(`{"111122223333": {us-east-1: {Vpcs: [{VpcId: vpc-0a, CidrBlock: 10.0.0.0/16}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	h, _ := empty()
	both := h.Behind(awssim.New(world).Config(account, region, awssim.Actor{Session: "test"}))
	vpcs, err := ec2.NewFromConfig(both).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	if err != nil || len(vpcs.Vpcs) != 1 {
		t.Errorf("the network gave %v (%v)", vpcs, err)
	}
	if _, err := dynamodb.NewFromConfig(both).Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things")}); err != nil {
		t.Error(err)
	}
}

func TestWhatDynamoDBRefusesIsRefused(t *testing.T) {
	_, client := empty()
	put := func(in dynamodb.PutItemInput) error {
		in.TableName = aws.String("things")
		if in.Item == nil {
			in.Item = key("a")
		}
		_, err := client.PutItem(t.Context(), &in)
		return err
	}
	names := map[string]string{"#pk": dynamo.PartitionKey}
	for name, err := range map[string]error{
		"a name that nothing uses":      put(dynamodb.PutItemInput{ExpressionAttributeNames: names}),
		"a name that is not defined":    put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(#sk)"), ExpressionAttributeNames: names}),
		"a bare name":                   put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(pk)")}),
		"a value that is not defined":   put(dynamodb.PutItemInput{ConditionExpression: aws.String("#pk = :v"), ExpressionAttributeNames: names}),
		"half an expression":            put(dynamodb.PutItemInput{ConditionExpression: aws.String("attribute_exists(#pk"), ExpressionAttributeNames: names}),
		"a function nobody uses here":   put(dynamodb.PutItemInput{ConditionExpression: aws.String("size(#pk)"), ExpressionAttributeNames: names}),
		"an empty key":                  put(dynamodb.PutItemInput{Item: key("")}),
		"a key that is missing":         put(dynamodb.PutItemInput{Item: map[string]types.AttributeValue{dynamo.PartitionKey: text("p")}}),
		"a character that means nought": put(dynamodb.PutItemInput{ConditionExpression: aws.String("#pk ? :v"), ExpressionAttributeNames: names}),
	} {
		if err == nil || code(t, err) != "ValidationException" {
			t.Errorf("%s gave %v, expected a ValidationException", name, err)
		}
	}
}

func TestATransactionHappensWhollyOrNotAtAll(t *testing.T) {
	_, client := empty()
	absent := func(sort string) types.TransactWriteItem {
		return types.TransactWriteItem{Put: &types.Put{
			TableName: aws.String("things"), Item: key(sort),
			ConditionExpression: aws.String("attribute_not_exists(#pk)"), ExpressionAttributeNames: map[string]string{"#pk": dynamo.PartitionKey},
		}}
	}
	transact := func(items ...types.TransactWriteItem) error {
		_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: items})
		return err
	}
	if err := transact(absent("a")); err != nil {
		t.Fatal(err)
	}
	canceled, ok := errors.AsType[*types.TransactionCanceledException](transact(absent("b"), absent("a")))
	if !ok || aws.ToString(canceled.CancellationReasons[0].Code) != "None" || aws.ToString(canceled.CancellationReasons[1].Code) != "ConditionalCheckFailed" {
		t.Errorf("the transaction gave %v, expected that its second part was refused", canceled)
	}
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("things")})
	if err != nil || len(out.Items) != 1 {
		t.Errorf("%d items are there (%v), expected 1", len(out.Items), err)
	}
	if err := transact(absent("c"), absent("c")); err == nil || code(t, err) != "ValidationException" {
		t.Errorf("writing one item twice gave %v", err)
	}
}

func TestStacksAndTablesAreOfOneRegion(t *testing.T) {
	h, _ := empty()
	h.AddStack(hub.Stack{Name: "Cachegate", Outputs: map[string]string{"IntentsTable": "things"}})
	describe := func(in, name string) (*cloudformation.DescribeStacksOutput, error) {
		return cloudformation.NewFromConfig(config(h, in)).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String(name)})
	}
	out, err := describe(region, "Cachegate")
	if err != nil || aws.ToString(out.Stacks[0].Outputs[0].OutputValue) != "things" {
		t.Errorf("the stack is %v (%v)", out, err)
	}
	for _, where := range []struct{ region, name string }{{region, "Other"}, {"eu-west-1", "Cachegate"}} {
		if _, missing := describe(where.region, where.name); missing == nil || code(t, missing) != "ValidationError" {
			t.Errorf("stack %s in %s gave %v, expected that it is not there", where.name, where.region, missing)
		}
	}
	_, err = dynamodb.NewFromConfig(config(h, "eu-west-1")).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: key("a")})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); !missing {
		t.Errorf("the table of another Region gave %v", err)
	}
}

func TestFaultsComeWhenTheyAreToldTo(t *testing.T) {
	h, client := empty()
	h.Fail(hub.Fault{Operation: "dynamodb:GetItem", Code: "AccessDeniedException", After: 1, Times: 1})
	get := func() error {
		_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("things"), Key: key("a")})
		return err
	}
	if first, second, third := get(), get(), get(); first != nil || second == nil || third != nil {
		t.Errorf("the calls gave %v, %v, %v; expected the second alone to fail", first, second, third)
	}
	if n := h.Calls()["dynamodb:GetItem"]; n != 3 {
		t.Errorf("%d calls were counted, expected 3", n)
	}
	h.Fail(hub.Fault{Err: context.DeadlineExceeded})
	if err := get(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call gave %v", err)
	}
	h.Heal()
	if err := get(); err != nil {
		t.Error(err)
	}
}
