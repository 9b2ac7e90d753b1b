package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// place is an account and a Region, either of which may be known to
// CloudFormation only.
type place struct{ account, region string }

// here is where a stack is deployed.
func here() place { return place{account: *awscdk.Aws_ACCOUNT_ID(), region: *awscdk.Aws_REGION()} }

// arn makes an ARN in the partition that a stack is deployed in.
func arn(service, region, account, resource string) string {
	return strings.Join([]string{"arn", *awscdk.Aws_PARTITION(), service, region, account, resource}, ":")
}

// The names that one stack gives and another knows. Roles are global, so theirs
// hold the hub's Region: two hubs of an account may then have one name.

func (o Options) reconcileRole(hub place) string { return o.Name + "-reconcile-" + hub.region }

func (o Options) reconcileRoleARN(hub place) string {
	return arn("iam", "", hub.account, "role/"+o.reconcileRole(hub))
}

func (o Options) spokeRole(hub place) string { return o.Name + "-spoke-" + hub.region }

func (o Options) spokeRoleARN(hub place, account string) string {
	return arn("iam", "", account, "role/"+o.spokeRole(hub))
}

// externalID is what a spoke's role asks for, so that no other hub is let in by mistake.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
func (o Options) externalID(hub place) string { return "cachegate/" + hub.account + "/" + o.Name }

func (o Options) bus() string { return strings.ToLower(o.Name) }

func (o Options) busARN(hub place) string {
	return arn("events", hub.region, hub.account, "event-bus/"+o.bus())
}

// rule names the rule of a pattern, on whichever bus.
func (o Options) rule(pattern string) string { return o.Name + "-" + pattern }

// pointers is for the many lists of pointers that the CDK takes.
func pointers(values []string) *[]*string {
	out := make([]*string, 0, len(values))
	for i := range values {
		out = append(out, &values[i])
	}
	return &out
}
