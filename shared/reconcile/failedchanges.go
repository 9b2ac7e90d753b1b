package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

// failedChanges tells what EC2 refused or what went wrong: the next plan makes
// the same change again and would not say so.
func failedChanges(v view, changes []change.Change) []finding.Finding {
	var out []finding.Finding
	for _, c := range changes {
		if c.Outcome != change.Failed {
			continue
		}
		f := finding.Finding{
			ID:   strings.Join([]string{string(finding.ChangeRefused), v.unit.String(), c.Resource, "failed", change.ContestKey(c)}, "|"),
			Kind: finding.ChangeRefused, Severity: finding.High, Unit: v.unit, Resource: c.Resource,
			Title: fmt.Sprintf("%s of %s failed", c.Action, c.Resource), Detail: withoutRequestID(c.Why),
			Fix: remedy(v, c) + "; the next run tries again",
		}
		if len(c.Intents) > 0 {
			f.Cluster, f.Intent = c.Intents[0].Cluster, c.Intents[0].Name
		}
		out = append(out, f)
	}
	return out
}

// withoutRequestID cuts what differs in every answer out of an SDK error, so that
// the same failure is told once.
func withoutRequestID(text string) string {
	before, rest, found := strings.Cut(text, "RequestID: ")
	if !found {
		return text
	}
	_, after, _ := strings.Cut(rest, ", ")
	return before + after
}

// remedy says what to do about a change that failed, by the error code of AWS.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func remedy(v view, c change.Change) string {
	service, call, _ := strings.Cut(c.Call, ":")
	at := fmt.Sprintf("account %s", c.Location.Account)
	switch code := c.Code; {
	case code == "":
		return "see the detail"
	case service == "STS":
		return fmt.Sprintf("let cachegate's hub role assume its role in %s: check the trust policy and the external id of the role there", at)
	case service != "EC2":
		return fmt.Sprintf("%s:%s is what failed, for cachegate's own records: check its role in the hub account, and the service there", service, call)
	case slices.Contains([]string{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"}, code):
		return fmt.Sprintf("allow ec2:%s to cachegate's role in %s; a service control policy, a resource control policy or a permissions boundary may deny it too", call, at)
	case code == "RulesPerSecurityGroupLimitExceeded":
		return fmt.Sprintf("raise the quota of rules per security group at AWS in %s (Service Quotas, Amazon VPC), or set rulesPerGroup in the policy to the quota that holds there (60 where nobody raised it): %s holds %d inbound rules now", at, c.Resource, len(v.index.SecurityGroups[c.Resource].Ingress()))
	case code == "RouteLimitExceeded":
		return fmt.Sprintf("raise the quota of routes per route table at AWS in %s (Service Quotas, Amazon VPC), or set routesPerTable in the policy to the quota that holds there: %s holds %d routes now", at, c.Resource, len(v.index.RouteTables[c.Resource].Routes))
	case strings.HasSuffix(code, "LimitExceeded") && !throttled(code):
		return fmt.Sprintf("raise the quota that the detail names at AWS in %s (Service Quotas), or make room", at)
	case throttled(code):
		return fmt.Sprintf("wait: AWS throttles the calls of %s", at)
	case slices.Contains([]string{"InternalError", "InternalFailure", "Unavailable", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException"}, code):
		return "wait: the fault is AWS's, see the AWS Health Dashboard"
	case strings.Contains(code, "NotFound"):
		return fmt.Sprintf("%s or what it refers to is gone, or not in %s: correct or delete the intents that name it", c.Resource, at)
	case strings.Contains(code, "State") || code == "DependencyViolation" || code == "OperationNotPermitted":
		return "wait until what the detail names is in a state in which AWS allows the call, or bring it there"
	case code == "InvalidPermission.Duplicate" || code == "RouteAlreadyExists":
		return "wait: something like it is there already and does not show yet"
	case strings.HasPrefix(code, "Invalid") || strings.HasPrefix(code, "Unsupported") || strings.HasPrefix(code, "MissingParameter"):
		return "AWS does not accept what the intent asks for, see the detail: correct the intent"
	default:
		return "see the detail"
	}
}

func throttled(code string) bool {
	return strings.Contains(code, "Throttl") || code == "RequestLimitExceeded"
}
