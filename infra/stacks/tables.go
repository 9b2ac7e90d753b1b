package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
)

// addTables makes the table that people write and the one that cachegate keeps its
// books in. Both outlive the stack: with the ledger goes the knowledge of which
// rules are cachegate's own.
func (h *hub) addTables() {
	if old := h.options.OldTables; old.Intents != "" {
		h.useTables(old)
		return
	}
	h.intents = h.table("IntentsTable", intent.FieldCluster, intent.FieldName, &awsdynamodb.TableProps{
		// Dispatch asks which cluster changed, never what was said.
		Stream: awsdynamodb.StreamViewType_KEYS_ONLY,
	})
	h.ledger = h.table("LedgerTable", dynamo.PartitionKey, dynamo.SortKey, &awsdynamodb.TableProps{
		TimeToLiveAttribute: jsii.String(dynamo.TimeToLive),
	})
}

// useTables takes the tables of an earlier stack, which were left when it went. Nothing of
// them is changed: neither their stream nor their key is this stack's.
func (h *hub) useTables(old OldTables) {
	h.tablesKey = awskms.Key_FromKeyArn(h.stack, jsii.String("TablesKey"), jsii.String(old.Key))
	h.intents = awsdynamodb.Table_FromTableAttributes(h.stack, jsii.String("IntentsTable"), &awsdynamodb.TableAttributes{
		TableArn:       jsii.String(arn("dynamodb", h.place.region, h.place.account, "table/"+old.Intents)),
		TableStreamArn: jsii.String(arn("dynamodb", h.place.region, h.place.account, "table/"+old.Intents+"/stream/"+old.Stream)),
		EncryptionKey:  h.tablesKey,
	})
	h.ledger = awsdynamodb.Table_FromTableAttributes(h.stack, jsii.String("LedgerTable"), &awsdynamodb.TableAttributes{
		TableArn:      jsii.String(arn("dynamodb", h.place.region, h.place.account, "table/"+old.Ledger)),
		EncryptionKey: h.tablesKey,
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
