package dynamo

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// noticeRecord is a finding that people have to hear of still.
type noticeRecord struct {
	Finding  findingRecord `json:"finding"`
	Channels uint8         `json:"channels,omitempty"`
}

func noticesOf(notices []ledger.Notice) []noticeRecord {
	out := make([]noticeRecord, 0, len(notices))
	for _, n := range notices {
		out = append(out, noticeRecord{Finding: findingOf(n.Finding), Channels: n.Channels})
	}
	return out
}

// Pending implements ledger.Notices.
func (l *Ledger) Pending(ctx context.Context, unit network.Unit) ([]ledger.Notice, error) {
	notices, _, err := l.notices(ctx, unit)
	return notices, err
}

func (l *Ledger) notices(ctx context.Context, unit network.Unit) ([]ledger.Notice, document, error) {
	var records []noticeRecord
	d, err := l.start(ctx, unitPK(unit), noticesSK, &records)
	if err != nil {
		return nil, d, err
	}
	var out []ledger.Notice
	for _, r := range records {
		out = append(out, ledger.Notice{Finding: r.Finding.finding(), Channels: r.Channels})
	}
	return out, d, nil
}

// addNotices gives the writes for what a run told; none where it told nothing.
func (l *Ledger) addNotices(ctx context.Context, r ledger.Run) ([]types.TransactWriteItem, error) {
	if len(r.Told) == 0 {
		return nil, nil
	}
	pending, d, err := l.notices(ctx, r.Unit)
	if err != nil {
		return nil, err
	}
	return l.rewrite(d, noticesOf(ledger.WithNews(pending, r.Told)))
}

// Ack implements ledger.Notices.
func (l *Ledger) Ack(ctx context.Context, unit network.Unit, sent, unsent []ledger.Notice) error {
	return l.retry(ctx, "recording what was sent of unit "+unit.String(), func() error {
		pending, d, err := l.notices(ctx, unit)
		if err != nil {
			return err
		}
		rest := noticesOf(ledger.WithoutSent(pending, sent, unsent))
		if slices.Equal(rest, noticesOf(pending)) {
			return nil
		}
		writes, err := l.rewrite(d, rest)
		if err != nil {
			return err
		}
		return l.transact(ctx, ledger.Lease{}, writes)
	})
}
