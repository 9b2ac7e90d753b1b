package testworld

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

// small is what the patches below change.
const small = `
"123456789012":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}]
    RouteTables:
      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Routes: [{DestinationCidrBlock: 10.1.0.0/16}]}
      - {RouteTableId: rtb-0d, VpcId: vpc-0c}
    CachegateClaims: [{RouteTableId: rtb-0c}]
  eu-west-1: {}
"444455556666":
  us-east-1: {}
`

func parse(t *testing.T, text string) (tree Tree) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// patched applies the value of the key patch of a text, as it stands in a file.
func patched(t *testing.T, text string) (Tree, error) {
	t.Helper()
	f := struct {
		Patch ast.Node `yaml:"patch"`
	}{}
	if err := Decode([]byte(text), &f); err != nil {
		return nil, err
	}
	tree := parse(t, small)
	got, err := apply(tree, f.Patch)
	if diff := cmp.Diff(parse(t, small), tree); diff != "" {
		t.Errorf("the base itself changed: %s", diff)
	}
	return got, err
}

func TestPatch(t *testing.T) {
	cases := []struct{ name, patch, old, changed string }{
		{
			"a text replaces the base's", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {CidrBlock: 10.9.0.0/16}}}}}`,
			"CidrBlock: 10.0.0.0/16", "CidrBlock: 10.9.0.0/16",
		}, {
			"a field that the base does not have is added", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {State: available}}}}}`,
			"VpcId: vpc-0c, CidrBlock", "VpcId: vpc-0c, State: available, CidrBlock",
		}, {
			"a map inside an object keeps what the patch does not name", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {EnableDnsHostnames: {Note: x}}}}}}`,
			"{Value: true}", "{Value: true, Note: x}",
		}, {
			"a map inside an object that the base does not have is added, also an empty one",
			`{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {Options: {}}}}}}`,
			"VpcId: vpc-0c, CidrBlock", "VpcId: vpc-0c, Options: {}, CidrBlock",
		}, {
			"a list inside an object is replaced as a whole", `{"123456789012": {us-east-1: {RouteTables: {rtb-0c: {Routes: []}}}}}`,
			"Routes: [{DestinationCidrBlock: 10.1.0.0/16}]", "Routes: []",
		}, {
			"null removes a field", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {EnableDnsHostnames: {Value: null}}}}}}`,
			"{Value: true}", "{}",
		}, {
			"null removes an object, and the others keep their order", `{"123456789012": {us-east-1: {RouteTables: {rtb-0c: null}}}}`,
			"      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Routes: [{DestinationCidrBlock: 10.1.0.0/16}]}\n", "",
		}, {
			"null removes a list", `{"123456789012": {us-east-1: {CachegateClaims: null}}}`,
			"    CachegateClaims: [{RouteTableId: rtb-0c}]\n", "",
		}, {
			"null removes a Region", `{"123456789012": {eu-west-1: null}}`,
			"  eu-west-1: {}\n", "",
		}, {
			"null removes an account", `{"444455556666": null}`,
			"\"444455556666\":\n  us-east-1: {}\n", "",
		}, {
			"objects of unknown ids are added at the end, in the order of the patch",
			`{"123456789012": {us-east-1: {RouteTables: {rtb-0z: {VpcId: vpc-0c}, rtb-0a: {}}}}}`,
			"VpcId: vpc-0c}\n    Cach", "VpcId: vpc-0c}\n      - {RouteTableId: rtb-0z, VpcId: vpc-0c}\n      - {RouteTableId: rtb-0a}\n    Cach",
		}, {
			"a list that the base does not have is added", `{"123456789012": {us-east-1: {Subnets: {subnet-0c: {VpcId: vpc-0c}}}}}`,
			"    CachegateClaims", "    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c}]\n    CachegateClaims",
		}, {
			"a list that is written as a list replaces the base's", `{"123456789012": {us-east-1: {CachegateClaims: [{RouteTableId: rtb-0d}]}}}`,
			"[{RouteTableId: rtb-0c}]", "[{RouteTableId: rtb-0d}]",
		}, {
			"a Region is added, empty or not", `{"444455556666": {us-west-2: {}, eu-west-1: {Vpcs: {vpc-0a: {}}}}}`,
			"\"444455556666\":\n", "\"444455556666\":\n  us-west-2: {}\n  eu-west-1: {Vpcs: [{VpcId: vpc-0a}]}\n",
		}, {
			"an account is added", `{"111122223333": {us-east-1: {}}}`,
			"\"444455556666\":\n", "\"111122223333\":\n  us-east-1: {}\n\"444455556666\":\n",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.changed, 1)
			if text == small {
				t.Fatal("the case changes nothing")
			}
			got, err := patched(t, "patch: "+c.patch)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, text), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPatchErrors(t *testing.T) {
	cases := []struct{ name, patch, want string }{
		{
			"an account that is not there is removed", `{"999999999999": null}`,
			"line 1: patch 999999999999: cannot be removed",
		},
		{"a Region that is not there is removed", `{"123456789012": {us-west-2: null}}`, "patch 123456789012 us-west-2: cannot be removed"},
		{"a list that is not there is removed", `{"123456789012": {us-east-1: {Subnets: null}}}`, "us-east-1 Subnets: cannot be removed"},
		{
			"an object that is not there is removed", `{"123456789012": {us-east-1: {RouteTables: {rtb-0e: null}}}}`,
			"RouteTables rtb-0e: cannot be removed",
		},
		{
			"a field that is not there is removed", `{"123456789012": {us-east-1: {RouteTables: {rtb-0d: {Routes: null}}}}}`,
			"RouteTables rtb-0d Routes: cannot be removed",
		},
		{
			"a field of a new object is removed", `{"123456789012": {us-east-1: {RouteTables: {rtb-0e: {Routes: null}}}}}`,
			"RouteTables rtb-0e Routes: cannot be removed",
		},
		{
			"a text is the base's", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {CidrBlock: 10.0.0.0/16}}}}}`,
			"Vpcs vpc-0c CidrBlock: changes nothing",
		},
		{
			"a list is the base's", `{"123456789012": {us-east-1: {RouteTables: {rtb-0c: {Routes: [{DestinationCidrBlock: 10.1.0.0/16}]}}}}}`,
			"rtb-0c Routes: changes nothing",
		},
		{"a patch is empty", `{}`, "patch: changes nothing"},
		{"an account is empty", `{"444455556666": {}}`, "patch 444455556666: changes nothing"},
		{"a new account is empty", `{"111122223333": {}}`, "patch 111122223333: changes nothing"},
		{"a Region is empty", `{"444455556666": {us-east-1: {}}}`, "us-east-1: changes nothing"},
		{"a list is empty", `{"123456789012": {us-east-1: {Vpcs: {}}}}`, "Vpcs: changes nothing"},
		{"a new list is empty", `{"123456789012": {us-east-1: {Subnets: {}}}}`, "Subnets: changes nothing"},
		{"an object is empty", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {}}}}}`, "Vpcs vpc-0c: changes nothing"},
		{
			"a map inside an object is empty", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {EnableDnsHostnames: {}}}}}}`,
			"vpc-0c EnableDnsHostnames: changes nothing",
		},
		{
			"a map where the base has a text", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {CidrBlock: {a: b}}}}}}`,
			"vpc-0c CidrBlock: is not a map in the base",
		},
		{
			"a map where the base has a list", `{"123456789012": {us-east-1: {RouteTables: {rtb-0c: {Routes: {10.1.0.0/16: null}}}}}}`,
			"rtb-0c Routes: is not a map in the base",
		},
		{
			"a text where the base has a map", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: {EnableDnsHostnames: true}}}}}`,
			"vpc-0c EnableDnsHostnames: must be a map",
		},
		{"a text for a new object", `{"123456789012": {us-east-1: {Vpcs: {vpc-0d: 10.0.0.0/16}}}}`, "Vpcs vpc-0d: must be a map"},
		{"a list for an account", `{"111122223333": [us-east-1]}`, "patch 111122223333: must be a map"},
		{"a list for the whole patch", `[us-east-1]`, "patch: must be a map"},
		{
			"an id in its own object", `{"123456789012": {us-east-1: {Vpcs: {vpc-0d: {VpcId: vpc-0d}}}}}`,
			"Vpcs vpc-0d: gives VpcId again",
		},
		{
			"ids in a list whose objects have none", `{"123456789012": {us-east-1: {CachegateClaims: {rtb-0c: null}}}}`,
			"CachegateClaims: is not a list of objects with an id",
		},
		{"a list with a typing error", `{"123456789012": {us-east-1: {Vpc: {vpc-0c: null}}}}`, "us-east-1 Vpc: is not a list of objects with an id"},
		{"nothing behind a key", `{"123456789012": {us-east-1: {Vpcs: {vpc-0c: }}}}`, "Vpcs vpc-0c: is empty; write null"},
		{"a key twice", `{"123456789012": {us-east-1: null}, "123456789012": null}`, "already defined"},
		{"an anchor", `{"123456789012": &a {us-east-1: null}}`, "patch 123456789012: uses an anchor"},
		{"a merge key", `{"123456789012": {<<: {us-east-1: null}}}`, "patch 123456789012: uses an anchor, a tag or a merge key"},
		{"a patch that is nothing", ``, "line 1: patch is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := patched(t, "patch: "+c.patch); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func TestPatchTellsAllErrorsWithTheirLines(t *testing.T) {
	_, err := patched(t, `patch:
  "123456789012":
    us-east-1:
      Vpcs: {vpc-0e: null}
      RouteTables:
        rtb-0d:
          VpcId: vpc-0c
`)
	want := `line 4: patch 123456789012 us-east-1 Vpcs vpc-0e: cannot be removed: the base does not have it
line 7: patch 123456789012 us-east-1 RouteTables rtb-0d VpcId: changes nothing: the base has the same`
	if err == nil || err.Error() != want {
		t.Errorf("want\n%s\ngot\n%v", want, err)
	}
}
