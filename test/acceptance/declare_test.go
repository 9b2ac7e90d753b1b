package acceptance

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bridge "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/settings"
)

// declare writes an item of the intents table, as people do in the console.
func (s *stack) declare(t *testing.T, cluster, name string, fields map[string]string) {
	t.Helper()
	item := intenttable.Key(intent.Key{Cluster: cluster, Name: name})
	for k, v := range fields {
		item[k] = &types.AttributeValueMemberS{Value: v}
	}
	_, err := dynamodb.NewFromConfig(s.config(t, hubAccount)).PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String(s.outputs[settings.OutputIntentsTable]), Item: item,
	})
	if err != nil {
		t.Fatalf("declaring %s: %v", name, err)
	}
}

// withdraw deletes an item of the intents table.
func (s *stack) withdraw(t *testing.T, cluster, name string) {
	t.Helper()
	_, err := dynamodb.NewFromConfig(s.config(t, hubAccount)).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(s.outputs[settings.OutputIntentsTable]), Key: intenttable.Key(intent.Key{Cluster: cluster, Name: name}),
	})
	if err != nil {
		t.Fatalf("withdrawing %s: %v", name, err)
	}
}

// enforcing lets cachegate write at a cluster until the test ends.
func (s *stack) enforcing(t *testing.T, cluster string) {
	t.Helper()
	s.declare(t, intent.Everything, cluster, map[string]string{intent.FieldMode: string(intent.Enforce)})
}

// happened puts what CloudTrail records of a call on the default bus of the account
// and Region where it was made.
func (at *site) happened(operation, by string, request map[string]any) {
	at.t.Helper()
	detail, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventSource": "ec2.amazonaws.com", "eventName": operation, "awsRegion": at.region,
		"eventTime": time.Now().UTC().Format(time.RFC3339), "eventID": fmt.Sprintf("%s-%d", operation, time.Now().UnixNano()),
		"recipientAccountId": at.account, "readOnly": false, "managementEvent": true, "eventType": "AwsApiCall", "eventCategory": "Management",
		"userIdentity": map[string]any{
			"type": "AssumedRole", "accountId": at.account, "arn": "arn:aws:sts::" + at.account + ":assumed-role/" + by,
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::" + at.account + ":role/" + by}},
		},
		"requestParameters": request,
	})
	if err != nil {
		at.t.Fatal(err)
	}
	out, err := eventbridge.NewFromConfig(at.cfg).PutEvents(at.t.Context(), &eventbridge.PutEventsInput{Entries: []bridge.PutEventsRequestEntry{{
		Source: aws.String("aws.ec2"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(string(detail)),
	}}})
	if err != nil || out.FailedEntryCount > 0 {
		at.t.Fatalf("putting the event of %s: %v %v", operation, err, out)
	}
}
