package system

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
)

// Who acts in a history beside cachegate.
const (
	person     = "alice"
	tool       = "terraform"
	deployment = "other-deployment"
)

// client is somebody else's at a VPC.
func (s *System) client(p place, by string) *ec2.Client {
	return ec2.NewFromConfig(s.sim.Config(p.account, region, awssim.Actor{Session: by}))
}

// step carries out one step. What AWS refuses does not happen.
func (s *System) step(st Step) {
	if len(s.outcome.Violations) > 0 {
		return
	}
	s.tell("STEP %s", describe(st))
	var err error
	switch st.Do {
	case Declare, Withdraw, EmptyTable, SetPolicy:
		s.redeclare(st)
		s.look(prompt)
		return
	case Operate:
		if p, ok := s.history.Shape.placeOf(st.On); ok {
			s.struck(ByLaptop)
			s.operate(p.unit())
		}
		return
	case Authorize, Revoke, RevokeOurs, Modify, CopyTag:
		err = s.foreignRule(st)
	case CreateRoute, DeleteRoute:
		err = s.foreignRoute(st)
	case DeleteCache, MoveCache:
		err = s.foreignCluster(st)
	}
	if err != nil {
		s.tell("  refused: %v", err)
	}
	s.lastForeign = s.elapsed()
	s.took()
	s.turned()
	s.look(promptAgain)
}

func describe(st Step) string {
	words := []string{string(st.Do)}
	for _, w := range []string{st.By, st.On, st.Peer, st.To, st.Target} {
		if w != "" {
			words = append(words, w)
		}
	}
	if st.Intent != nil {
		words = append(words, fmt.Sprintf("%+v", *st.Intent))
	}
	if st.Policy != nil {
		words = append(words, fmt.Sprintf("%+v", *st.Policy))
	}
	return strings.Join(words, " ")
}

func (s *System) counted(st Step) {
	switch st.By {
	case tool:
		s.struck(ByTool)
	case deployment:
		s.struck(ByDeployment)
	default:
		s.struck(ByPeople)
	}
}

// ingress gives the rules of a group, or those that cachegate made or did not.
func (s *System) ingress(group string, ours *bool) []ec2types.SecurityGroupRule {
	p, ok := s.history.Shape.placeOf(group)
	if !ok {
		return nil
	}
	out, err := s.client(p, person).DescribeSecurityGroupRules(s.ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(out.SecurityGroupRules, func(r ec2types.SecurityGroupRule) bool {
		return aws.ToBool(r.IsEgress) || ours != nil && s.owns(r) != *ours
	})
}

func (s *System) foreignRule(st Step) error {
	p, ok := s.history.Shape.placeOf(st.On)
	if !ok {
		return nil
	}
	c := s.client(p, st.By)
	if st.Do == Authorize {
		in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &st.On, IpPermissions: []ec2types.IpPermission{s.permission(st.Peer)}}
		if st.By == deployment {
			in.TagSpecifications = []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{
				{Key: aws.String(change.ManagedTag), Value: aws.String("staging/0123456789abcdef")},
			}}}
		}
		_, err := c.AuthorizeSecurityGroupIngress(s.ctx, in)
		if err == nil {
			s.counted(st)
		}
		return err
	}
	var rules []ec2types.SecurityGroupRule
	if st.Do == RevokeOurs || st.Do == CopyTag {
		rules = s.ingress(st.On, aws.Bool(true))
	} else {
		rules = s.ingress(st.On, nil)
	}
	if len(rules) == 0 {
		return nil
	}
	s.counted(st)
	r := rules[st.Which%len(rules)]
	switch st.Do {
	case Modify:
		return s.modify(c, st, r)
	case CopyTag:
		return s.copyTag(c, st, r)
	default:
		s.contested[contentOf(r)+aws.ToString(r.GroupId)]++
		_, err := c.RevokeSecurityGroupIngress(s.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &st.On, SecurityGroupRuleIds: []string{aws.ToString(r.SecurityGroupRuleId)}})
		return err
	}
}

// modify makes another rule of one, under its id.
func (s *System) modify(c *ec2.Client, st Step, r ec2types.SecurityGroupRule) error {
	_, err := c.ModifySecurityGroupRules(s.ctx, &ec2.ModifySecurityGroupRulesInput{GroupId: &st.On, SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{
		SecurityGroupRuleId: r.SecurityGroupRuleId, SecurityGroupRule: &ec2types.SecurityGroupRuleRequest{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port), CidrIpv4: aws.String("10.77.0.0/16"),
		},
	}}})
	return err
}

// copyTag puts the tag of a rule of cachegate's on one of somebody else's.
func (s *System) copyTag(c *ec2.Client, st Step, from ec2types.SecurityGroupRule) error {
	others := s.ingress(st.On, aws.Bool(false))
	if len(others) == 0 {
		return nil
	}
	_, err := c.CreateTags(s.ctx, &ec2.CreateTagsInput{Resources: []string{aws.ToString(others[0].SecurityGroupRuleId)}, Tags: from.Tags})
	return err
}

func (s *System) permission(peer string) ec2types.IpPermission {
	p := ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port)}
	if strings.HasPrefix(peer, "sg-") {
		pair := ec2types.UserIdGroupPair{GroupId: &peer}
		if at, ok := s.history.Shape.placeOf(peer); ok {
			pair.UserId = aws.String(at.account)
		}
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{pair}
	} else {
		p.IpRanges = []ec2types.IpRange{{CidrIp: &peer}}
	}
	return p
}

func (s *System) foreignRoute(st Step) error {
	p, ok := s.history.Shape.placeOf(st.On)
	if !ok {
		return nil
	}
	c := s.client(p, st.By)
	s.counted(st)
	if st.Do == DeleteRoute {
		_, err := c.DeleteRoute(s.ctx, &ec2.DeleteRouteInput{RouteTableId: &st.On, DestinationCidrBlock: &st.To})
		if err == nil {
			s.contested[st.On+st.To]++
			delete(s.routes, ownRoute{st.On, st.To})
		}
		return err
	}
	in := &ec2.CreateRouteInput{RouteTableId: &st.On, DestinationCidrBlock: &st.To}
	if strings.HasPrefix(st.Target, "tgw-") {
		in.TransitGatewayId = &st.Target
	} else {
		in.VpcPeeringConnectionId = &st.Target
	}
	_, err := c.CreateRoute(s.ctx, in)
	if err == nil {
		s.byHand[ownRoute{st.On, st.To}] = true
	}
	return err
}

func (s *System) foreignCluster(st Step) error {
	c, ok := s.history.cluster(st.On)
	if !ok || s.gone[st.On] {
		return nil
	}
	client := elasticache.NewFromConfig(s.sim.Config(hubAccount, region, awssim.Actor{Session: person}))
	s.struck(ClusterGone)
	var err error
	switch {
	case st.Do == MoveCache && c.Serverless:
		_, err = client.ModifyServerlessCache(s.ctx, &elasticache.ModifyServerlessCacheInput{ServerlessCacheName: &c.Name, SecurityGroupIds: []string{st.To}})
		s.movedTo(c, st.To, err)
	case st.Do == MoveCache:
		_, err = client.ModifyReplicationGroup(s.ctx, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: &c.Name, SecurityGroupIds: []string{st.To}, ApplyImmediately: aws.Bool(true)})
		s.movedTo(c, st.To, err)
	case c.Serverless:
		_, err = client.DeleteServerlessCache(s.ctx, &elasticache.DeleteServerlessCacheInput{ServerlessCacheName: &c.Name})
		s.gone[st.On] = err == nil
	default:
		_, err = client.DeleteReplicationGroup(s.ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: &c.Name})
		s.gone[st.On] = err == nil
	}
	return err
}

func (s *System) movedTo(c Cluster, group string, err error) {
	if err == nil {
		s.moved(c.Name, group)
	}
}

// table is somebody's client of the intents table.
func (s *System) table() *dynamodb.Client {
	return dynamodb.NewFromConfig(s.tables.Behind(s.sim.Config(hubAccount, region, awssim.Actor{Session: person})))
}

func textValue(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }

func (s *System) item(i Intent) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{
		intent.FieldCluster: textValue(s.history.arn(i.Cluster)), intent.FieldName: textValue(i.Name), "sources": &types.AttributeValueMemberL{Value: []types.AttributeValue{textValue(s.source(i.Source))}},
	}
	if i.Path != "" {
		item["path"] = textValue(i.Path)
	}
	if i.Closed {
		item["access"] = textValue("closed")
	}
	if i.From > 0 {
		item["notBefore"] = textValue(s.start.Add(i.From).UTC().Format(time.RFC3339))
	}
	if i.Until > 0 {
		item["expiresAt"] = textValue(s.start.Add(i.Until).UTC().Format(time.RFC3339))
	}
	if i.Wrong {
		item["access"] = textValue("opne")
	}
	return item
}

// source gives a source as people write it: a group of another account with its account.
func (s *System) source(source string) string {
	if p, ok := s.history.Shape.placeOf(source); ok && p.account != hubAccount && strings.HasPrefix(source, "sg-") {
		return p.account + "/" + source
	}
	return source
}

func (s *System) policyItem(p Policy) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{intent.FieldCluster: textValue(intent.Everything), intent.FieldName: textValue(intent.Everything), "mode": textValue(p.Mode)}
	if p.Undeclared != "" {
		item["undeclared"] = textValue(p.Undeclared)
	}
	if p.Shared != "" {
		item["sharedGroups"] = textValue(p.Shared)
	}
	if p.MaxCloses > 0 {
		item["maxCloses"] = &types.AttributeValueMemberN{Value: fmt.Sprint(p.MaxCloses)}
	}
	return item
}

func (s *System) put(item map[string]types.AttributeValue) error {
	_, err := s.table().PutItem(s.ctx, &dynamodb.PutItemInput{TableName: aws.String(intentsTable), Item: item})
	if err != nil {
		return fmt.Errorf("writing the intents table: %w", err)
	}
	return nil
}

// declareAll fills the table before cachegate is deployed.
func (s *System) declareAll() error {
	s.changedPolicy(s.history.Policy)
	for _, c := range s.history.Clusters {
		s.moved(c.Name, c.Groups...)
	}
	if err := s.put(s.policyItem(s.policy)); err != nil {
		return err
	}
	for _, i := range s.history.Intents {
		if err := s.put(s.item(i)); err != nil {
			return err
		}
		s.declared(i)
	}
	return nil
}

func (s *System) setPolicy(p Policy) {
	if err := s.put(s.policyItem(p)); err != nil {
		s.violate("none", "%v", err)
	}
	s.changedPolicy(p)
	s.streamed(intent.Everything, intent.Everything)
}

func (s *System) redeclare(st Step) {
	inRun := slices.ContainsFunc(s.workers, func(e *environment) bool { return e.busy })
	if inRun && st.Do != SetPolicy {
		s.struck(ChangedInRun)
	}
	switch st.Do {
	case SetPolicy:
		s.struck(SwitchedOff)
		s.setPolicy(*st.Policy)
	case Declare:
		if err := s.put(s.item(*st.Intent)); err != nil {
			s.violate("none", "%v", err)
		}
		s.declared(*st.Intent)
		s.streamed(s.history.arn(st.Intent.Cluster), st.Intent.Name)
	case EmptyTable:
		s.struck(TableEmptied)
		for _, i := range s.standing() {
			s.withdraw(i)
		}
	default:
		if all := s.standing(); len(all) > 0 {
			s.withdraw(all[st.Which%len(all)])
		}
	}
}

func (s *System) withdraw(i Intent) {
	_, err := s.table().DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: aws.String(intentsTable), Key: map[string]types.AttributeValue{
		intent.FieldCluster: textValue(s.history.arn(i.Cluster)), intent.FieldName: textValue(i.Name),
	}})
	if err != nil {
		s.violate("none", "withdrawing %s: %v", i.key(), err)
	}
	s.tell("  withdrawn: %s", i.key())
	s.withdrawn(i)
	s.streamed(s.history.arn(i.Cluster), i.Name)
}
