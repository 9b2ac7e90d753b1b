package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bridge "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"golang.org/x/sync/errgroup"
)

// SNS is the call that topics need.
type SNS interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// EventBridge is the call that the event bus needs.
type EventBridge interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Publisher tells findings. A channel without a name is not there, and counts as
// told.
type Publisher struct {
	SNS         SNS
	EventBridge EventBridge
	// AlertTopic and ChatTopic are ARNs, Bus is the name or ARN of an event bus.
	AlertTopic, ChatTopic, Bus string
}

const (
	// publishAtOnce bounds the calls to SNS that are under way.
	publishAtOnce = 8
	// putAtOnce is how many events, and putBytes how many bytes, EventBridge takes in
	// one call.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
	putAtOnce = 10
	putBytes  = 256 << 10
)

// Tell publishes notes. What could not be sent comes back, with the channels that
// still have to; handing it in again sends it there alone. The error says why.
func (p *Publisher) Tell(ctx context.Context, notes []Note) (unsent []Note, err error) {
	r := &telling{failed: make([]Channel, len(notes))}
	bundles := make([]Bundle, len(notes))
	group := errgroup.Group{}
	group.SetLimit(publishAtOnce)
	var events []int
	for i, n := range notes {
		bundles[i] = Messages(n)
		for channel, arn := range map[Channel]string{Alerts: p.AlertTopic, Chat: p.ChatTopic} {
			if arn == "" || n.Channels&channel == 0 {
				continue
			}
			topic := bundles[i].Alert
			if channel == Chat {
				topic = bundles[i].Chat
			}
			group.Go(func() error {
				if err := p.publish(ctx, arn, topic); err != nil {
					r.fail(i, channel, fmt.Errorf("reporting finding %s: %w", n.Finding.ID, err))
				}
				return nil
			})
		}
		if p.Bus != "" && n.Channels&Events != 0 {
			events = append(events, i)
		}
	}
	p.putAll(ctx, events, bundles, r)
	_ = group.Wait() // what failed is in r
	for i, n := range notes {
		if n.Channels = r.failed[i]; n.Channels != 0 {
			unsent = append(unsent, n)
		}
	}
	return unsent, errors.Join(r.errs...)
}

// telling gathers what failed.
type telling struct {
	mu     sync.Mutex
	failed []Channel
	errs   []error
}

func (r *telling) fail(i int, channel Channel, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed[i] |= channel
	r.errs = append(r.errs, err)
}

func (p *Publisher) publish(ctx context.Context, arn string, t Topic) error {
	in := &sns.PublishInput{
		TopicArn: aws.String(arn), Message: aws.String(t.Body), MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	if t.Subject != "" {
		in.Subject = aws.String(t.Subject)
	}
	if t.Structured {
		in.MessageStructure = aws.String("json")
	}
	for k, v := range t.Attributes {
		in.MessageAttributes[k] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(v)}
	}
	if _, err := p.SNS.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing to %s: %w", arn, err)
	}
	return nil
}

// putAll puts events in as few calls as EventBridge allows.
func (p *Publisher) putAll(ctx context.Context, events []int, bundles []Bundle, r *telling) {
	for len(events) > 0 {
		n, bytes := 0, 0
		for n < len(events) && n < putAtOnce {
			bytes += sizeOf(bundles[events[n]].Event)
			if n > 0 && bytes > putBytes {
				break
			}
			n++
		}
		p.put(ctx, events[:n], bundles, r)
		events = events[n:]
	}
}

// sizeOf is what EventBridge counts of an event.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
func sizeOf(e Event) int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	for _, resource := range e.Resources {
		n += len(resource)
	}
	return n
}

func (p *Publisher) put(ctx context.Context, events []int, bundles []Bundle, r *telling) {
	entries := make([]bridge.PutEventsRequestEntry, 0, len(events))
	for _, i := range events {
		e := bundles[i].Event
		entries = append(entries, bridge.PutEventsRequestEntry{
			EventBusName: aws.String(p.Bus), Source: aws.String(e.Source), DetailType: aws.String(e.DetailType),
			Detail: aws.String(e.Detail), Resources: slices.Clone(e.Resources),
		})
	}
	out, err := p.EventBridge.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	for n, i := range events {
		switch {
		case err != nil:
			r.fail(i, Events, fmt.Errorf("putting an event on bus %s: %w", p.Bus, err))
		case n >= len(out.Entries):
			r.fail(i, Events, fmt.Errorf("putting an event on bus %s: EventBridge gave no result for it", p.Bus))
		case out.Entries[n].ErrorCode != nil:
			r.fail(i, Events, fmt.Errorf("putting an event on bus %s: %s: %s", p.Bus, aws.ToString(out.Entries[n].ErrorCode), aws.ToString(out.Entries[n].ErrorMessage)))
		}
	}
}
