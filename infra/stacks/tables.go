package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
)

// addTables makes the table that people write and the one that cachegate keeps its
// books in. Both outlive the stack: with the ledger goes the knowledge of which
// rules are cachegate's own.
func (h *hub) addTables() {
	h.intents = h.table("IntentsTable", intent.FieldCluster, intent.FieldName, &awsdynamodb.TableProps{
		// Dispatch asks which cluster changed, never what was said.
		Stream: awsdynamodb.StreamViewType_KEYS_ONLY,
	})
	h.ledger = h.table("LedgerTable", dynamo.PartitionKey, dynamo.SortKey, &awsdynamodb.TableProps{
		TimeToLiveAttribute: jsii.String(dynamo.TimeToLive),
	})
}

func (h *hub) table(id, partition, sort string, props *awsdynamodb.TableProps) awsdynamodb.Table {
	props.PartitionKey = &awsdynamodb.Attribute{Name: jsii.String(partition), Type: awsdynamodb.AttributeType_STRING}
	props.SortKey = &awsdynamodb.Attribute{Name: jsii.String(sort), Type: awsdynamodb.AttributeType_STRING}
	props.BillingMode = awsdynamodb.BillingMode_PAY_PER_REQUEST
	props.Encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
	props.EncryptionKey = h.key
	props.PointInTimeRecoverySpecification = &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)}
	props.DeletionProtection = jsii.Bool(true)
	props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	return awsdynamodb.NewTable(h.stack, jsii.String(id), props)
}
