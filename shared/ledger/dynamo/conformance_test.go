package dynamo_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/ledgertest"
)

func TestTheLedgerInDynamoDBKeepsWhatEveryLedgerPromises(t *testing.T) {
	moto.Config(t) // skips here, and not in each of the tests
	ledgertest.Conformance(t, func() ledger.Ledger { return empty(t) })
}
