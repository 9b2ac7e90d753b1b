package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// addKey makes the key of everything that the deployment keeps: tables, topics, logs.
func (h *hub) addKey() {
	h.key = awskms.NewKey(h.stack, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String(h.options.Name + ": tables, topics and logs"),
		EnableKeyRotation: jsii.Bool(true),
		// The tables stay when the stack goes, and are lost without their key.
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	h.tablesKey = h.key
	// An alarm publishes as CloudWatch itself, and an encrypted topic asks for these
	// two. Which account's alarms may publish is the topic's policy to say: a
	// condition on the caller's account here is known to shut CloudWatch out.
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
	h.key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsPublish"),
		Principals: &[]awsiam.IPrincipal{service("cloudwatch.amazonaws.com")},
		Actions:    jsii.Strings("kms:Decrypt", "kms:GenerateDataKey"),
		Resources:  jsii.Strings("*"), // in a key's policy: this key
	}), nil)
	// As CloudWatch Logs asks for it: it refuses a log group whose key allows less.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
	h.key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("LogsKeep"),
		Principals: &[]awsiam.IPrincipal{service("logs." + h.place.region + ".amazonaws.com")},
		Actions:    jsii.Strings("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"kms:EncryptionContext:aws:logs:arn": arn("logs", h.place.region, h.place.account, "log-group:*"),
		}},
	}), nil)
}

func service(name string) awsiam.IPrincipal {
	return awsiam.NewServicePrincipal(jsii.String(name), nil)
}
