package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewSpoke makes the stack of a spoke.
func NewSpoke(scope constructs.Construct, o Options) awscdk.Stack {
	return awscdk.NewStack(scope, jsii.String(o.Name+"Spoke"), nil)
}
