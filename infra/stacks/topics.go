package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"
)

// addTopics makes the topic of findings and alarms for people and programs, and
// the one with the envelope of Amazon Q Developer in chat applications.
func (h *hub) addTopics() {
	h.alerts = h.topic("AlertTopic", "cachegate alerts")
	h.chat = h.topic("ChatTopic", "cachegate chat")
	// A topic's own policy replaces the one that lets the account's alarms publish.
	h.alerts.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsPublish"),
		Principals: &[]awsiam.IPrincipal{service("cloudwatch.amazonaws.com")},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{h.alerts.TopicArn()},
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"aws:SourceArn": arn("cloudwatch", h.place.region, h.place.account, "alarm:*"),
		}},
	}))
	if h.options.Email != "" {
		h.alerts.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(h.options.Email), nil))
	}
}

// topic makes a topic that is encrypted, and reached through TLS only.
func (h *hub) topic(id, displayName string) awssns.Topic {
	return awssns.NewTopic(h.stack, jsii.String(id), &awssns.TopicProps{
		DisplayName: jsii.String(displayName), MasterKey: h.key, EnforceSSL: jsii.Bool(true),
	})
}
