package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// advice is an error with what to do about it, on a line of its own.
type advice struct {
	what, do string
	err      error
}

// Error gives both lines.
func (a advice) Error() string { return a.what + "\n" + a.do }

// Unwrap gives the error behind it.
func (a advice) Unwrap() error { return a.err }

// Codes by which AWS says the same; classified by code, never by text.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
var (
	deniedCodes = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "NotAuthorized"}
	staleCodes  = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
	alienCodes  = []string{
		"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure",
		"IncompleteSignature", "MissingAuthenticationToken", "OptInRequired",
	}
	busyCodes = []string{"Throttling", "ThrottlingException", "RequestLimitExceeded", "ProvisionedThroughputExceededException", "ServiceUnavailable"}
)

// Advise adds to an error of AWS what to do about it. Other errors stay as they are.
func Advise(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	call := callOf(err)
	do := ""
	switch c := code(err); {
	case slices.Contains(deniedCodes, c):
		do = "allow " + call + " to whoever these credentials are of (`aws sts get-caller-identity` tells), or take others with --profile"
	case slices.Contains(staleCodes, c):
		do = "the credentials have expired: sign in again (`aws sso login`)"
	case slices.Contains(alienCodes, c):
		do = "AWS does not accept the credentials here: check --profile, and that the account has switched the Region on"
	case slices.Contains(busyCodes, c):
		do = "AWS is busy: try again in a moment"
	case c == "ResourceNotFoundException":
		do = "there is no such table here: check --region, --stack and CACHEGATE_INTENTS_TABLE, or deploy the stack again"
	case c == "":
		do = unreached(err)
	}
	if do == "" {
		return err
	}
	return advice{what: told(err), do: do, err: err}
}

// unreached says what to do where no answer came at all.
func unreached(err error) string {
	if missing, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("%s cannot be found: check the Region, and the network", missing.Name)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return "AWS does not answer: check the network, a proxy, and the Region"
	}
	return ""
}

// code gives the error code of an answer of AWS, empty where it is none.
func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// callOf names the call that failed by its IAM action.
func callOf(err error) string {
	op, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return "the call"
	}
	return strings.ToLower(strings.ReplaceAll(op.Service(), " ", "")) + ":" + op.Operation()
}

// Denied says whether AWS forbids a call to these credentials.
func Denied(err error) bool { return slices.Contains(deniedCodes, code(err)) }

// Told gives an error of AWS in one line, without what to do about it.
func Told(err error) error { return errors.New(told(err)) }

// told shortens an SDK's error to where it happened and what AWS says, without
// status codes, host and request ids.
func told(err error) string {
	op, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return err.Error()
	}
	before, _, _ := strings.Cut(err.Error(), "operation error ")
	said := innermost(op)
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		said = api.ErrorCode()
		if m := api.ErrorMessage(); m != "" {
			said += ": " + m
		}
	}
	return before + callOf(err) + ": " + said
}

// innermost gives the text of the error behind all others.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.TrimSpace(err.Error())
		}
		err = inner
	}
}
