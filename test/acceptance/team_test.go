package acceptance

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/settings"
)

// teamsCluster is the one cluster that the team of the deployment may write for.
const teamsCluster = "arn:aws:elasticache:" + homeRegion + ":" + hubAccount + ":replicationgroup:sessions-team"

func TestATeamDeclaresForItsOwnClustersAlone(t *testing.T) {
	s := hub(t)
	team := dynamodb.NewFromConfig(s.member(t, "team-orders", s.outputs["TeamPolicyOrders"]))
	table := aws.String(s.outputs[settings.OutputIntentsTable])
	item := func(cluster, name string) intenttable.Item {
		i := intenttable.Key(intent.Key{Cluster: cluster, Name: name})
		i["source"] = &types.AttributeValueMemberS{Value: "10.0.0.0/16"}
		return i
	}
	put := func(cluster string) error {
		_, err := team.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item(cluster, "orders")})
		return err
	}
	for what, try := range map[string]struct {
		call    func() error
		allowed bool
	}{
		"an intent of its own cluster": {func() error { return put(teamsCluster) }, true},
		"reading its own intents": {func() error {
			_, err := team.Query(t.Context(), &dynamodb.QueryInput{
				TableName: table, KeyConditionExpression: aws.String("cluster = :c"),
				ExpressionAttributeValues: intenttable.Item{":c": &types.AttributeValueMemberS{Value: teamsCluster}},
			})
			return err
		}, true},
		"deleting an intent of its own": {func() error {
			_, err := team.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: table, Key: intenttable.Key(intent.Key{Cluster: teamsCluster, Name: "orders"})})
			return err
		}, true},
		"an intent of another cluster": {func() error { return put(teamsCluster + "-of-others") }, false},
		"a policy, the mode among them": {func() error {
			_, err := team.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item(intent.Everything, teamsCluster)})
			return err
		}, false},
		"both in one transaction": {func() error {
			_, err := team.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: table, Item: item(teamsCluster, "orders")}},
				{Put: &types.Put{TableName: table, Item: item(intent.Everything, intent.Everything)}},
			}})
			return err
		}, false},
		"reading what others declared": {func() error {
			_, err := team.Scan(t.Context(), &dynamodb.ScanInput{TableName: table})
			return err
		}, false},
	} {
		var err error
		if authErr := s.gate.authorising(func() { err = try.call() }); authErr != nil {
			t.Fatal(authErr)
		}
		if denied := isDenied(err); denied == try.allowed || err != nil && !denied {
			t.Errorf("%s: allowed is %v, and the answer %v", what, try.allowed, err)
		}
	}
	s.settle(t)
}

// member gives the configuration of somebody in a role that has one policy.
func (s *stack) member(t *testing.T, name, policy string) aws.Config {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	client := iam.NewFromConfig(s.config(t, hubAccount))
	_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String("{}")})
	if err == nil {
		_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(name), PolicyArn: aws.String(policy)})
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := s.assume(ctx, "arn:aws:iam::"+hubAccount+":role/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// isDenied says whether IAM refused a call. moto says so in the words of another
// protocol, so that the status alone can be read.
func isDenied(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && response.HTTPStatusCode() == http.StatusForbidden
}
