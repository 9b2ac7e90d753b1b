package hub

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// stackID is the part of a stack's ARN that AWS makes up.
const stackID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"

// made is when every stack was created.
func made() time.Time { return time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC) }

// describeStacks gives one stack, or all: the error of a name that no stack has is a ValidationError.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
func (h *Hub) describeStacks(in *cloudformation.DescribeStacksInput) (*cloudformation.DescribeStacksOutput, error) {
	out := &cloudformation.DescribeStacksOutput{}
	for _, name := range slices.Sorted(maps.Keys(h.stacks)) {
		arn := fmt.Sprintf("arn:aws:cloudformation:%s:%s:stack/%s/%s", h.region, h.account, name, stackID)
		if in.StackName != nil && *in.StackName != name && *in.StackName != arn {
			continue
		}
		s := h.stacks[name]
		stack := types.Stack{
			StackName: aws.String(name), StackId: aws.String(arn), CreationTime: aws.Time(made()),
			StackStatus: types.StackStatus(cmp.Or(s.Status, string(types.StackStatusCreateComplete))),
		}
		for _, key := range slices.Sorted(maps.Keys(s.Outputs)) {
			stack.Outputs = append(stack.Outputs, types.Output{OutputKey: aws.String(key), OutputValue: aws.String(s.Outputs[key])})
		}
		out.Stacks = append(out.Stacks, stack)
	}
	if in.StackName != nil && len(out.Stacks) == 0 {
		return nil, apiError("ValidationError", "Stack with id %s does not exist", *in.StackName)
	}
	return out, nil
}
