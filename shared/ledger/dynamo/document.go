package dynamo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	// plainMax is how long a document may be that is kept as readable JSON; a longer
	// one is compressed, since DynamoDB counts by the kilobyte.
	plainMax = 4 << 10
	// pieceMax keeps an item below DynamoDB's 400 KB, keys and names included.
	pieceMax = 350 << 10
	// documentMax keeps a transaction with four documents below DynamoDB's 4 MB.
	documentMax = 950 << 10
)

// The attributes of a piece of a document.
const (
	jsonAttribute     = "json"
	gzipAttribute     = "gzip"
	piecesAttribute   = "pieces"
	revisionAttribute = "revision"
)

// encode gives a value as the attributes of a document's pieces.
func encode(value any) ([]item, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	if len(data) <= plainMax {
		return []item{{jsonAttribute: text(string(data)), piecesAttribute: number(1)}}, nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if packed.Len() > documentMax {
		return nil, fmt.Errorf("%d bytes are left after compressing, and at most %d can be kept", packed.Len(), documentMax)
	}
	count := (packed.Len() + pieceMax - 1) / pieceMax
	pieces := make([]item, 0, count)
	for packed.Len() > 0 {
		piece := bytes.Clone(packed.Next(pieceMax))
		pieces = append(pieces, item{gzipAttribute: &types.AttributeValueMemberB{Value: piece}, piecesAttribute: number(int64(count))})
	}
	return pieces, nil
}

// decode reads the pieces of one document, in their order. It gives errStale
// where they are not all of one revision: then it was rewritten while it was read.
func decode(pieces []item, into any) error {
	first := pieces[0]
	if int64(len(pieces)) != numberOf(first, piecesAttribute) {
		return fmt.Errorf("reading document %s %s: %d pieces of %d are there: %w", textOf(first, PartitionKey), textOf(first, SortKey),
			len(pieces), numberOf(first, piecesAttribute), errStale)
	}
	var packed []byte
	for _, p := range pieces {
		if numberOf(p, revisionAttribute) != numberOf(first, revisionAttribute) {
			return fmt.Errorf("reading document %s %s: its pieces differ in revision: %w", textOf(first, PartitionKey), textOf(first, SortKey), errStale)
		}
		if v, ok := p[gzipAttribute].(*types.AttributeValueMemberB); ok {
			packed = append(packed, v.Value...)
		}
	}
	data := []byte(textOf(first, jsonAttribute))
	if len(packed) > 0 {
		var err error
		if data, err = unpack(packed); err != nil {
			return fmt.Errorf("reading document %s %s: %w", textOf(first, PartitionKey), textOf(first, SortKey), err)
		}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading document %s %s: %w", textOf(first, PartitionKey), textOf(first, SortKey), err)
	}
	return nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return data, nil
}

func pieceKey(pk, name string, n int) key { return key{pk: pk, sk: fmt.Sprintf("%s%04d", name, n)} }

// document is a value in pieces that is always rewritten as a whole.
type document struct {
	pk, name string
	// revision and pieces are those that were read, zero where there was none.
	revision int64
	pieces   int
}

// read reads the document into a value, which stays as it is where there is no
// document yet.
func (l *Ledger) read(ctx context.Context, pk, name string, into any) (document, error) {
	d := document{pk: pk, name: name}
	err := l.retry(ctx, "reading "+name+" of "+pk, func() error {
		pieces, err := l.queryPrefix(ctx, pk, name)
		if err != nil || len(pieces) == 0 {
			return err
		}
		d.revision, d.pieces = numberOf(pieces[0], revisionAttribute), len(pieces)
		return decode(pieces, into)
	})
	return d, err
}

// rewrite gives the writes that replace the document, on the condition that it
// still is the one that was read.
func (l *Ledger) rewrite(d document, value any) ([]types.TransactWriteItem, error) {
	pieces, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("writing %s of %s: %w", d.name, d.pk, err)
	}
	var writes []types.TransactWriteItem
	for n, p := range pieces {
		p[revisionAttribute] = number(d.revision + 1)
		put := &types.Put{TableName: aws.String(l.Table), Item: pieceKey(d.pk, d.name, n).with(p)}
		if n == 0 {
			put.ConditionExpression = aws.String("attribute_not_exists(#revision)")
			put.ExpressionAttributeNames = map[string]string{"#revision": revisionAttribute}
			if d.revision > 0 {
				put.ConditionExpression = aws.String("#revision = :revision")
				put.ExpressionAttributeValues = item{":revision": number(d.revision)}
			}
		}
		writes = append(writes, types.TransactWriteItem{Put: put})
	}
	for n := len(pieces); n < d.pieces; n++ {
		writes = append(writes, types.TransactWriteItem{Delete: &types.Delete{
			TableName: aws.String(l.Table), Key: pieceKey(d.pk, d.name, n).item(),
		}})
	}
	return writes, nil
}
