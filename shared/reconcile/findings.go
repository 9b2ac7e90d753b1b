package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// findings are those of the plan, and what of the unit itself cannot be read.
func (v view) findings() []finding.Finding {
	out := slices.Clone(v.plan.Findings)
	out = append(out, plan.InvalidFindings(v.unit, v.declared.wrong)...)
	for _, f := range v.snapshot.Failures {
		if f.Location != v.unit.Location {
			continue
		}
		out = append(out, unreadable(v.unit, f))
		if f.Code == network.CodeNotConfigured {
			return out // and so is everything else there
		}
	}
	return out
}

// unreadable tells of a call for the unit itself that failed.
func unreadable(unit network.Unit, f network.Failure) finding.Finding {
	out := finding.Finding{
		ID:   strings.Join([]string{string(finding.UnitUnreadable), unit.String(), f.Operation, f.Resource}, "|"),
		Kind: finding.UnitUnreadable, Severity: finding.UnitUnreadable.Severity(), Unit: unit, Resource: unit.VPC,
		Title:  fmt.Sprintf("part of unit %s cannot be read: %s", unit, f.Operation),
		Detail: fmt.Sprintf("%s gave %s: %s; nothing that it hides is closed", f.Operation, f.Code, f.Message),
		Fix:    fmt.Sprintf("allow %s to cachegate's role in account %s, or wait if AWS is throttling", f.Operation, f.Account),
	}
	if f.Code == network.CodeNotConfigured {
		out.ID = strings.Join([]string{string(finding.UnitUnreadable), unit.String(), f.Code}, "|")
		out.Title = fmt.Sprintf("unit %s cannot be read: the deployment does not know account %s in %s", unit, f.Account, f.Region)
		out.Detail = f.Message + "; nothing that it hides is closed"
		out.Fix = fmt.Sprintf("name account %s in -c spokeAccounts and %s in -c regions of the hub, and deploy the spoke stack there; or correct the cluster of the intent", f.Account, f.Region)
	}
	return out
}
