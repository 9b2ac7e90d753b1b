package events_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/resource"
)

func TestEveryResourceThatAnEventNamesIsFoundWhateverTheShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ event, want string }{
		"flat keys in the request": {
			ec2Call("CreateRoute", `"requestParameters":{"routeTableId":"rtb-0a1b2c3d4e5f60718","vpcPeeringConnectionId":"pcx-0b"}`),
			"pcx-0b vpc-peering-connection, rtb-0a1b2c3d4e5f60718 route-table",
		},
		"the response alone": {
			ec2Call("CreateVpc", `"requestParameters":{"cidrBlock":"10.0.0.0/16"},"responseElements":{"vpc":{"vpcId":"vpc-0c"}}`),
			"vpc-0c vpc",
		},
		"ids of eight digits": {
			ec2Call("DeleteSecurityGroup", `"requestParameters":{"groupId":"sg-1a2b3c4d"}`), "sg-1a2b3c4d security-group",
		},
		"the details of an event that AWS made itself": {
			ec2Call("DeleteRoute", `"serviceEventDetails":{"routeTableId":"rtb-0c"}`), "rtb-0c route-table",
		},
		"lists within items": {
			ec2Call("TerminateInstances", `"requestParameters":{"instancesSet":{"items":[{"instanceId":"i-0a"},{"instanceId":"i-0b"}]}}`),
			"i-0a instance, i-0b instance",
		},
		"lists within item": {
			ec2Call("StopInstances", `"responseElements":{"instancesSet":{"item":{"instanceId":"i-0a"}}}`), "i-0a instance",
		},
		"plain lists": {
			call("elasticache", "CreateServerlessCache", `"requestParameters":{"subnetIds":["subnet-0a","subnet-0b"]}`),
			"subnet-0a subnet, subnet-0b subnet",
		},
		"an id that became an object with its position": {
			ec2Call("StopInstances", `"requestParameters":{"StopInstancesRequest":{"InstanceId":{"tag":"1","content":"i-0a"}}}`), "i-0a instance",
		},
		"a wrapped request with one element": {
			ec2Call("ModifySecurityGroupRules", `"requestParameters":{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-0c","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-0a","SecurityGroupRule":{"ReferencedGroupId":"sg-0a"}}}}`),
			"sg-0a security-group, sg-0c security-group, sgr-0a security-group-rule",
		},
		"a wrapper with another name": {
			ec2Call("DeleteTransitGatewayVpcAttachment", `"requestParameters":{"DelTGwVpcAttachReq":{"TransitGatewayAttachmentId":"tgw-attach-0a"}}`),
			"tgw-attach-0a transit-gateway-attachment",
		},
		"a rule beside an empty ipPermissions": {
			ec2Call("RevokeSecurityGroupIngress", `"requestParameters":{"groupId":"sg-0c","ipPermissions":{},"ipProtocol":"tcp","fromPort":6379,"cidrIp":"10.0.0.0/8"}`),
			"sg-0c security-group",
		},
		"a request that is an empty string":       {ec2Call("DeleteRoute", `"requestParameters":"","responseElements":""`), ""},
		"a request that is null":                  {ec2Call("DeleteRoute", `"requestParameters":null,"responseElements":null`), ""},
		"only the id of an association":           {ec2Call("DisassociateRouteTable", `"requestParameters":{"associationId":"rtbassoc-0a"}`), "rtbassoc-0a route-table-association"},
		"only the id of an interface's attaching": {ec2Call("DetachNetworkInterface", `"requestParameters":{"attachmentId":"eni-attach-0a"}`), "eni-attach-0a network-interface-attachment"},
		"a group of another account":              {ec2Call("DeleteRoute", `"requestParameters":{"x":"123456789012/sg-0a"}`), "sg-0a security-group"},
		"several ids in one text":                 {ec2Call("DeleteRoute", `"requestParameters":{"x":"sg-0a, pl-0b;vgw-0c"}`), "pl-0b prefix-list, sg-0a security-group, vgw-0c vpn-gateway"},
		"numbers and truth values anywhere":       {ec2Call("DeleteRoute", `"requestParameters":{"a":1,"b":true,"c":[2,false,null],"routeTableId":"rtb-0c"}`), "rtb-0c route-table"},
		"an id within prose needs its full length": {
			ec2Call("CreateTags", `"requestParameters":{"tagSet":{"items":[{"key":"vpc-01","value":"moved from vpc-0a1b2c3d, see sg-443"}]}}`), "vpc-0a1b2c3d vpc",
		},
		"a word that contains an id is another word": {ec2Call("DeleteRoute", `"requestParameters":{"a":"my-sg-0a1b2c3d","b":"sg-0a1b2c3d-old","c":"x_sg-0a1b2c3d"}`), ""},
		"what looks like an id and is none":          {ec2Call("DeleteRoute", `"requestParameters":{"a":"sg-","b":"sg-1","c":"sg-group","d":"-0a1b2c3d","e":"tgw-rtb--0a1b2c3d","f":"SG-0A1B2C3D","g":"i-0c314xmplcd5b8173"}`), ""},
		"ids that no path depends on": {
			ec2Call("CreateVpc", `"responseElements":{"vpc":{"dhcpOptionsId":"dopt-0a1b2c3d","x":"ami-0a1b2c3d vol-0a1b2c3d r-0a1b2c3d vpc-cidr-assoc-0a1b2c3d"}}`), "",
		},
		"the error and the caller name nothing": {
			ec2Call("DeleteRoute", `"errorCode":"X","errorMessage":"sg-0a1b2c3d","userIdentity":{"arn":"arn:aws:sts::1:assumed-role/x/i-0a1b2c3d"}`), "",
		},

		"the name of a security group": {
			ec2Call("DeleteSecurityGroup", `"requestParameters":{"groupName":"my group"}`), "my group group-name",
		},
		"the names of groups within rules": {
			ec2Call("AuthorizeSecurityGroupIngress", `"requestParameters":{"groupName":"a","ipPermissions":{"items":[{"groups":{"items":[{"groupName":"b"}]}}]}}`),
			"a group-name, b group-name",
		},
		"the name of a group in the oldest form": {
			ec2Call("AuthorizeSecurityGroupIngress", `"requestParameters":{"groupName":"a","sourceSecurityGroupName":"b"}`), "a group-name, b group-name",
		},
		"a name that became a number or a truth value": {
			ec2Call("DeleteSecurityGroup", `"requestParameters":{"X":[{"GroupName":42},{"GroupName":true}]}`), "42 group-name, true group-name",
		},
		"an empty name is none":             {ec2Call("DeleteSecurityGroup", `"requestParameters":{"groupName":""}`), ""},
		"a placement group's name":          {ec2Call("RunInstances", `"requestParameters":{"placement":{"groupName":"fast"}}`), ""},
		"a placement group's name, wrapped": {ec2Call("RunInstances", `"requestParameters":{"placement":{"Placement":{"groupName":"fast"},"x":{"Wrapper":{"groupName":"fast"}}}}`), ""},
		"another service's groups":          {call("elasticache", "CreateCacheCluster", `"requestParameters":{"groupName":"x"}`), ""},
		"the names of ElastiCache":          {call("elasticache", "CreateCacheCluster", `"requestParameters":{"cacheClusterId":"A-1","replicationGroupId":"b","cacheSubnetGroupName":"c.d","cacheParameterGroupName":"default.valkey8"}`), "A-1 cache-cluster, b replication-group, c.d cache-subnet-group, default.valkey8 cache-parameter-group"},
		"names in any case of the keys":     {call("elasticache", "X", `"requestParameters":{"ServerlessCacheName":"a","cache-cluster-id":"b","GlobalReplicationGroupId":"c"}`), "a serverless-cache, b cache-cluster, c global-replication-group"},
		"lists of names":                    {call("elasticache", "X", `"responseElements":{"memberClusters":["a","b"],"replicationGroupIds":{"member":["c"]},"cacheClusterIds":{"items":[{"tag":1,"content":"d"}]}}`), "a cache-cluster, b cache-cluster, c replication-group, d cache-cluster"},
		"a group and a member of one name":  {call("elasticache", "X", `"requestParameters":{"replicationGroupId":"a","primaryClusterId":"a"}`), "a cache-cluster, a replication-group"},
		"a name shaped like an id":          {call("elasticache", "X", `"requestParameters":{"cacheClusterId":"vpc-01"}`), "vpc-01 cache-cluster"},
		"a placeholder is no name":          {call("elasticache", "X", `"requestParameters":{"cacheClusterId":"${name}","replicationGroupId":"*","serverlessCacheName":""}`), ""},
		"ARNs of ElastiCache": {
			call("elasticache", "AddTagsToResource", `"responseElements":{"aRN":"arn:aws:elasticache:us-east-1:111122223333:replicationgroup:a","x":["arn:aws-cn:elasticache:cn-north-1:111122223333:cluster:b","arn:aws:elasticache:us-east-1:111122223333:serverlesscache:c","arn:aws:elasticache:us-east-1:111122223333:subnetgroup:d","arn:aws:elasticache::111122223333:globalreplicationgroup:e","arn:aws:elasticache:us-east-1:111122223333:parametergroup:f"]}`),
			"a replication-group, b cache-cluster, c serverless-cache, d cache-subnet-group, e global-replication-group, f cache-parameter-group",
		},
		"ARNs of what is no cache":        {call("elasticache", "X", `"requestParameters":{"a":"arn:aws:elasticache:us-east-1:1:snapshot:a","b":"arn:aws:elasticache:*:*:cluster:*"}`), ""},
		"a native event of ElastiCache":   {native("aws.elasticache", "Cache Updated", `{"SourceIdentifier":"a","SourceType":"serverless-cache","Message":"vpc-01"}`), "a serverless-cache"},
		"its ARN says the same again":     {native("aws.elasticache", "Cache Updated", `{"SourceIdentifier":"a","SourceType":"replication-group","SourceArn":"arn:aws:elasticache:us-east-1:1:replicationgroup:a"}`), "a replication-group"},
		"a native event of a node":        {native("aws.elasticache", "Cache Updated", `{"SourceIdentifier":"a","SourceType":"cache-cluster"}`), "a cache-cluster"},
		"a source of a type not known":    {native("aws.elasticache", "Cache Updated", `{"SourceIdentifier":"a","SourceType":"moon"}`), ""},
		"a native event of EC2":           {native("aws.ec2", "EC2 Instance State-change Notification", `{"instance-id":"i-0a","state":"stopped"}`), "i-0a instance"},
		"ids in ARNs of Network Manager":  {native("aws.networkmanager", "Network Manager Routing Update", `{"transitGatewayRouteTableArns":["arn:aws:ec2:us-east-1:1:transit-gateway-route-table/tgw-rtb-0a"],"routes":[{"attachments":[{"tgwAttachmentId":"tgw-attach-0b","resourceId":"vpc-0c"}]}]}`), "tgw-attach-0b transit-gateway-attachment, tgw-rtb-0a transit-gateway-route-table, vpc-0c vpc"},
		"a core network and its parts":    {native("aws.networkmanager", "Network Manager Topology Change", `{"coreNetworkArn":"arn:aws:networkmanager::1:core-network/core-network-0a","attachmentArn":"arn:aws:networkmanager::1:attachment/attachment-0b","x":"global-network-0c connect-peer-0d"}`), "attachment-0b core-network-attachment, core-network-0a core-network"},
		"ids of Direct Connect":           {call("directconnect", "X", `"requestParameters":{"virtualInterfaceId":"dxvif-fgk145dr","connectionId":"dxcon-ffabc123","lagId":"dxlag-fgsx02zp"}`), "dxcon-ffabc123 direct-connect-connection, dxlag-fgsx02zp direct-connect-lag, dxvif-fgk145dr virtual-interface"},
		"UUIDs of Direct Connect by key":  {call("directconnect", "X", `"requestParameters":{"directConnectGatewayId":"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6","associationId":"8e2d1f8b-3c4d-4e6f-9071-8293a4b5c6d7","proposalId":"9e2d1f8b-3c4d-4e6f-9071-8293a4b5c6d7"}`), "5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6 direct-connect-gateway, 8e2d1f8b-3c4d-4e6f-9071-8293a4b5c6d7 direct-connect-gateway-association, 9e2d1f8b-3c4d-4e6f-9071-8293a4b5c6d7 direct-connect-gateway-association-proposal"},
		"a UUID elsewhere is no resource": {call("directconnect", "X", `"requestID":"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6","requestParameters":{"clientToken":"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6"}`), ""},
		"what is nearly a UUID":           {call("directconnect", "X", `"requestParameters":{"proposalId":["5d1c0e7a-2b3c-4d5e-8f60-EXAMPLE22222","5d1c0e7a+2b3c+4d5e+8f60+718293a4b5c6"]}`), ""},
		"the ARN of a Direct Connect gateway": {
			native("aws.networkmanager", "Network Manager Topology Change", `{"directConnectGatewayArn":"arn:aws:directconnect::111122223333:dx-gateway/5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6","virtualInterfaceArn":"arn:aws:directconnect:us-east-1:111122223333:dxvif/dxvif-fgk145dr"}`),
			"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6 direct-connect-gateway, dxvif-fgk145dr virtual-interface",
		},
		"a Direct Connect gateway behind an attachment": {
			ec2Call("X", `"responseElements":{"association":{"resourceId":"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6","resourceType":"direct-connect-gateway"}}`),
			"5d1c0e7a-2b3c-4d5e-8f60-718293a4b5c6 direct-connect-gateway",
		},
		"ARNs in the envelope": {
			`{"source":"aws.ec2","detail-type":"x","detail":{},"resources":["arn:aws:ec2:us-east-1:1:instance/i-0a","cr-0b | t3.medium"]}`, "i-0a instance",
		},
		"an event that is not ours": {
			native("aws.health", "AWS Health Event", `{"affectedEntities":[{"entityValue":"i-0a"}]}`), "i-0a instance",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := decodeOne(t, c.event)
			var got []string
			for _, r := range e.Resources {
				got = append(got, r.ID+" "+string(r.Kind))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

func TestEveryPrefixOfAWSIsKnown(t *testing.T) {
	t.Parallel()
	seen := map[events.Kind]string{}
	for prefix := range strings.FieldsSeq(`sg sgr rtb rtbassoc subnet vpc pcx vpce tgw tgw-attach tgw-rtb tgw-ptb vgw vpn cgw pl
		eni eni-attach i acl aclassoc igw eigw nat cagw lgw rs rse rsp core-network attachment dxvif dxcon dxlag`) {
		id := prefix + "-0a1b2c3d"
		e := decodeOne(t, ec2Call("DeleteRoute", `"requestParameters":{"x":"`+id+`"}`))
		if len(e.Resources) != 1 || e.Resources[0].ID != id || e.Resources[0].Kind == "" {
			t.Errorf("%s is read as %v", id, e.Resources)
			continue
		}
		if other, twice := seen[e.Resources[0].Kind]; twice {
			t.Errorf("%s and %s are both %s", prefix, other, e.Resources[0].Kind)
		}
		seen[e.Resources[0].Kind] = prefix
	}
}

func TestResourcesAreSortedAndNamedOnce(t *testing.T) {
	t.Parallel()
	e := decodeOne(t, call("elasticache", "CreateReplicationGroup", `"requestParameters":{"replicationGroupId":"s","primaryClusterId":"s",
		"securityGroupIds":["sg-0b","sg-0a","sg-0b"]},"responseElements":{"replicationGroupId":"s","memberClusters":["s-001","s"]}`))
	if got, want := e.ResourceIDs(), []string{"s", "s-001", "sg-0a", "sg-0b"}; !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
	if len(e.Resources) != 5 {
		t.Errorf("resources %v: the name s belongs to two", e.Resources)
	}
}

func TestNamesOfCachesAreComparedInLowerCaseAndIDsAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		resource events.Resource
		want     string
	}{
		{events.Resource{Kind: resource.NameReplicationGroup, ID: "Sessions"}, "sessions"},
		{events.Resource{Kind: resource.NameServerlessCache, ID: "Catalog"}, "catalog"},
		{events.Resource{Kind: resource.NameCacheSubnetGroup, ID: "Private"}, "private"},
		{events.Resource{Kind: events.KindGroupName, ID: "Web"}, "Web"},
		{events.Resource{Kind: events.KindVPC, ID: "vpc-0a"}, "vpc-0a"},
	} {
		if got := c.resource.Key(); got != c.want {
			t.Errorf("%v is compared as %q, want %q", c.resource, got, c.want)
		}
	}
}

func TestAnEventMentionsSomethingIfItLeadsToAUnit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields string
		want   bool
	}{
		"nothing":                      {`"x":1`, false},
		"the name of a group":          {`"requestParameters":{"groupName":"web"}`, false},
		"the name of parameters":       {`"requestParameters":{"cacheParameterGroupName":"p"}`, false},
		"an id":                        {`"requestParameters":{"groupId":"sg-0a"}`, true},
		"a name of a group and its id": {`"requestParameters":{"groupName":"web","groupId":"sg-0a"}`, true},
		"a cache":                      {`"requestParameters":{"cacheClusterId":"c"}`, true},
	} {
		if got := decodeOne(t, ec2Call("DeleteRoute", c.fields)).Mentions(); got != c.want {
			t.Errorf("an event that names %s mentions something: %t", name, got)
		}
	}
}

func TestTheRangesOfRulesAndRoutesAreRead(t *testing.T) {
	for name, tt := range map[string]struct{ source, detail, want string }{
		"a rule":               {"ec2", `{"groupId":"sg-0a0a0a0a","ipPermissions":{"items":[{"ipRanges":{"items":[{"cidrIp":"10.20.2.0/24"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"2001:db8::/64"}]}}]}}`, "[10.20.2.0/24 2001:db8::/64]"},
		"a route":              {"ec2", `{"routeTableId":"rtb-0a0a0a0a","destinationCidrBlock":"10.30.0.0/16"}`, "[10.30.0.0/16]"},
		"an entry":             {"ec2", `{"networkAclId":"acl-0a0a0a0a","cidrBlock":"10.30.1.0/24"}`, "[10.30.1.0/24]"},
		"a description":        {"ec2", `{"groupId":"sg-0a0a0a0a","description":"10.30.1.0/24"}`, "[]"},
		"what is no range":     {"ec2", `{"cidrIp":"everywhere"}`, "[]"},
		"of another service":   {"directconnect", `{"cidrBlock":"10.30.1.0/24"}`, "[]"},
		"a rule of the newest": {"ec2", `{"ModifySecurityGroupRulesRequest":{"SecurityGroupRule":{"SecurityGroupRule":{"CidrIpv4":"10.1.0.0/16"}}}}`, "[10.1.0.0/16]"},
	} {
		t.Run(name, func(t *testing.T) {
			event := `{"source":"aws.` + tt.source + `","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"` + tt.source + `.amazonaws.com","eventName":"X","requestParameters":` + tt.detail + `}}`
			got, err := events.Decode([]byte(event))
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			if ranges := fmt.Sprint(got[0].Ranges); ranges != tt.want {
				t.Errorf("the ranges are %s, want %s", ranges, tt.want)
			}
		})
	}
}

func TestACallThatTagsWhatNoPathDependsOnLeadsNowhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call, request string
		mentions      bool
		resources     string
	}{
		"a volume":               {"CreateTags", `{"resourcesSet":{"items":[{"resourceId":"vol-0a1b2c3d4e5f60718"}]},"tagSet":{"items":[{"key":"a","value":"b"}]}}`, true, ""},
		"a snapshot, an image":   {"DeleteTags", `{"resourcesSet":{"items":[{"resourceId":"snap-0a1b2c3d4e5f60718"},{"resourceId":"ami-0a1b2c3d4e5f60718"}]}}`, true, ""},
		"a rule too":             {"CreateTags", `{"resourcesSet":{"items":[{"resourceId":"vol-0a1b2c3d"},{"resourceId":"sgr-0a1b2c3d"}]}}`, true, "sgr-0a1b2c3d"},
		"nothing that is told":   {"CreateTags", `null`, false, ""},
		"another call, a volume": {"ModifyInstanceAttribute", `{"resourceId":"vol-0a1b2c3d"}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := events.Decode([]byte(`{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"ec2.amazonaws.com","eventName":"` + c.call + `","requestParameters":` + c.request + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			if ids := strings.Join(got[0].ResourceIDs(), " "); got[0].Mentions() != c.mentions || ids != c.resources {
				t.Errorf("it mentions something is %t, want %t; it names %q, want %q", got[0].Mentions(), c.mentions, ids, c.resources)
			}
		})
	}
	snapshot := `{"source":"aws.elasticache","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"elasticache.amazonaws.com","eventName":"AddTagsToResource","requestParameters":{"resourceName":"arn:aws:elasticache:us-east-1:111122223333:snapshot:nightly","tags":[]}}}`
	got, err := events.Decode([]byte(snapshot))
	if err != nil || !got[0].Mentions() || len(got[0].Resources) > 0 {
		t.Errorf("a snapshot of a cache: %+v, %v", got, err)
	}
}
