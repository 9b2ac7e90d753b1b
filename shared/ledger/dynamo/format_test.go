package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
)

// What stands in the table was written by an earlier version, and must be read.
func TestTheItemsOfEarlierVersionsAreRead(t *testing.T) {
	client, name := table(t)
	for sk, json := range map[string]string{
		"seen#2026-11-30T09:00:00.000000000Z#0a1b2c3d4e5f": `[{"id":"e-1","name":"RevokeSecurityGroupIngress","time":"2026-11-30T09:00:00Z",` +
			`"actor":{"type":"AssumedRole","sessionIssuer":"arn:aws:iam::111122223333:role/deploy","account":"111122223333"},"resources":["sg-0c"]}]`,
		"notices#0000": `[{"finding":{"id":"f-1","kind":"access-missing","status":"OPENED","severity":"high","title":"sg-0a is shut out"},"channels":4}]`,
	} {
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(name), Item: map[string]types.AttributeValue{
			dynamo.PartitionKey: &types.AttributeValueMemberS{Value: "unit#" + one.String()},
			dynamo.SortKey:      &types.AttributeValueMemberS{Value: sk},
			"json":              &types.AttributeValueMemberS{Value: json},
			"pieces":            &types.AttributeValueMemberN{Value: "1"},
		}})
		must(t, err)
	}
	l := on(client, name)
	came, err := l.EventsSince(t.Context(), one, noon.AddDate(-1, 0, 0))
	must(t, err)
	if len(came) != 1 || came[0].Name != "RevokeSecurityGroupIngress" || came[0].Actor.SessionIssuer != "arn:aws:iam::111122223333:role/deploy" ||
		len(came[0].Resources) != 1 || came[0].Resources[0].ID != "sg-0c" {
		t.Errorf("the events are read as %+v", came)
	}
	pending, err := l.Pending(t.Context(), one)
	must(t, err)
	if len(pending) != 1 || pending[0].Finding.Kind != finding.AccessMissing || pending[0].Finding.Status != finding.Opened || pending[0].Channels != 4 {
		t.Errorf("the notices are read as %+v", pending)
	}
}
