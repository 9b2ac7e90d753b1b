package ledger_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/ledgertest"
)

func TestTheLedgerInMemoryDoesWhatEveryLedgerMust(t *testing.T) {
	ledgertest.Conformance(t, func() ledger.Ledger { return ledger.NewMemory() })
}
