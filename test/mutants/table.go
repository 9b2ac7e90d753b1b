package main

// mutant is a bug that is planted: in a file, one text becomes another.
type mutant struct {
	// name is how the command line calls it, what says what goes wrong.
	name, what string
	file       string
	// from stands in the file exactly once.
	from, to string
	// also are the packages whose tests are run where the simulation lets the bug live,
	// beside that of the file.
	also []string
}

// table are the bugs. Those of the first group were made once, here or in projects like
// this one, or are what the design rules out in so many words.
var table = []mutant{
	{
		name: "close-before-open", what: "what goes is closed before what comes is opened",
		file: "shared/plan/assemble.go", from: "changes := slices.Concat(first, opens, closes)", to: "changes := slices.Concat(first, closes, opens)",
	},
	{
		name: "claim-after-write", what: "a route is claimed after it is made",
		file: "shared/apply/routes.go",
		from: `	claim, existed, err := r.Claims.Intend(ctx, r.claimOf(*c, ""))
	if err != nil {
		failed(c, fmt.Sprintf("claiming %s", c.Requirement), err)
		return
	}
	err = write(ctx, client, c)
`,
		to: `	err := write(ctx, client, c)
	claim, existed, claimErr := r.Claims.Intend(ctx, r.claimOf(*c, ""))
	if claimErr != nil {
		failed(c, fmt.Sprintf("claiming %s", c.Requirement), claimErr)
		return
	}
`,
	},
	{
		name: "failed-read-is-gone", what: "a read that failed is taken for one that found nothing",
		file: "shared/observe/failure.go", from: "	r.record(f)\n	return nil\n}\n\n// unconfigured", to: "	return nil\n}\n\n// unconfigured",
	},
	{
		name: "no-check-before-write", what: "nobody asks before a write whether it still is allowed",
		file: "shared/apply/apply.go", from: "		r.stopped = r.CheckStillAllowed(ctx)\n", to: "		r.stopped = ctx.Err()\n",
	},
	{
		name: "verify-looks-once", what: "a write that does not show at once is not looked for again",
		file: "shared/reconcile/verify.go", from: "	looks     = 5\n", to: "	looks     = 1\n",
	},
	{
		name: "index-not-read-again", what: "the dependency index is written after the read that it is for",
		file: "shared/reconcile/observe.go", from: "		if !changed || again == rereads {", to: "		if changed || !changed || again == rereads {",
	},
	{
		name: "pending-not-rechecked", what: "what AWS is still at work on is not looked at again",
		file: "shared/reconcile/next.go", from: "		if j.State == access.StatePending || v", to: "		if j.State == access.StatePending && len(v.live) > 1000 || v",
	},
	{
		name: "foreign-rule-taken-for-ours", what: "a rule that is there already and says the same is taken for cachegate's",
		file: "shared/apply/rules.go", from: `	made := before.RuleID != "" && before.RuleID == aws.ToString(rule.SecurityGroupRuleId)
`, to: `	made := before.RuleID != "" && before.RuleID == aws.ToString(rule.SecurityGroupRuleId) || aws.ToString(rule.SecurityGroupRuleId) != ""
`,
	},
	{
		name: "claim-found-by-content", what: "a rule of another id that says the same stands for a claim",
		file: "shared/change/rule.go", from: `		case c.RuleID == "" && c.Made(r.Tags[ManagedTag]) && sameContent(r, c.Requirement):`, to: `		case sameContent(r, c.Requirement):`,
	},
	{
		name: "answers-acl-forgotten", what: "the network ACL that the answer passes is not judged",
		file: "shared/access/crossing.go", from: `			set.add(x.aclFor(a), true, own, in, " from the attachment's "+a.ID)`, to: `			_ = own`,
	},
	{
		name: "deduplication-without-time", what: "the deduplication id of a wake-up has no time",
		file: "shared/wake/queue.go", from: `		id := m.Unit + "@" + bucket`, to: `		id := m.Unit + "@" + bucket[:0]`,
	},
	{
		name: "outbox-dropped", what: "what could not be sent is forgotten",
		file: "shared/notify/outbox.go", from: "o.Notices.Ack(ctx, unit, pending, noticesOf(unsent))", to: "o.Notices.Ack(ctx, unit, pending, noticesOf(nil))",
	},
	{
		name: "gateway-association-ignored", what: "a Direct Connect gateway that is not associated counts as one that is",
		file: "shared/access/directconnect.go", from: `	case "associated", "updating":
`, to: `	case "associated", "updating", "disassociating":
`,
	},
	{
		name: "own-events-wake-nobody", what: "cachegate's own writes wake no other unit",
		file: "shared/dispatch/dispatch.go", from: "	if len(writers) != 1 {\n		return units, nil\n	}\n	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == writers[0] }), nil",
		to: "	_ = slices.Contains(writers, network.Unit{})\n	return nil, nil",
	},
	{
		name: "lease-not-checked", what: "a run goes on though somebody else has its unit",
		file: "shared/reconcile/apply.go", from: `		func() error { return p.Ledger.Check(ctx, p.lease, p.Clock()) },
		func() error { return p.checkDeclared(ctx) },
`, to: `		func() error { return p.checkDeclared(ctx) },
`,
	},
	{
		name: "expired-counts-an-hour-longer", what: "an intent counts for an hour after its end",
		file: "shared/intent/intent.go", from: "return i.ExpiresAt.IsZero() || now.Before(i.ExpiresAt)", to: "return i.ExpiresAt.IsZero() || now.Before(i.ExpiresAt.Add(time.Hour))",
	},
	{
		name: "starts-too-early", what: "an intent counts before it begins",
		file: "shared/intent/intent.go", from: "	if now.Before(i.NotBefore) {\n", to: "	if now.Before(i.NotBefore.Add(-10 * time.Minute)) {\n",
	},
	{
		name: "time-not-checked-before-write", what: "what began or ended since the plan is written all the same",
		file: "shared/reconcile/apply.go", from: "	if turned || !set.Same", to: "	if !turned && !set.Same",
	},
	{
		name: "due-in-the-run-forgotten", what: "what fell due during a run waits for the sweep",
		file: "shared/reconcile/next.go", from: "	case p.stopped == nil && fellDue(p.report.Changes, p.after.plan):\n		return now\n", to: "",
	},
	{
		name: "declared-anew-not-seen", what: "what is declared for the unit is not compared before a write",
		file: "shared/reconcile/apply.go", from: "	return selectIntents(set, own.belongs).digest != own.digest ||\n		", to: "	return own.belongs == nil ||\n		",
	},
	{
		name: "sharers-not-asked", what: "what other units need at a shared point is not asked for",
		file: "shared/reconcile/needs.go", from: "			s.needs = append(s.needs, plan.OtherUnit{", to: "			_ = append(s.needs, plan.OtherUnit{",
	},
	{
		name: "sharers-not-seen-at-the-last-moment", what: "what others were declared to need since the plan does not count",
		file: "shared/reconcile/apply.go", from: "		others.concern != nil && selectIntents(set, others.concern).digest != others.digest\n", to: "		others.concern != nil && others.digest == \"\"\n",
	},
	{
		name: "unjudged-sharers-forgotten", what: "a unit whose intents changed since it was judged is not asked",
		file: "shared/reconcile/needs.go", from: "	for _, k := range slices.Backward(unjudged(live, n)) {", to: "	for _, k := range slices.Backward(unjudged(live, n)[:0]) {",
	},
	{
		name: "half-seen-is-gone", what: "a cluster that one list does not show counts as deleted",
		file: "shared/reconcile/declare.go", from: "	if len(failures) > 0 {\n		return found, failures, nil\n	}\n", to: "	if len(failures) >= 0 {\n		return found, failures, nil\n	}\n",
	},
	{
		name: "no-journal", what: "a run is on record only at its end",
		file: "shared/reconcile/apply.go", from: "			func() error { return p.begin(ctx) },\n", to: "",
	},
	{
		name: "cut-off-runs-forgotten", what: "a run that was cut off is completed by none",
		file: "shared/reconcile/record.go", from: "p.report.Live, repaired, p.known.Begun...)", to: "p.report.Live, repaired)",
	},
	{
		name: "no-breaker", what: "one run may take everything away",
		file: "shared/plan/breaker.go", from: "	case len(closes) > limit.Of(open):", to: "	case len(closes) > limit.Of(open) && open == 0:",
	},
	{
		name: "expiries-not-counted", what: "what ends by its time does not count for the breaker",
		file: "shared/plan/breaker.go", from: "		if c.change.Reason == change.Undone {\n			continue //", to: "		if c.change.Reason == change.Undone || c.change.Reason == change.Expired {\n			continue //",
	},
	{
		name: "unproven-route-is-ours", what: "a route that a run meant to make is taken for one that it made",
		file: "shared/change/claim.go", from: "return c.Kind.traits().byID || c.Status != Intended }", to: "return c.Kind.traits().byID || c.Status != Closing }",
	},
	{
		name: "closed-ignores-sharers", what: "a closed intent takes what another cluster's clients use",
		file: "shared/plan/closing.go", from: "	case !p.sharedGroupRefuses(j, group).None():\n		p.findings = append(p.findings, p.closedButShared(j, a))\n", to: "",
	},
	{
		name: "malformed-holds-nothing", what: "a typing error in an intent closes what it had",
		file: "shared/plan/planner.go", from: "p.malformed[i.Key] = p.malformed[i.Key] || i.Holds(p.Now)", to: "p.malformed[i.Key] = p.malformed[i.Key] && i.Holds(p.Now)",
	},
	{
		name: "kill-switch-late", what: "mode off does not stop a run that goes on",
		file: "shared/reconcile/apply.go", from: "	if set.Policies.For(intent.Everything).Mode == intent.Off {\n		return errOff\n	}\n	turned := !p.turns.IsZero() && !p.turns.After(p.Clock())\n	if turned || !set.Same(p.set) && p.declaredAnew(set) {",
		to: "	turned := !p.turns.IsZero() && !p.turns.After(p.Clock())\n	if turned {",
	},
	{
		name: "rule-not-read-before-revoke", what: "a rule that somebody changed since is revoked as it was planned",
		file: "shared/apply/rules.go", from: "	if !sameAsPlanned(rules[at], c.Rule) {\n", to: "	if !sameAsPlanned(rules[at], c.Rule) && c.Rule.ID == \"\" {\n",
	},
	{
		name: "leased-is-done", what: "a wake-up of a unit that somebody else has counts as carried out",
		file: "shared/worker/worker.go", from: "	case errors.Is(err, ledger.ErrLeased), err != nil && runCtx.Err() != nil && ctx.Err() == nil:\n		return errors.Join(movedErr, w.handOn(ctx, m, record.MessageId, err))\n",
		to: "	case errors.Is(err, ledger.ErrLeased):\n		return movedErr\n	case err != nil && runCtx.Err() != nil && ctx.Err() == nil:\n		return errors.Join(movedErr, w.handOn(ctx, m, record.MessageId, err))\n",
	},
	{
		name: "failed-records-dropped", what: "an event that dispatch could not handle is not delivered again",
		file: "shared/dispatch/handler.go", from: "	for _, id := range slices.Sorted(maps.Keys(failed)) {\n", to: "	for _, id := range slices.Sorted(maps.Keys(failed))[:0] {\n",
	},
	{
		name: "moved-not-woken", what: "the unit that a cluster went to is not woken",
		file: "shared/worker/worker.go", from: "	if len(report.Moved)+len(report.Awaited) == 0 {", to: "	if len(report.Awaited) == 0 {",
	},
	{
		name: "no-schedule", what: "a unit is not looked at when something is due",
		file: "shared/worker/worker.go", from: "	return errors.Join(handErr, w.Schedules.Move(ctx, report.Unit, next))", to: "	return errors.Join(handErr, w.Schedules.Move(ctx, report.Unit, next.Add(-next.Sub(time.Time{}))))",
	},
	{
		name: "work-not-handed-on", what: "what a run could not finish waits for the next wake-up",
		file: "shared/worker/worker.go", from: "		handErr = w.handOn(ctx, m, id, errStopped)\n		next = now.Add(afterHandingOn)\n", to: "		next = time.Time{}\n",
	},
	{
		name: "one-holder-is-the-last", what: "a rule goes though another intent holds it",
		file: "shared/apply/rules.go", from: "	case !last:\n		c.Outcome, c.Why = change.Refused, \"another intent holds it now\"\n		return false\n	default:", to: "	case !last && c.Claimed && c.Key() == \"\":\n		return false\n	default:",
	},
	{
		name: "leftovers-not-swept", what: "a unit without intents is not swept, whatever is left in it",
		file: "shared/dispatch/declared.go", from: "		if len(claims)+len(findings)+len(pending) > 0 {", to: "		if len(claims)+len(findings)+len(pending) > 1000 {",
	},
	{
		name: "wake-before-the-bucket-ends", what: "a wake-up is received before the last event that it stands for",
		file: "shared/wake/wake.go", from: "	Delay = Bucket + Skew\n", to: "	Delay = Skew\n",
	},
	{
		name: "port-too-wide", what: "a rule opens one port more than is declared",
		file: "shared/apply/rules.go", from: "FromPort: aws.Int32(int32(c.Port)), ToPort: aws.Int32(int32(c.Port)),\n", to: "FromPort: aws.Int32(int32(c.Port)), ToPort: aws.Int32(int32(c.Port) + 1),\n",
	},
	{
		name: "shared-groups-opened", what: "a group that guards several clusters is opened though the policy refuses that",
		file: "shared/access/clustergroups.go", from: "	if !shared || j.Policy.SharedGroups == intent.Allow {", to: "	if !shared || j.Policy.SharedGroups != \"\" {",
	},
	{
		name: "unread-sharers-close", what: "what nobody can see is not protected",
		file: "shared/reconcile/needs.go", from: "				s.unread[at] = fmt.Sprintf(\"what intent %s of unit %s needs at %s is not known\", h.Intent.Name, other, at.ID)\n", to: "				_ = h.Intent\n",
	},
	{
		name: "answer-lost-is-not-made", what: "a route whose answer is lost is not looked for",
		file: "shared/apply/routes.go", from: "	case !refusedByEC2(err) && madeAllTheSame(ctx, client, c):", to: "	case refusedByEC2(err) && madeAllTheSame(ctx, client, c):",
	},
	{
		name: "fresh-is-gone", what: "what EC2 does not show yet is taken for gone",
		file: "shared/change/presence.go", from: "const visibleWithin = 5 * time.Minute", to: "const visibleWithin = 5 * time.Millisecond",
	},
	{
		name: "never-backs-off", what: "what another tool undoes is put right for ever",
		file: "shared/plan/settle.go", from: "	contestedRepairs = 3\n", to: "	contestedRepairs = 300\n",
	},
	{
		name: "findings-not-compared", what: "people hear of a finding at every run",
		file: "shared/finding/finding.go", from: "		case !old.sameWords(f):\n", to: "		case old.sameWords(f) || !old.sameWords(f):\n",
	},
	{
		name: "observe-writes", what: "mode observe writes",
		file: "shared/plan/assemble.go", from: "		c.Outcome = change.Planned\n", to: "		c.Outcome = \"\"\n",
	},
}
