package awssim

import (
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// parsePrefix reads a CIDR and drops its host bits, as AWS does.
func parsePrefix(cidr string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(cidr)
	return prefix.Masked(), err
}

// same says that two ids that may be missing are there and equal.
func same(a, b *string) bool { return a != nil && b != nil && *a == *b }

func tagValue(tags []ec2types.Tag, key string) string {
	for _, tag := range tags {
		if aws.ToString(tag.Key) == key {
			return aws.ToString(tag.Value)
		}
	}
	return ""
}
