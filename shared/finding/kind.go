package finding

// Kind is the kind of a finding.
type Kind string

// The kinds of finding.
const (
	AccessMissing    Kind = "access-missing"
	AccessUndeclared Kind = "access-undeclared"
	AccessBlocked    Kind = "access-blocked"
	AccessUnknown    Kind = "access-unknown"
	AccessContested  Kind = "access-contested"
	AccessClosed     Kind = "access-closed"
	ExpiredButOpen   Kind = "expired-but-open"
	IntentEnds       Kind = "intent-ends"
	IntentInvalid    Kind = "intent-invalid"
	IntentConflict   Kind = "intent-conflict"
	GroupShared      Kind = "group-shared"
	ClaimChanged     Kind = "claim-changed"
	RuleUnclaimed    Kind = "rule-unclaimed"
	ChangeRefused    Kind = "change-refused"
	UnitUnreadable   Kind = "unit-unreadable"
	SystemUnhealthy  Kind = "system-unhealthy"
	UnitFirstSeen    Kind = "unit-first-seen"
)

// Mender says what puts right what a finding is about.
type Mender int

// What may put it right.
const (
	// ByPeople is what cachegate does not put right itself.
	ByPeople Mender = iota
	ByOpening
	ByClosing
)

// traits are what is true of every finding of a kind.
type traits struct {
	kind Kind
	// severity is the usual one; what a finding is about may make it another.
	severity Severity
	// impact says what the finding means for those who use the cluster.
	impact string
	mender Mender
	// repeatsHops says that the finding says what the hops of its intent say.
	repeatsHops bool
}

// table is every kind with its traits, the ones about access first.
var table = []traits{
	{AccessMissing, Medium, "the declared sources do not reach the cluster, or not all of them", ByOpening, true},
	{AccessBlocked, Medium, "the declared sources do not reach the cluster, and cachegate cannot repair the path alone", ByOpening, true},
	{AccessUnknown, Medium, "it is not known whether the declared sources reach the cluster; nothing is closed for it", ByOpening, true},
	{AccessUndeclared, Medium, "sources that no intent declares can reach the cluster", ByClosing, false},
	{AccessContested, Critical, "somebody else keeps undoing what is declared: the access comes and goes", ByOpening, false},
	{AccessClosed, Low, "the sources no longer reach the cluster; established connections stay until they end", ByClosing, false},
	{ExpiredButOpen, Medium, "the sources still reach the cluster, although the time of their intent is over", ByClosing, false},
	{IntentEnds, Low, "the sources still reach the cluster, and no longer do once the intent's time is over", ByPeople, false},
	{IntentInvalid, Medium, "the intent opens nothing new; what it has stays until it is corrected, deleted or over", ByPeople, false},
	{IntentConflict, Medium, "open wins: some of what the intent declares closed stays reachable", ByClosing, false},
	{GroupShared, Medium, "the path stays closed: the rule would open other caches or interfaces too", ByOpening, true},
	{ClaimChanged, Medium, "cachegate no longer looks after it, and will not close it when its intent ends", ByPeople, false},
	{RuleUnclaimed, Medium, "nobody closes the rule when the access it gives is over: its tag names a deployment, and no claim here stands for it", ByPeople, false},
	{ChangeRefused, Medium, "a change that is needed was not made", ByOpening, false},
	{UnitUnreadable, High, "what cannot be read is neither judged nor closed", ByPeople, false},
	{UnitFirstSeen, Medium, "nothing was changed for what nobody declared; each finding is told again when it changes or ends", ByPeople, false},
	{SystemUnhealthy, High, "cachegate itself does not work as it should: access may not be kept as declared", ByPeople, false},
}

// Kinds gives every kind.
func Kinds() []Kind {
	out := make([]Kind, 0, len(table))
	for _, t := range table {
		out = append(out, t.kind)
	}
	return out
}

func (k Kind) traits() traits {
	for _, t := range table {
		if t.kind == k {
			return t
		}
	}
	return traits{kind: k, severity: Medium, impact: "see what was found"}
}

// Severity is the usual severity of a kind.
func (k Kind) Severity() Severity { return k.traits().severity }

// Impact says what a finding of the kind means for those who use the cluster.
func (k Kind) Impact() string { return k.traits().impact }

// Mender says what puts a finding of the kind right.
func (k Kind) Mender() Mender { return k.traits().mender }

// RepeatsHops says whether a finding of the kind says what the hops of its intent say.
func (k Kind) RepeatsHops() bool { return k.traits().repeatsHops }
