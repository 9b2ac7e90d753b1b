package acceptance

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bridge "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cachegate/cachegate/shared/settings"
)

func TestDriftIsToldOnceToWhomItConcerns(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard, app := n.group("cache"), n.group("app")
	n.instance(app)
	cluster := n.cluster("sessions-drift", guard)
	s.enforcing(t, cluster)
	s.declare(t, cluster, "orders", map[string]string{"source": app, "owner": "team-orders"})
	s.settle(t)
	critical := s.subscribe(t, "drift-critical", `{"severity":["critical"],"cluster":["`+cluster+`"]}`)
	low := s.subscribe(t, "drift-low", `{"severity":["low"],"cluster":["`+cluster+`"]}`)
	bus := s.listen(t, "drift-bus")

	must[*ec2.AuthorizeSecurityGroupIngressOutput](t, "opening the cache to everybody")(home.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(guard),
		IpPermissions: []types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
		}},
	}))
	for range 2 {
		home.happened("AuthorizeSecurityGroupIngress", "Admin/mallory", map[string]any{"groupId": guard, "ipPermissions": map[string]any{"items": []any{
			map[string]any{"ipProtocol": "tcp", "fromPort": 6379, "toPort": 6379, "ipRanges": map[string]any{"items": []any{map[string]any{"cidrIp": "0.0.0.0/0"}}}},
		}}})
		s.settle(t)
	}

	told := s.received(t, critical)
	if len(told) != 1 {
		t.Fatalf("%d messages for one drift: %v\n%s", len(told), told, s.reconcile.logged())
	}
	var f struct{ Kind, Status, Severity, Cluster, Actor, Title, Fix string }
	if err := json.Unmarshal([]byte(told[0]), &f); err != nil {
		t.Fatalf("the message is no JSON: %v\n%s", err, told[0])
	}
	if f.Kind != "access-undeclared" || f.Status != "OPENED" || f.Cluster != cluster || f.Fix == "" || !strings.Contains(f.Actor, "mallory") {
		t.Errorf("the message says %+v", f)
	}
	if got := s.received(t, low); len(got) > 0 {
		t.Errorf("a subscription to other severities got %v", got)
	}
	if got := s.received(t, bus); !slices.ContainsFunc(got, func(e string) bool { return strings.Contains(e, cluster) && strings.Contains(e, `"cachegate"`) }) {
		t.Errorf("the bus carried %v", got)
	}

	home.revokeFrom(guard, "0.0.0.0/0")
	home.happened("RevokeSecurityGroupIngress", "Admin/alice", map[string]any{"groupId": guard})
	s.settle(t)
	if got := s.received(t, critical); len(got) != 1 || !strings.Contains(got[0], "RESOLVED") {
		t.Errorf("after it was put right, people are told %v", got)
	}
	if got, want := home.ingress(guard), []string{app + ":6379-6379"}; !slices.Equal(got, want) {
		t.Errorf("%s lets %v in: expected %v", guard, got, want)
	}
}

// subscribe makes a queue that gets what the alert topic tells, by a filter policy.
func (s *stack) subscribe(t *testing.T, name, filter string) string {
	t.Helper()
	url, arn := s.queue(t, name)
	_, err := sns.NewFromConfig(s.config(t, hubAccount)).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(s.outputs[settings.OutputAlertTopic]), Protocol: aws.String("sqs"), Endpoint: aws.String(arn),
		Attributes: map[string]string{"FilterPolicy": filter, "RawMessageDelivery": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// listen makes a queue that gets the findings on the event bus.
func (s *stack) listen(t *testing.T, name string) string {
	t.Helper()
	url, arn := s.queue(t, name)
	client, bus := eventbridge.NewFromConfig(s.config(t, hubAccount)), aws.String(s.outputs[settings.OutputBus])
	_, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String(name), EventBusName: bus, EventPattern: aws.String(`{"source":["cachegate"]}`)})
	if err == nil {
		_, err = client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String(name), EventBusName: bus, Targets: []bridge.Target{{Id: aws.String("queue"), Arn: aws.String(arn)}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func (s *stack) queue(t *testing.T, name string) (url, arn string) {
	t.Helper()
	out, err := sqs.NewFromConfig(s.config(t, hubAccount)).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl, "arn:aws:sqs:" + homeRegion + ":" + hubAccount + ":" + name
}

// received takes all messages out of a queue.
func (s *stack) received(t *testing.T, url string) []string {
	t.Helper()
	client := sqs.NewFromConfig(s.config(t, hubAccount))
	var bodies []string
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(url), MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// revokeFrom takes the rule of a CIDR away, as a person does.
func (at *site) revokeFrom(group, cidr string) {
	at.t.Helper()
	must[*ec2.RevokeSecurityGroupIngressOutput](at.t, "revoking a rule")(at.ec2.RevokeSecurityGroupIngress(at.t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(group),
		IpPermissions: []types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), IpRanges: []types.IpRange{{CidrIp: aws.String(cidr)}},
		}},
	}))
}
