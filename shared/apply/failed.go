package apply

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/change"
)

// failed records how a change failed: in words, and by the call and the error code of
// AWS, from which follows what to do about it. doing says what was being done; it may
// be empty.
func failed(c *change.Change, doing string, err error) {
	if doing != "" {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	c.Outcome, c.Why, c.Call, c.Code = change.Failed, err.Error(), "", errorCode(err)
	// The innermost call failed: that of credentials stands inside the one they are for.
	for op, ok := errors.AsType[*smithy.OperationError](err); ok; op, ok = errors.AsType[*smithy.OperationError](op.Unwrap()) {
		c.Call = op.Service() + ":" + op.Operation()
	}
}

func failAll(batch []change.Change, doing string, err error) {
	for i := range batch {
		failed(&batch[i], doing, err)
	}
}
