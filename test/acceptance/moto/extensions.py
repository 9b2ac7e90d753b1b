"""What the acceptance tests need of moto beyond what it can do.

It changes moto's own classes, so that everything else of it stays as it is, the wire
protocol above all. Each change says what AWS does that moto does not.
"""

import copy
import functools
import inspect
import json

from moto.awslambda.models import LambdaBackend
from moto.cloudformation import models as cloudformation
from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.exceptions import InvalidSecurityGroupNotFoundError
from moto.ec2.models import ec2_backends, security_groups, transit_gateway_route_tables
from moto.ec2.models import vpc_peering_connections as peering
from moto.ec2.responses.vpc_peering_connections import VPCPeeringConnections
from moto.elasticache import models as elasticache
from moto.elasticache.responses import ElastiCacheResponse
from moto.events import models as events
from moto.iam import access_control
from moto.sqs import models as sqs


def extend(owner, name):
    """Replaces a method; the replacement gets the former one as its first argument."""

    def replace(replacement):
        former = getattr(owner, name)

        @functools.wraps(former)
        def method(*args, **kwargs):
            return replacement(former, *args, **kwargs)

        # What is bound to its class already needs no other first argument.
        setattr(owner, name, staticmethod(method) if inspect.ismethod(former) else method)
        return replacement

    return replace


# Lambda: event source mappings are there to be read. The tests carry them out, with the
# deployed binaries; moto would start containers.


@extend(LambdaBackend, "create_event_source_mapping")
def event_source_mapping(create, self, spec):
    mapping = create(self, spec)
    for queue in sqs.sqs_backends[self.account_id][self.region_name].queues.values():
        queue.lambda_event_source_mappings.clear()
    for table in dynamodb_backends[self.account_id][self.region_name].tables.values():
        table.lambda_event_source_mappings.clear()
    return mapping


# ElastiCache: clusters have security groups and nodes, replication groups have members,
# and an account may have no serverless caches.


@extend(elasticache.CacheCluster, "__init__")
def cluster(init, self, *args, **kwargs):
    init(self, *args, **kwargs)
    self.replication_group_id = kwargs.get("replication_group_id")
    self.security_groups = [
        {"SecurityGroupId": group, "Status": "active"} for group in self.security_group_ids
    ]
    self.cache_nodes = [
        {
            "CacheNodeId": f"{n + 1:04}",
            "CacheNodeStatus": "available",
            "Endpoint": {
                "Address": f"{self.cache_cluster_id}.{n + 1:04}.cache.test",
                "Port": self.port,
            },
        }
        for n in range(kwargs.get("num_cache_nodes") or 1)
    ]


@extend(elasticache.ElastiCacheBackend, "create_replication_group")
def replication_group(create, self, **kwargs):
    group = create(self, **kwargs)
    for member in group.member_clusters:
        arguments = dict.fromkeys(inspect.signature(elasticache.CacheCluster).parameters)
        arguments.update(
            account_id=self.account_id,
            region_name=self.region_name,
            cache_cluster_id=member,
            replication_group_id=kwargs["replication_group_id"],
            engine=kwargs["engine"],
            port=kwargs["port"],
            cache_subnet_group_name=kwargs["cache_subnet_group_name"],
            security_group_ids=kwargs["security_group_ids"],
            network_type="ipv4",
            ip_discovery="ipv4",
        )
        self.cache_clusters[member] = elasticache.CacheCluster(**arguments)
    return group


ElastiCacheResponse.describe_serverless_caches = lambda self: ActionResult({"ServerlessCaches": []})


# CloudFormation: it names FIFO queues as SQS wants them, gives rules the name of their bus,
# and a stack that a change set made has outputs.


@extend(sqs.Queue, "create_from_cloudformation_json")
def fifo_queue(create, resource_name, cloudformation_json, *args, **kwargs):
    fifo = str(cloudformation_json["Properties"].get("FifoQueue")).lower() == "true"
    if fifo and not resource_name.endswith(".fifo"):
        resource_name += ".fifo"
    return create(resource_name, cloudformation_json, *args, **kwargs)


@extend(events.EventsBackend, "_normalize_event_bus_arn")
def bus_name(normalize, self, given):
    return normalize(self, getattr(given, "name", given))


events.EventBus.physical_resource_id = property(lambda self: self.name)


@extend(cloudformation.ChangeSet, "apply")
def outputs(apply, self):
    apply(self)
    self.stack.template = self.template
    self.stack._parse_template()
    self.stack.output_map = self.stack._create_output_map()


# EventBridge: an event says which account it is of, and a bus that gets it from another
# account or Region passes it on as it was.

events.EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE = (
    events.EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE.replace(
        '"version": "0",', '"version": "0", "account": "<account>",'
    )
)

sending = []


@extend(events.Rule, "send_to_targets")
def send(former, self, event, *args, **kwargs):
    sending.append(event)
    try:
        return former(self, event, *args, **kwargs)
    finally:
        sending.pop()


@extend(events.EventsBackend, "put_events")
def put_events(former, self, entries):
    if not sending:
        return former(self, entries)
    for entry in entries:
        bus = self.describe_event_bus(self._normalize_event_bus_arn(entry["EventBusName"]))
        for rule in bus.rules.values():
            rule.send_to_targets(copy.deepcopy(sending[-1]))
    return []


# EC2: peering connections have CIDRs while they are active, and can be filtered; a rule may
# name a group of another account.


def side(info, connection):
    return {**info, "CidrBlockSet": [{"CidrBlock": info["CidrBlock"]}]} if (
        connection._status.code == "active"
    ) else {k: v for k, v in info.items() if k != "CidrBlock"}


requester = peering.VPCPeeringConnection.requester_vpc_info.fget
accepter = peering.VPCPeeringConnection.accepter_vpc_info.fget
peering.VPCPeeringConnection.requester_vpc_info = property(lambda self: side(requester(self), self))
peering.VPCPeeringConnection.accepter_vpc_info = property(lambda self: side(accepter(self), self))

PEERING_FILTERS = {
    "vpc-peering-connection-id": lambda c: c.id,
    "requester-vpc-info.vpc-id": lambda c: c.vpc.id,
    "accepter-vpc-info.vpc-id": lambda c: c.peer_vpc.id,
    "requester-vpc-info.owner-id": lambda c: c.vpc.owner_id,
    "accepter-vpc-info.owner-id": lambda c: c.peer_vpc.owner_id,
    "status-code": lambda c: c._status.code,
}


@extend(VPCPeeringConnections, "describe_vpc_peering_connections")
def peering_connections(describe, self):
    ids = self._get_param("VpcPeeringConnectionIds", [])
    found = self.ec2_backend.describe_vpc_peering_connections(vpc_peering_ids=ids)
    for name, values in self._filters_from_querystring().items():
        found = [c for c in found if PEERING_FILTERS[name](c) in values]
    return ActionResult({"VpcPeeringConnections": found})


@extend(security_groups.SecurityGroupBackend, "_add_source_group")
def source_groups(add, self, groups, vpc_id):
    own = [g for g in groups or [] if g.get("UserId", self.account_id) == self.account_id]
    others = [g for g in groups or [] if g not in own]
    for group in others:
        there = ec2_backends[group["UserId"]][self.region_name]
        if not there.get_security_group_by_name_or_id(group["GroupId"]):
            raise InvalidSecurityGroupNotFoundError(group["GroupId"])
        group["OwnerId"] = group["UserId"]
    return add(self, own, vpc_id) + others


# EC2: a search of transit gateway routes gives the attachments that they lead to, and what
# attachments propagate.


@extend(transit_gateway_route_tables.TransitGatewayRouteTableBackend, "search_transit_gateway_routes")
def search_routes(search, self, transit_gateway_route_table_id, filters, max_results=None):
    table = self.transit_gateways_route_tables.get(transit_gateway_route_table_id)
    routes = []
    for route in table.routes.values() if table else []:
        leads = route.get("transitGatewayAttachments")
        routes.append({**route, "transitGatewayAttachments": [leads] if isinstance(leads, dict) else []})
    static = {r["destinationCidrBlock"] for r in routes}
    for propagation in table.route_table_propagation if table else []:
        if propagation.resourceType == "vpc":
            vpc = self.get_vpc(propagation.resourceId)
            routes += [
                {
                    "destinationCidrBlock": vpc.cidr_block,
                    "state": "active",
                    "type": "propagated",
                    "transitGatewayAttachments": [
                        {
                            "resourceId": vpc.id,
                            "resourceType": "vpc",
                            "transitGatewayAttachmentId": propagation.transitGatewayAttachmentId,
                        }
                    ],
                }
            ] if vpc.cidr_block not in static else []
    for name, values in (filters or {}).items():
        attribute = {"type": "type", "state": "state", "route-search.exact-match": "destinationCidrBlock"}[name]
        routes = [r for r in routes if r[attribute] in values]
    return routes


# IAM: moto knows the resource of few calls, and takes one that it does not know for "*",
# which no statement about certain resources matches. It knows no conditions but those of
# trust; dynamodb:LeadingKeys is added. Where nothing is known, the action alone decides.


@extend(access_control.IAMPolicyStatement, "_check_element_matches")
def element_matches(matches, self, element, value):
    return (element == "Resource" and value == "*") or matches(self, element, value)


@extend(access_control.IAMPolicyStatement, "_check_conditions")
def conditions(check, self, incoming):
    return incoming is None or check(self, incoming)


@extend(access_control.IAMPolicyStatement, "is_action_permitted")
def statement(permitted, self, action, *args, **kwargs):
    """A statement about the keys of items that others are asked for says nothing."""
    equals = self._statement.get("Condition", {}).get("ForAllValues:StringEquals", {})
    allowed = equals.get("dynamodb:LeadingKeys")
    if allowed is not None and not (asked_keys and set(asked_keys) <= set(allowed)):
        return access_control.PermissionResult.NEUTRAL
    return permitted(self, action, *args, **kwargs)


asked_keys = []


def leading_keys(body):
    """The partition keys that a request of DynamoDB names, of a table whose key is "cluster"."""
    try:
        request = json.loads(body)
    except (TypeError, ValueError):
        return []
    if not isinstance(request, dict):
        return []
    writes = [w for item in request.get("TransactItems", []) for w in item.values()]
    items = [r.get("Key") or r.get("Item") or {} for r in [request, *writes]]
    keys = [i["cluster"]["S"] for i in items if "cluster" in i]
    if "KeyConditionExpression" in request:
        keys += [v["S"] for v in request.get("ExpressionAttributeValues", {}).values()]
    return keys


@extend(access_control.IAMPolicyStatement, "_check_principal")
def principal(check, self, caller):
    """A session of a role is the role that a trust policy names."""
    parts = caller.split(":")
    if parts[5].startswith("assumed-role/"):
        parts[2], parts[5] = "iam", "role/" + parts[5].split("/")[1]
    return check(self, ":".join(parts))


@extend(access_control.IAMPolicy, "__init__")
def policy(init, self, document):
    """CloudFormation keeps the policies of a role as they stand in the template."""
    plain = isinstance(document, dict) and "policy_document" not in document
    init(self, json.dumps(document) if plain else document)


# Actions that have no name of their own in policies.
ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "dynamodb:TransactWriteItems": "dynamodb:PutItem",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
}


@extend(access_control.IAMRequest, "check_action_permitted")
def permitted(check, self, resource):
    self._action = ACTIONS.get(self._action, self._action)
    asked_keys[:] = leading_keys(self._body)
    return check(self, resource)


# moto gets the signatures of requests with a query wrong, so that none is checked.
access_control.IAMRequestBase.check_signature = lambda self: None
