package notify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bridge "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/test/mototest"
)

var moto mototest.Server

func TestMain(m *testing.M) { os.Exit(moto.Run(m)) }

const alerts, chat = "arn:aws:sns:us-east-1:111122223333:alerts", "arn:aws:sns:us-east-1:111122223333:chat"

var errDown = errors.New("down")

// topics keeps what was published, and refuses what it is told to.
type topics struct {
	mu        sync.Mutex
	published []*sns.PublishInput
	refuse    func(*sns.PublishInput) bool
}

func (s *topics) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil && s.refuse(in) {
		return nil, errDown
	}
	s.published = append(s.published, in)
	return &sns.PublishOutput{}, nil
}

// bus keeps what was put, call by call, and refuses what it is told to.
type bus struct {
	calls  [][]bridge.PutEventsRequestEntry
	refuse func(bridge.PutEventsRequestEntry) bool
	down   bool
}

func (b *bus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	if b.down {
		return nil, errDown
	}
	var kept []bridge.PutEventsRequestEntry
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		var result bridge.PutEventsResultEntry
		if b.refuse != nil && b.refuse(e) {
			result.ErrorCode = aws.String("ThrottlingException")
		} else {
			kept = append(kept, e)
		}
		out.Entries = append(out.Entries, result)
	}
	b.calls = append(b.calls, kept)
	return out, nil
}

func publisher(s *topics, b *bus) *notify.Publisher {
	return &notify.Publisher{SNS: s, EventBridge: b, AlertTopic: alerts, ChatTopic: chat, Bus: "findings"}
}

func findings(n int) []finding.Finding {
	var out []finding.Finding
	for i := range n {
		f := undeclared()
		f.ID = fmt.Sprintf("finding-%02d", i)
		out = append(out, f)
	}
	return out
}

func TestAFindingGoesOutOnEveryChannelOnce(t *testing.T) {
	s, b := &topics{}, &bus{}
	unsent, err := publisher(s, b).Tell(t.Context(), notify.Notes(findings(1), nil))
	if err != nil || len(unsent) != 0 {
		t.Fatalf("%d notes are unsent: %v", len(unsent), err)
	}
	if len(s.published) != 2 || len(b.calls) != 1 || len(b.calls[0]) != 1 {
		t.Fatalf("%d messages were published and %d events put, want 2 and 1", len(s.published), len(b.calls))
	}
	for _, in := range s.published {
		structured := aws.ToString(in.MessageStructure) == "json"
		if structured != (aws.ToString(in.TopicArn) == alerts) || structured != (in.Subject != nil) {
			t.Errorf("to %s went the structure %q with the subject %q", aws.ToString(in.TopicArn), aws.ToString(in.MessageStructure), aws.ToString(in.Subject))
		}
		if v := in.MessageAttributes["severity"]; aws.ToString(v.StringValue) != "critical" || aws.ToString(v.DataType) != "String" {
			t.Errorf("the attribute severity is %v", v)
		}
		if _, there := in.MessageAttributes["intent"]; there {
			t.Error("an empty attribute was published")
		}
	}
	e := b.calls[0][0]
	if aws.ToString(e.EventBusName) != "findings" || aws.ToString(e.Source) != "cachegate" || aws.ToString(e.DetailType) != "Cachegate Finding" || !slices.Equal(e.Resources, []string{sessions}) {
		t.Errorf("the event is %+v", e)
	}
}

func TestAChannelWithoutANameTellsNobody(t *testing.T) {
	s := &topics{}
	p := &notify.Publisher{SNS: s, AlertTopic: alerts}
	unsent, err := p.Tell(t.Context(), notify.Notes(findings(2), nil))
	if err != nil || len(unsent) != 0 || len(s.published) != 2 {
		t.Errorf("%d messages were published, %d notes are unsent: %v", len(s.published), len(unsent), err)
	}
}

func TestWhatFailedComesBackAndIsToldThereAloneTheNextTime(t *testing.T) {
	s := &topics{refuse: func(in *sns.PublishInput) bool {
		return aws.ToString(in.TopicArn) == chat && strings.Contains(aws.ToString(in.Message), "mentioned")
	}}
	b := &bus{refuse: func(e bridge.PutEventsRequestEntry) bool {
		return strings.Contains(aws.ToString(e.Detail), "finding-02")
	}}
	told := findings(4)
	told[1].Detail = "mentioned"
	p := publisher(s, b)
	unsent, err := p.Tell(t.Context(), notify.Notes(told, nil))
	if !errors.Is(err, errDown) || !strings.Contains(err.Error(), "ThrottlingException") {
		t.Errorf("the error is %v, want what went wrong with both", err)
	}
	if len(unsent) != 2 || unsent[0].Finding.ID != "finding-01" || unsent[0].Channels != notify.Chat ||
		unsent[1].Finding.ID != "finding-02" || unsent[1].Channels != notify.Events {
		t.Fatalf("unsent are %+v", unsent)
	}
	s.refuse, b.refuse = nil, nil
	s.published, b.calls = nil, nil
	unsent, err = p.Tell(t.Context(), unsent)
	if err != nil || len(unsent) != 0 || len(s.published) != 1 || len(b.calls) != 1 || len(b.calls[0]) != 1 {
		t.Errorf("the next time %d messages and %d calls with events went out, %d are unsent: %v", len(s.published), len(b.calls), len(unsent), err)
	}
}

func TestABusThatIsDownLeavesAllEventsUntoldAndNoMessage(t *testing.T) {
	s := &topics{}
	unsent, err := publisher(s, &bus{down: true}).Tell(t.Context(), notify.Notes(findings(3), nil))
	if !errors.Is(err, errDown) || len(unsent) != 3 || len(s.published) != 6 {
		t.Errorf("%d messages were published, %d notes are unsent: %v", len(s.published), len(unsent), err)
	}
}

func TestEventsGoTenAtATimeAndFewerWhereTheyAreLarge(t *testing.T) {
	b := &bus{}
	if _, err := publisher(&topics{}, b).Tell(t.Context(), notify.Notes(findings(23), nil)); err != nil {
		t.Fatal(err)
	}
	if len(b.calls) != 3 || len(b.calls[0]) != 10 || len(b.calls[2]) != 3 {
		t.Errorf("23 events went out in %d calls", len(b.calls))
	}
	large := findings(23)
	for i := range large {
		large[i].Detail = strings.Repeat("🚨", 9000)
		large[i].Fix = large[i].Detail
	}
	b.calls = nil
	if _, err := publisher(&topics{}, b).Tell(t.Context(), notify.Notes(large, nil)); err != nil {
		t.Fatal(err)
	}
	put := 0
	for _, call := range b.calls {
		size := 0
		for _, e := range call {
			size += len(aws.ToString(e.Detail)) + len(aws.ToString(e.Source)) + len(aws.ToString(e.DetailType)) + len(strings.Join(e.Resources, ""))
		}
		if put += len(call); size > 256<<10 {
			t.Errorf("a call has %d bytes, and EventBridge takes %d", size, 256<<10)
		}
	}
	if put != 23 {
		t.Errorf("of 23 events %d went out", put)
	}
}

func TestTheMessagesPassTheWire(t *testing.T) {
	config := moto.Config(t)
	topic := sns.NewFromConfig(config)
	p := &notify.Publisher{SNS: topic, EventBridge: eventbridge.NewFromConfig(config), Bus: "default"}
	for _, arn := range []*string{&p.AlertTopic, &p.ChatTopic} {
		out, err := topic.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(fmt.Sprintf("topic-%p", arn))})
		if err != nil {
			t.Fatal(err)
		}
		*arn = aws.ToString(out.TopicArn)
	}
	for name, note := range examples() {
		note.Channels = notify.AllChannels
		if unsent, err := p.Tell(t.Context(), []notify.Note{note}); err != nil || len(unsent) != 0 {
			t.Errorf("%s is unsent: %v", name, err)
		}
	}
}
