package dynamo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

type needsRecord struct {
	Judged []judgedRecord     `json:"judged,omitempty"`
	Needs  []needRecord       `json:"needs,omitempty"`
	Hidden []hiddenNeedRecord `json:"hidden,omitempty"`
}

type judgedRecord struct {
	Intent intentRecord `json:"intent"`
	Digest string       `json:"digest"`
}

type needRecord struct {
	Intent      intentRecord      `json:"intent"`
	Requirement requirementRecord `json:"requirement"`
	Groups      []string          `json:"groups,omitempty"`
	V4          bool              `json:"v4,omitempty"`
	V6          bool              `json:"v6,omitempty"`
	RangesOnly  bool              `json:"rangesOnly,omitempty"`
	Block       string            `json:"block,omitempty"`
	Why         string            `json:"why,omitempty"`
}

type hiddenNeedRecord struct {
	Intent  intentRecord `json:"intent"`
	Kind    string       `json:"kind,omitempty"`
	Account string       `json:"account,omitempty"`
	Region  string       `json:"region,omitempty"`
}

func intentOf(k intent.Key) intentRecord { return intentRecord{Cluster: k.Cluster, Name: k.Name} }

func (r intentRecord) key() intent.Key { return intent.Key{Cluster: r.Cluster, Name: r.Name} }

func needsOf(n ledger.Needs) needsRecord {
	var r needsRecord
	for _, j := range n.Judged {
		r.Judged = append(r.Judged, judgedRecord{Intent: intentOf(j.Intent), Digest: j.Digest})
	}
	for _, need := range n.Needs {
		r.Needs = append(r.Needs, needRecord{
			Intent: intentOf(need.Intent), Requirement: requirementOf(need.Requirement), Groups: need.Groups,
			V4: need.V4, V6: need.V6, RangesOnly: need.RangesOnly, Block: need.Block, Why: need.Why,
		})
	}
	for _, h := range n.Hidden {
		r.Hidden = append(r.Hidden, hiddenNeedRecord{Intent: intentOf(h.Intent), Kind: string(h.Kind), Account: h.Account, Region: h.Region})
	}
	return r
}

func (r needsRecord) needs() ledger.Needs {
	var n ledger.Needs
	for _, j := range r.Judged {
		n.Judged = append(n.Judged, ledger.JudgedIntent{Intent: j.Intent.key(), Digest: j.Digest})
	}
	for _, need := range r.Needs {
		n.Needs = append(n.Needs, ledger.Need{
			Intent: need.Intent.key(), Requirement: need.Requirement.requirement(), Groups: need.Groups,
			V4: need.V4, V6: need.V6, RangesOnly: need.RangesOnly, Block: need.Block, Why: need.Why,
		})
	}
	for _, h := range r.Hidden {
		n.Hidden = append(n.Hidden, ledger.HiddenNeed{
			Intent: h.Intent.key(), Kind: change.Kind(h.Kind), Location: network.Location{Account: h.Account, Region: h.Region},
		})
	}
	return n
}

// needsVersion is how the head names needs: by what they are, and by who wrote them, so
// that nobody takes away what somebody else wrote anew.
func needsVersion(hash string) string { return hash + "." + rand.Text() }

// sameNeeds says whether the head names needs of a hash.
func (h head) sameNeeds(hash string) bool { return strings.HasPrefix(h.needs, hash+".") }

func needsName(version string) string { return needsPrefix + version + "#" }

func hashOfNeeds(n ledger.Needs) (string, error) {
	data, err := json.Marshal(needsOf(n))
	return hashOf([]string{string(data)}), err
}

// keepNeeds writes the needs of a judgement under a version of their own, and gives it.
// Those that the head names already are not written again.
func (l *Ledger) keepNeeds(ctx context.Context, h head, n ledger.Needs) (string, error) {
	hash, err := hashOfNeeds(n)
	if err != nil || h.sameNeeds(hash) {
		return h.needs, err
	}
	pieces, err := encode(needsOf(n))
	if err != nil {
		return "", err
	}
	version := needsVersion(hash)
	for at, p := range pieces {
		_, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(l.Table), Item: pieceKey(unitPK(h.unit), needsName(version), at).with(p),
		})
		if err != nil {
			return "", err
		}
	}
	return version, nil
}

// dropNeeds deletes needs that the head no longer names.
func (l *Ledger) dropNeeds(ctx context.Context, unit network.Unit, version string) error {
	if version == "" {
		return nil
	}
	pieces, err := l.queryPrefix(ctx, unitPK(unit), needsName(version))
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if _, err := l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(l.Table), Key: keyOf(p).item()}); err != nil {
			return err
		}
	}
	return nil
}

// Needs implements ledger.Index.
func (l *Ledger) Needs(ctx context.Context, unit network.Unit) (n ledger.Needs, ok bool, err error) {
	err = l.retry(ctx, "reading what unit "+unit.String()+" needs", func() error {
		found, getErr := l.get(ctx, headKey(unit))
		if getErr != nil {
			return getErr
		}
		h := headOf(unit, found)
		if h.current == 0 || h.needs == "" {
			return nil
		}
		pieces, queryErr := l.queryPrefix(ctx, unitPK(unit), needsName(h.needs))
		if queryErr != nil {
			return queryErr
		}
		if len(pieces) == 0 {
			return errors.Join(errors.New("they are gone"), errStale)
		}
		var r needsRecord
		if decodeErr := decode(pieces, &r); decodeErr != nil {
			return decodeErr
		}
		n, ok = r.needs(), true
		return nil
	})
	return n, ok, err
}
