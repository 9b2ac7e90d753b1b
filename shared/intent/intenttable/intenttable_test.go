package intenttable_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttable"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

const sessions = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

func s(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }
func n(text string) types.AttributeValue { return &types.AttributeValueMemberN{Value: text} }

func TestEveryTypeOfAttributeBecomesAValue(t *testing.T) {
	got := intenttable.Record(intenttable.Item{
		"cluster": s(sessions), "name": s("orders"), "expiresAt": n("1798761599"),
		"bool": &types.AttributeValueMemberBOOL{Value: true}, "null": &types.AttributeValueMemberNULL{Value: true},
		"binary": &types.AttributeValueMemberB{Value: []byte{0, 1, 2}},
		"list":   &types.AttributeValueMemberL{Value: []types.AttributeValue{s("a"), n("1")}},
		"map":    &types.AttributeValueMemberM{Value: intenttable.Item{"a": s("b")}},
		"ss":     &types.AttributeValueMemberSS{Value: []string{"a"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"1"}},
		"bs": &types.AttributeValueMemberBS{Value: [][]byte{{255}}}, "new": &types.UnknownUnionMember{Tag: "X"}, "nil": nil,
	})
	text, number := intent.TextValue, intent.NumberValue
	want := intent.Record{
		Place: intent.Place{Item: "cluster=" + sessions + " name=orders"},
		Fields: map[string]intent.Value{
			"cluster": text(sessions), "name": text("orders"), "expiresAt": number(1798761599),
			"bool": {Kind: intent.Bool, Text: "true"}, "null": {Kind: intent.Null}, "binary": {Kind: intent.Binary, Text: "AAEC"},
			"list": intent.ListValue(text("a"), number(1)), "map": {Kind: intent.Map, Map: map[string]intent.Value{"a": text("b")}},
			"ss":  {Kind: intent.List, Unordered: true, List: []intent.Value{text("a")}},
			"ns":  {Kind: intent.List, Unordered: true, List: []intent.Value{number(1)}},
			"bs":  {Kind: intent.List, Unordered: true, List: []intent.Value{{Kind: intent.Binary, Text: "/w=="}}},
			"new": {Kind: intent.Null}, "nil": {Kind: intent.Null},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if place := got.Place.String(); place != "table item cluster="+sessions+" name=orders" {
		t.Errorf("the place is %q", place)
	}
}

func TestAKeyThatCannotBePrintedIsQuotedInThePlace(t *testing.T) {
	got := intenttable.Record(intenttable.Item{"cluster": s("a b"), "name": s("\x1b[31m")}).Place.String()
	if want := `table item cluster="a b" name="\x1b[31m"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAProblemInTheTableNamesTheItem(t *testing.T) {
	set := intent.Parse(intenttable.Records([]intenttable.Item{
		{"cluster": s(sessions), "name": s("orders"), "sources": &types.AttributeValueMemberSS{Value: []string{"sg-0a"}}},
		{"cluster": s(sessions), "name": s("search"), "source": s("sg-0a"), "expiresAt": n("1798761599000")},
		{"cluster": s("*"), "name": s("*"), "mode": s("enforced")},
	}), intent.Options{})
	var got []string
	for _, invalid := range append(set.Invalid, set.InvalidPolicies...) {
		for _, problem := range invalid.Problems {
			got = append(got, problem.Error())
		}
	}
	want := []string{
		`table item cluster=` + sessions + ` name=search: field "expiresAt" is the number 1798761599000: must be epoch seconds; these look like milliseconds, so leave out the last three digits`,
		`table item cluster=* name=*: field "mode" is "enforced": must be off, observe or enforce`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if len(set.Intents) != 1 || set.Intents[0].Name != "orders" {
		t.Errorf("the right item is not among %v", set.Intents)
	}
}

func TestIntentsAndPoliciesReadBackFromTheItemsTheyAreWrittenAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := intenttest.Intent().Draw(t, "intent")
		policy := intenttest.Policy().Draw(t, "policy")
		items := make([]intenttable.Item, 0, 2)
		for _, record := range []intent.Record{wanted.Record(), policy.Record()} {
			item, err := intenttable.ToItem(record)
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		first := intent.Parse(intenttable.Records(items[:1]), intent.Options{})
		if len(first.Intents) != 1 {
			t.Fatalf("refused: %v", first.Invalid)
		}
		got := first.Intents[0]
		if got.Place = (intent.Place{}); !reflect.DeepEqual(got, wanted) {
			t.Fatalf("%+v became %+v", wanted, got)
		}
		second := intent.Parse(intenttable.Records(items[1:]), intent.Options{}).Policies[policy.Target]
		if second.Place = (intent.Place{}); second != policy {
			t.Fatalf("%+v became %+v", policy, second)
		}
	})
}

func TestAnItemIsFoundAgainByItsKey(t *testing.T) {
	i := intent.Intent{Cluster: sessions, Name: "orders"}
	item, err := intenttable.ToItem(i.Record())
	if err != nil {
		t.Fatal(err)
	}
	for name, attribute := range intenttable.Key(i.Key()) {
		if !reflect.DeepEqual(item[name], attribute) {
			t.Errorf("%s is %v in the item and %v in the key", name, item[name], attribute)
		}
	}
}

func TestAValueThatIsNoBinaryDataIsRefusedWithItsField(t *testing.T) {
	wrong := intent.Value{Kind: intent.Binary, Text: "?"}
	nested := map[string]intent.Value{"a": intent.ListValue(wrong), "b": {Kind: intent.Map, Map: map[string]intent.Value{"c": wrong}}, "d": {Kind: 99}}
	for name, v := range nested {
		record := intent.Record{Place: intent.Place{File: "f.yaml", Line: 3}, Fields: map[string]intent.Value{name: v}}
		_, err := intenttable.ToItem(record)
		if err == nil || !strings.HasPrefix(err.Error(), `f.yaml:3: writing field "`+name+`" as a DynamoDB attribute: `) {
			t.Errorf("got %v", err)
		}
	}
}

// attribute draws attributes that nest up to a depth; sets and what only the SDK knows as well.
func attribute(depth int) *rapid.Generator[types.AttributeValue] {
	words := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"*", sessions, "orders", "sg-0a", "10.0.0.0/16", "vpn", "tgw-0a", "open", "off", "enforce", "rules", "/16", "2026-12-31T23:59:59Z", "6379",
	}))
	numbers := rapid.SampledFrom([]string{"0", "6379", "1798761599", "1798761599000", "-1", "1.5", "1E+30"})
	return rapid.Custom(func(t *rapid.T) types.AttributeValue {
		most := 9
		if depth == 0 {
			most = 7
		}
		switch rapid.IntRange(0, most).Draw(t, "type") {
		case 0, 1:
			return s(words.Draw(t, "S"))
		case 2:
			return n(numbers.Draw(t, "N"))
		case 3:
			return &types.AttributeValueMemberBOOL{Value: rapid.Bool().Draw(t, "BOOL")}
		case 4:
			return &types.AttributeValueMemberSS{Value: rapid.SliceOfN(words, 1, 3).Draw(t, "SS")}
		case 5:
			return &types.AttributeValueMemberNS{Value: rapid.SliceOfN(numbers, 1, 3).Draw(t, "NS")}
		case 6:
			return &types.AttributeValueMemberB{Value: rapid.SliceOf(rapid.Byte()).Draw(t, "B")}
		case 7:
			return &types.AttributeValueMemberNULL{Value: true}
		case 8:
			return &types.AttributeValueMemberM{Value: rapid.MapOfN(words, attribute(depth-1), 0, 3).Draw(t, "M")}
		}
		return &types.AttributeValueMemberL{Value: rapid.SliceOfN(attribute(depth-1), 0, 3).Draw(t, "L")}
	})
}

// checkItem checks that an item, however strange, is either right or has problems that say where
// and what; and that its record survives the way to an item and back.
func checkItem(t *rapid.T) {
	names := rapid.OneOf(rapid.SampledFrom(append(intent.IntentFields(), intent.PolicyFields()...)), rapid.String())
	item := rapid.MapOfN(names, attribute(2), 0, 12).Draw(t, "item")
	if rapid.Bool().Draw(t, "has a key") {
		item["cluster"] = s(rapid.SampledFrom([]string{"*", sessions}).Draw(t, "cluster"))
		item["name"] = s(rapid.SampledFrom([]string{"*", sessions, "orders"}).Draw(t, "name"))
	}
	record := intenttable.Record(item)
	set := intent.Parse([]intent.Record{record}, intent.Options{})
	if len(set.Intents)+len(set.Invalid)+len(set.InvalidPolicies)+len(set.Policies) == 0 {
		t.Fatal("the item is lost")
	}
	for _, invalid := range append(set.Invalid, set.InvalidPolicies...) {
		for _, problem := range invalid.Problems {
			if problem.Field == "" || problem.Allowed == "" || problem.Value+problem.Message == "" || problem.Place.Item == "" {
				t.Fatalf("a problem that says too little: %+v", problem)
			}
		}
	}
	for _, policy := range set.Policies {
		// An item that nobody knows the target of can still be the kill switch.
		stop := policy.Target == intent.Everything && policy.Mode == intent.Off
		if policy.Malformed != (len(set.InvalidPolicies) > 0) && !stop {
			t.Fatalf("%+v is malformed or not, but there is %v", policy, set.InvalidPolicies)
		}
	}
	back, err := intenttable.ToItem(record)
	if err != nil {
		t.Fatal(err)
	}
	orderless := cmpopts.IgnoreFields(intent.Value{}, "Unordered")
	if diff := cmp.Diff(record, intenttable.Record(back), orderless, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-before +after):\n%s", diff)
	}
}

func TestAnyItemIsRightOrHasProblemsThatSayWhereAndWhat(t *testing.T) {
	rapid.Check(t, checkItem)
}

// FuzzAttributeMap is the same, led by the fuzzer.
func FuzzAttributeMap(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkItem))
}
