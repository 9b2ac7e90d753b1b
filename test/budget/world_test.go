package budget

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/intent"
)

// object is a part of a world file.
type object = map[string]any

// estate is a VPC with so many caches, each guarded by a group of its own, and with an
// application each.
type estate struct {
	lists map[string][]any
}

func sameVPC(clusters int) *estate {
	e := &estate{lists: map[string][]any{}}
	e.add("Vpcs", object{"VpcId": vpc, "CidrBlock": "10.0.0.0/16"}, object{"VpcId": "vpc-0other", "CidrBlock": "10.9.0.0/16"})
	e.add("Subnets", object{"SubnetId": "subnet-0c", "VpcId": vpc, "CidrBlock": "10.0.0.0/20", "AvailabilityZone": region + "a"},
		object{"SubnetId": "subnet-0a", "VpcId": vpc, "CidrBlock": "10.0.64.0/18", "AvailabilityZone": region + "b"})
	e.add("CacheSubnetGroups", object{"CacheSubnetGroupName": "caches", "VpcId": vpc, "Subnets": []any{object{"SubnetIdentifier": "subnet-0c"}}})
	for n := range clusters {
		e.addCluster(n)
	}
	return e
}

func (e *estate) add(list string, objects ...any) { e.lists[list] = append(e.lists[list], objects...) }

func (e *estate) addCluster(n int) {
	guard, app := guardOf(n), appOf(n)
	anywhere := []any{object{"IpProtocol": "-1", "IpRanges": []any{object{"CidrIp": "0.0.0.0/0"}}}}
	e.add("SecurityGroups", object{"GroupId": guard, "GroupName": guard, "VpcId": vpc},
		object{"GroupId": app, "GroupName": app, "VpcId": vpc, "IpPermissionsEgress": anywhere})
	e.add("NetworkInterfaces", object{
		"NetworkInterfaceId": fmt.Sprintf("eni-a%05d", n), "VpcId": vpc, "SubnetId": "subnet-0a", "PrivateIpAddress": fmt.Sprintf("10.0.%d.%d", 64+n/250, n%250+4),
		"Groups": []any{object{"GroupId": app}},
	})
	e.add("CacheClusters", object{
		"CacheClusterId": nameOf(n), "ARN": arnOf(n), "Engine": "valkey", "EngineVersion": "8.0", "CacheClusterStatus": "available", "NumCacheNodes": 1,
		"CacheSubnetGroupName": "caches", "SecurityGroups": []any{object{"SecurityGroupId": guard, "Status": "active"}},
		"CacheNodes": []any{object{"CacheNodeId": "0001", "CacheNodeStatus": "available", "Endpoint": object{"Port": 6379}}},
	})
}

// addOthers adds caches in another VPC.
func (e *estate) addOthers(n int) {
	for i := range n {
		name := fmt.Sprintf("other-%05d", i)
		e.add("SecurityGroups", object{"GroupId": "sg-o" + name[6:], "GroupName": "sg-o" + name[6:], "VpcId": "vpc-0other"})
		e.add("CacheClusters", object{
			"CacheClusterId": name, "ARN": otherOf(i), "Engine": "valkey", "EngineVersion": "8.0", "CacheClusterStatus": "available", "NumCacheNodes": 1,
			"CacheSubnetGroupName": "others", "SecurityGroups": []any{object{"SecurityGroupId": "sg-o" + name[6:], "Status": "active"}},
			"CacheNodes": []any{object{"CacheNodeId": "0001", "CacheNodeStatus": "available", "Endpoint": object{"Port": 6379}}},
		})
	}
	e.add("Subnets", object{"SubnetId": "subnet-0o", "VpcId": "vpc-0other", "CidrBlock": "10.9.0.0/20", "AvailabilityZone": region + "a"})
	e.add("CacheSubnetGroups", object{"CacheSubnetGroupName": "others", "VpcId": "vpc-0other", "Subnets": []any{object{"SubnetIdentifier": "subnet-0o"}}})
}

func otherOf(n int) string {
	return fmt.Sprintf("arn:aws:elasticache:%s:%s:cluster:other-%05d", region, account, n)
}

// declaredFor declares something for each cache of the other VPC.
func declaredFor(others int) []object {
	var out []object
	for n := range others {
		out = append(out, object{intent.FieldCluster: otherOf(n), intent.FieldName: "orders", "source": "10.9.1.0/24"})
	}
	return out
}

func nameOf(n int) string  { return fmt.Sprintf("cache-%05d", n) }
func guardOf(n int) string { return fmt.Sprintf("sg-c%05d", n) }
func appOf(n int) string   { return fmt.Sprintf("sg-a%05d", n) }
func arnOf(n int) string {
	return "arn:aws:elasticache:" + region + ":" + account + ":cluster:" + nameOf(n)
}

func (e *estate) world(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(object{account: object{region: e.lists}})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// open declares that the application of a cluster may reach it.
func open(n int) object {
	return object{intent.FieldCluster: arnOf(n), intent.FieldName: "orders", "source": appOf(n)}
}

func attribute(v any) types.AttributeValue { return &types.AttributeValueMemberS{Value: fmt.Sprint(v)} }

// about says in a word what a call is for.
func about(in any) string {
	switch in := in.(type) {
	case *dynamodb.QueryInput:
		return fmt.Sprint(*in.TableName, " ", text(in.ExpressionAttributeValues[":pk"]), text(in.ExpressionAttributeValues[":cluster"]), " ", text(in.ExpressionAttributeValues[":from"]))
	case *dynamodb.GetItemInput:
		return key(in.Key)
	case *dynamodb.UpdateItemInput:
		return key(in.Key)
	case *dynamodb.PutItemInput:
		return key(in.Item)
	case *dynamodb.DeleteItemInput:
		return key(in.Key)
	case *dynamodb.BatchGetItemInput:
		for _, k := range in.RequestItems {
			return fmt.Sprintf("%d items, %s", len(k.Keys), key(k.Keys[0]))
		}
	case *dynamodb.TransactWriteItemsInput:
		out := ""
		for _, w := range in.TransactItems {
			switch {
			case w.Put != nil:
				out += "[put " + key(w.Put.Item) + "]"
			case w.Delete != nil:
				out += "[delete " + key(w.Delete.Key) + "]"
			case w.Update != nil:
				out += "[update " + key(w.Update.Key) + "]"
			case w.ConditionCheck != nil:
				out += "[check " + key(w.ConditionCheck.Key) + "]"
			}
		}
		return out
	}
	return ""
}

func key(item map[string]types.AttributeValue) string {
	return text(item["pk"]) + " " + text(item["sk"])
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}
