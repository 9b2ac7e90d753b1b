package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// KeepEvents is how long it is kept which events came: a run that looks for them
// comes within minutes, or after a dead-letter queue was emptied.
const KeepEvents = 24 * time.Hour

// eventRecord is an event as far as it says who did what.
type eventRecord struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Time      time.Time      `json:"time,omitzero"`
	Actor     actorRecord    `json:"actor,omitzero"`
	Resources []string       `json:"resources,omitempty"`
	Ranges    []netip.Prefix `json:"ranges,omitempty"`
	Own       bool           `json:"own,omitempty"`
}

type actorRecord struct {
	Type          string `json:"type,omitempty"`
	ARN           string `json:"arn,omitempty"`
	SessionIssuer string `json:"sessionIssuer,omitempty"`
	Account       string `json:"account,omitempty"`
	UserName      string `json:"userName,omitempty"`
	InvokedBy     string `json:"invokedBy,omitempty"`
}

func eventRecordOf(e events.Event) eventRecord {
	if year := e.Time.Year(); year < 0 || year > 9999 { // RFC 3339 has no such year
		e.Time = time.Time{}
	}
	return eventRecord{ID: e.ID, Name: e.Name, Time: stamp(e.Time), Actor: actorRecord(e.Actor), Resources: e.ResourceIDs(), Ranges: e.Ranges, Own: e.Own}
}

func (r eventRecord) event() events.Event {
	e := events.Event{ID: r.ID, Name: r.Name, Time: r.Time, Actor: events.Actor(r.Actor), Ranges: r.Ranges, Own: r.Own}
	for _, id := range r.Resources {
		e.Resources = append(e.Resources, events.Resource{ID: id})
	}
	return e
}

// RecordEvents implements ledger.RecentEvents. The events of a unit are one item; what does not fit
// into it is left out.
func (l *Ledger) RecordEvents(ctx context.Context, at time.Time, recent ...ledger.UnitEvents) error {
	return each(ctx, recent, func(ctx context.Context, s ledger.UnitEvents) error {
		whole := eventsItem(s, at)
		if whole == nil {
			return nil
		}
		return l.retry(ctx, "recording events of unit "+s.Unit.String(), func() error {
			_, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(l.Table), Item: whole})
			return err
		})
	})
}

// eventsItem gives the item of the events of a unit; nil where there is nothing to keep.
func eventsItem(s ledger.UnitEvents, at time.Time) item {
	records := make([]eventRecord, 0, len(s.Events))
	h := sha256.New()
	for _, e := range s.Events {
		records = append(records, eventRecordOf(e))
		fmt.Fprintln(h, e.ID)
	}
	for ; len(records) > 0; records = records[(len(records)+1)/2:] { // the latest are kept
		pieces, err := encode(records)
		if err != nil || len(pieces) > 1 {
			continue
		}
		pieces[0][TimeToLive] = number(at.Add(KeepEvents).Unix())
		k := key{pk: unitPK(s.Unit), sk: eventsPrefix + sortable(at) + "#" + hex.EncodeToString(h.Sum(nil)[:6])}
		return k.with(pieces[0])
	}
	return nil
}

// EventsSince implements ledger.RecentEvents.
func (l *Ledger) EventsSince(ctx context.Context, unit network.Unit, since time.Time) ([]events.Event, error) {
	found, err := l.query(ctx, unitPK(unit), eventsPrefix+sortable(since), eventsPrefix+lastRune)
	if err != nil {
		return nil, fmt.Errorf("reading which events came for unit %s: %w", unit, err)
	}
	var out []events.Event
	for _, i := range found {
		var records []eventRecord
		if err := decode([]item{i}, &records); err != nil {
			return nil, fmt.Errorf("reading which events came for unit %s: %w", unit, err)
		}
		for _, r := range records {
			out = append(out, r.event())
		}
	}
	return out, nil
}
