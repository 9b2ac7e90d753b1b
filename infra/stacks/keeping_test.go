package stacks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/ledger/dynamo"
)

const queueType = "AWS::SQS::Queue"

func TestEverythingThatIsKeptIsEncrypted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{narrow, wide} {
		hub := synthesised(t, name).at(hubAccount, hubRegion)
		key, k := hub.one(t, "AWS::KMS::Key", "Key")
		if k.Properties["EnableKeyRotation"] != true || k.DeletionPolicy != "Retain" {
			t.Errorf("the key is %v, and %s when the stack goes", k.Properties["EnableKeyRotation"], k.DeletionPolicy)
		}
		for kind, path := range map[string][]string{
			"AWS::DynamoDB::Table": {"SSESpecification", "KMSMasterKeyId"},
			"AWS::SNS::Topic":      {"KmsMasterKeyId"},
			"AWS::Logs::LogGroup":  {"KmsKeyId"},
		} {
			for id, r := range hub.of(t, kind) {
				if got := dig(r.Properties, path...); got != key+".Arn" {
					t.Errorf("%s is encrypted with %v", id, got)
				}
			}
		}
	}
	for name := range contexts {
		for id, q := range synthesised(t, name).of(t, queueType) {
			if q.Properties["SqsManagedSseEnabled"] != true {
				t.Errorf("%s %s is not encrypted", name, id)
			}
		}
	}
}

func TestAlarmsAndLogsMayUseTheKeyAndNobodyElseButTheAccount(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	_, key := hub.one(t, "AWS::KMS::Key", "Key")
	statements := list(dig(key.Properties, "KeyPolicy", "Statement"))
	logs := func(group string) map[string][]string {
		return map[string][]string{"kms:EncryptionContext:aws:logs:arn": {"arn:aws:logs:eu-west-1:" + group}}
	}
	for _, c := range []struct {
		who, action string
		context     map[string][]string
		want        bool
	}{
		{"cloudwatch.amazonaws.com", "kms:GenerateDataKey", nil, true},
		{"cloudwatch.amazonaws.com", "kms:Decrypt", nil, true},
		{"cloudwatch.amazonaws.com", "kms:ScheduleKeyDeletion", nil, false},
		{"logs.eu-west-1.amazonaws.com", "kms:GenerateDataKey", logs("111122223333:log-group:x"), true},
		{"logs.eu-west-1.amazonaws.com", "kms:GenerateDataKey", logs("999999999999:log-group:x"), false},
		{"arn:aws:iam::111122223333:root", "kms:Decrypt", nil, true},
		{"arn:aws:iam::999999999999:root", "kms:Decrypt", nil, false},
		{"sns.amazonaws.com", "kms:Decrypt", nil, false},
	} {
		if got := allows(statements, request{principal: c.who, action: c.action, resource: "key", context: c.context}); got != c.want {
			t.Errorf("that %s may %s with %v is %t, want %t", c.who, c.action, c.context, got, c.want)
		}
	}
}

func TestTablesOutliveEverything(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	for id, r := range hub.of(t, "AWS::DynamoDB::Table") {
		if r.DeletionPolicy != "Retain" || r.Properties["DeletionProtectionEnabled"] != true ||
			dig(r.Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true ||
			r.Properties["BillingMode"] != "PAY_PER_REQUEST" {
			t.Errorf("%s: %s, %v", id, r.DeletionPolicy, r.Properties)
		}
	}
	keys := func(prefix string) []string {
		_, r := hub.one(t, "AWS::DynamoDB::Table", prefix)
		var out []string
		for _, k := range list(r.Properties["KeySchema"]) {
			out = append(out, fmt.Sprint(dig(k, "KeyType"), " ", dig(k, "AttributeName")))
		}
		return out
	}
	if got := keys("IntentsTable"); !slices.Equal(got, []string{"HASH cluster", "RANGE name"}) {
		t.Errorf("the intents have the keys %v", got)
	}
	if got := keys("LedgerTable"); !slices.Equal(got, []string{"HASH " + dynamo.PartitionKey, "RANGE " + dynamo.SortKey}) {
		t.Errorf("the ledger has the keys %v", got)
	}
	_, ledger := hub.one(t, "AWS::DynamoDB::Table", "LedgerTable")
	if dig(ledger.Properties, "TimeToLiveSpecification", "AttributeName") != dynamo.TimeToLive {
		t.Errorf("the ledger forgets by %v", ledger.Properties["TimeToLiveSpecification"])
	}
	_, intents := hub.one(t, "AWS::DynamoDB::Table", "IntentsTable")
	if dig(intents.Properties, "StreamSpecification", "StreamViewType") != "KEYS_ONLY" {
		t.Errorf("the intents' stream holds %v", intents.Properties["StreamSpecification"])
	}
}

func TestQueuesAndTopicsAreReachedThroughTLSAlone(t *testing.T) {
	t.Parallel()
	for name := range contexts {
		stack := synthesised(t, name).at(hubAccount, hubRegion)
		for kind, action := range map[string]string{queueType: "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"} {
			for id, r := range stack.Resources {
				if r.Type != kind {
					continue
				}
				policy := policyOf(stack, id)
				if policy == nil {
					t.Errorf("%s %s has no policy", name, id)
					continue
				}
				resource := id
				if kind == queueType {
					resource += ".Arn"
				}
				denied := false
				for _, s := range policy {
					req := request{principal: "anybody", action: action, resource: resource, context: map[string][]string{"aws:SecureTransport": {"false"}}}
					denied = denied || dig(s, "Effect") == "Deny" && applies(object(s), req)
				}
				if !denied {
					t.Errorf("%s %s is reached without TLS", name, id)
				}
			}
		}
	}
}

// policyOf gives the statements of the policy of a queue or topic.
func policyOf(stack template, id string) []any {
	for _, r := range stack.Resources {
		of := slices.Concat(list(r.Properties["Queues"]), list(r.Properties["Topics"]))
		if strings.HasSuffix(r.Type, "Policy") && slices.Contains(of, any(id)) {
			return list(dig(r.Properties, "PolicyDocument", "Statement"))
		}
	}
	return nil
}

func TestTheAccountsAlarmsMayPublishAndNobodyElses(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	id, _ := hub.one(t, "AWS::SNS::Topic", "AlertTopic")
	for alarm, want := range map[string]bool{
		"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:any": true,
		"arn:aws:cloudwatch:eu-west-1:999999999999:alarm:any": false,
	} {
		r := request{principal: "cloudwatch.amazonaws.com", action: "sns:Publish", resource: id, context: map[string][]string{
			"aws:SourceArn": {alarm}, "aws:SecureTransport": {"true"},
		}}
		if got := allows(policyOf(hub, id), r); got != want {
			t.Errorf("that %s publishes is allowed: %t, want %t", alarm, got, want)
		}
	}
}

func TestNothingIsLostWithoutATrace(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	dead, _ := hub.one(t, queueType, "DeadLetters")
	wakeDead, _ := hub.one(t, queueType, "WakeDeadLetters")
	behind := map[string]string{"EventsQueue": dead, "WakeQueue": wakeDead, "LaterQueue": wakeDead}
	for prefix, want := range behind {
		_, q := hub.one(t, queueType, prefix)
		if got := dig(q.Properties, "RedrivePolicy", "deadLetterTargetArn"); got != want+".Arn" {
			t.Errorf("behind %s is %v, want %s", prefix, got, want)
		}
		if got := dig(q.Properties, "RedrivePolicy", "maxReceiveCount"); got != 5.0 {
			t.Errorf("%s gives up after %v", prefix, got)
		}
	}
	if n := len(hub.of(t, queueType)); n != 2+len(behind) {
		t.Errorf("there are %d queues; this test knows %d", n, 2+len(behind))
	}
	_, wakeDeadLetters := hub.one(t, queueType, "WakeDeadLetters")
	_, deadLetters := hub.one(t, queueType, "DeadLetters")
	if wakeDeadLetters.Properties["FifoQueue"] != true || deadLetters.Properties["FifoQueue"] != nil {
		t.Error("a dead-letter queue must be FIFO where its queue is, and EventBridge takes none that is")
	}
	_, sweep := hub.one(t, "AWS::Scheduler::Schedule", "Sweep")
	if got := dig(sweep.Properties, "Target", "DeadLetterConfig", "Arn"); got != dead+".Arn" {
		t.Errorf("behind the sweep is %v", got)
	}
	_, stream := hub.one(t, mappingType, "IntentsSource")
	if got := dig(stream.Properties, "DestinationConfig", "OnFailure", "Destination"); got != dead+".Arn" {
		t.Errorf("behind the stream is %v", got)
	}
	for name := range contexts {
		for id, q := range synthesised(t, name).of(t, queueType) {
			if q.Properties["MessageRetentionPeriod"] != 14*24*3600.0 {
				t.Errorf("%s %s keeps messages %v seconds", name, id, q.Properties["MessageRetentionPeriod"])
			}
		}
	}
}

func TestEveryAlarmTellsPeopleAndEveryDeadLetterQueueHasOne(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	topic, _ := hub.one(t, "AWS::SNS::Topic", "AlertTopic")
	watched := map[string]string{}
	for id, a := range hub.of(t, "AWS::CloudWatch::Alarm") {
		for _, actions := range []string{"AlarmActions", "OKActions"} {
			if got := texts(a.Properties[actions]); !slices.Equal(got, []string{topic}) {
				t.Errorf("%s of %s are %v", actions, id, got)
			}
		}
		if text, _ := a.Properties["AlarmDescription"].(string); len(text) < 40 {
			t.Errorf("%s does not say what to do: %q", id, text)
		}
		name, _ := a.Properties["MetricName"].(string)
		about := ""
		for _, d := range list(a.Properties["Dimensions"]) {
			about += fmt.Sprint(dig(d, "Value"))
		}
		watched[name+" "+about] = id
		missing := "notBreaching"
		if name == "Events" {
			missing = "breaching"
			if a.Properties["Period"] != 24*3600.0 || a.Properties["ComparisonOperator"] != "LessThanThreshold" {
				t.Errorf("%s: %v", id, a.Properties)
			}
		}
		if a.Properties["TreatMissingData"] != missing {
			t.Errorf("%s takes what is missing as %v", id, a.Properties["TreatMissingData"])
		}
	}
	for metric, of := range map[string][]string{
		"ApproximateNumberOfMessagesVisible": {queueType + " DeadLetters", queueType + " WakeDeadLetters"},
		"ApproximateAgeOfOldestMessage":      {queueType + " EventsQueue", queueType + " WakeQueue"},
		"Errors":                             {functionType + " Dispatch", functionType + " Reconcile"},
		"Throttles":                          {functionType + " Dispatch", functionType + " Reconcile"},
		"IteratorAge":                        {functionType + " Dispatch"},
	} {
		for _, what := range of {
			kind, prefix, _ := strings.Cut(what, " ")
			id, _ := hub.one(t, kind, prefix)
			if kind == queueType {
				id += ".QueueName"
			}
			if watched[metric+" "+id] == "" {
				t.Errorf("no alarm watches %s of %s", metric, prefix)
			}
		}
	}
	for _, metric := range []string{"Events", "RunsFailed", "Untold"} {
		if watched[metric+" Cachegate"] == "" {
			t.Errorf("no alarm watches %s", metric)
		}
	}
}
