package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/network"
)

// noSuchRule are the codes by which EC2 says that a rule is not there.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
var noSuchRule = []string{"InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRuleId.Malformed"}

// RuleByID looks for a security group rule by its id in locations. ok is false where all of
// them were read and none has it; unread are those that could not be.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html
func RuleByID(ctx context.Context, clients Clients, locations []network.Location, id string) (rule network.Rule, at network.Location, ok bool, unread []error) {
	for _, l := range locations {
		api, err := clients.For(ctx, l)
		if err != nil {
			unread = append(unread, fmt.Errorf("reading rule %s in %s: %w", id, l, err))
			continue
		}
		out, err := api.EC2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{id}})
		if slices.Contains(noSuchRule, codeOf(err)) {
			continue
		}
		if err != nil {
			unread = append(unread, fmt.Errorf("reading rule %s in %s: %w", id, l, err))
			continue
		}
		for _, x := range out.SecurityGroupRules {
			if found, readable := ruleOf(l, x, &notes{}); readable && found.ID == id {
				return found, l, true, unread
			}
		}
	}
	return network.Rule{}, network.Location{}, false, unread
}

// codeOf gives the error code of an answer of AWS, empty where it is none.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}
