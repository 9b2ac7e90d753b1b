package intent_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
)

func TestBareNamesAreResolvedWhereOneCacheOnlyHasThem(t *testing.T) {
	const other = "arn:aws:elasticache:us-east-1:123456789012:serverlesscache:carts"
	const twin = "arn:aws:elasticache:eu-west-1:123456789012:cluster:carts"
	arns := func(name string) []string {
		return map[string][]string{"sessions": {sessions, sessions}, "carts": {other, twin}}[name]
	}
	before := []intent.Record{
		orders().record(),
		policyOf("sessions").with(fields{"mode": "off"}).record(),
		everything().record(),
		orders().with(fields{"cluster": "later"}).record(),
		orders().with(fields{"cluster": billing}).record(),
		orders().with(fields{"cluster": "carts"}).record(),
		orders().with(fields{"cluster": "not a name"}).record(),
		orders().with(fields{"cluster": absent}).record(),
	}
	after, problems := intent.Resolve(before, arns)

	var got []string
	for _, record := range after {
		got = append(got, record.Fields["cluster"].Text+" "+record.Fields["name"].Text)
	}
	requireEqual(t, "keys", got, []string{
		sessions + " orders", "* " + sessions, "* *", "later orders", billing + " orders", "carts orders", "not a name orders", " orders",
	})
	requireEqual(t, "messages", messages(problems), []string{
		at12 + `"cluster" of intent "orders" for cluster "carts" is "carts", the name of more than one cache: must be an ARN: ` + twin + " or " + other,
	})
	requireEqual(t, "the record given", before[0].Fields["cluster"].Text, "sessions")
}
