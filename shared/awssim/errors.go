package awssim

import (
	"fmt"

	"github.com/aws/smithy-go"
)

// apiError is an error as the AWS API gives it: EC2's SDK has no typed errors, callers look at ErrorCode.
func apiError(code, message string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(message, args...), Fault: smithy.FaultClient}
}

// notFound is EC2's error for a missing id: each resource has a code of its own.
func notFound(code, what, id string) error {
	return apiError(code, "The %s '%s' does not exist", what, id)
}

func missingParameter(name string) error {
	return apiError("MissingParameter", "The request must contain the parameter %s", name)
}

func invalidParameter(message string, args ...any) error {
	return apiError("InvalidParameterValue", message, args...)
}

func dependencyViolation(what, id string) error {
	return apiError("DependencyViolation", "%s %s has dependencies and cannot be deleted.", what, id)
}

// NotImplemented is the error code for an operation that the simulator does not model. It is never retried.
const NotImplemented = "NotImplemented"

func notModelled(operation string) error {
	return apiError(NotImplemented, "awssim does not model %s", operation)
}

// The codes of EC2 for an id that does not exist, as far as several families of operations need them.
const (
	errVpcNotFound        = "InvalidVpcID.NotFound"
	errSubnetNotFound     = "InvalidSubnetID.NotFound"
	errGroupNotFound      = "InvalidGroup.NotFound"
	errRuleNotFound       = "InvalidSecurityGroupRuleId.NotFound"
	errTableNotFound      = "InvalidRouteTableID.NotFound"
	errACLNotFound        = "InvalidNetworkAclID.NotFound"
	errInterfaceNotFound  = "InvalidNetworkInterfaceID.NotFound"
	errInstanceNotFound   = "InvalidInstanceID.NotFound"
	errPeeringNotFound    = "InvalidVpcPeeringConnectionID.NotFound"
	errPrefixListNotFound = "InvalidPrefixListID.NotFound"
)
