package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
)

// restore puts back a rule that was somebody else's and that a run revoked: with its own
// description and tags, and without a claim, so that it is theirs again.
func (r *run) restore(ctx context.Context, client EC2, c *change.Change) {
	if err := r.permitted(ctx); err != nil {
		c.Outcome, c.Why = change.Refused, err.Error()
		return
	}
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(c.Resource), IpPermissions: []types.IpPermission{permission(*c)}}
	if tags := tagsOf(c.Rule.Tags); len(tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: tags}}
	}
	out, err := client.AuthorizeSecurityGroupIngress(ctx, in)
	switch {
	case errorCode(err) == "InvalidPermission.Duplicate":
		c.Outcome, c.Why = change.Refused, "it is there again: somebody put it back"
	case err != nil:
		failed(c, fmt.Sprintf("putting back a rule of %s", c.Resource), err)
	default:
		c.Outcome = change.Applied
		for _, rule := range out.SecurityGroupRules {
			if made(rule, *c) {
				c.Rule.ID = aws.ToString(rule.SecurityGroupRuleId)
			}
		}
	}
}

// tagsOf gives the tags that a person may set: those of AWS's own cannot be.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
func tagsOf(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if len(k) < len(ownTags) || k[:len(ownTags)] != ownTags {
			out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
		}
	}
	return out
}

const ownTags = "aws:"
