"""The program under Pulumi's mocks: what it asks for, and with what."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.audit.tier import Audit, AuditArgs, ExistingTrail, event_selectors, trail_arn
from components.boundary import with_boundary
from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.data.tier import Data, DataArgs
from components.emulation import ignore_properties_not_read_back
from components.keys.tier import Keys, KeysArgs
from components.network.tier import Network, NetworkArgs
from components.principals import Principals
from components.processing.tier import FunctionSize, Processing, ProcessingArgs
from components.retention import ObjectLock, Retention
from components.tags import classified, tagging
from tests.support.mocks import Recorder, deployed

ROOT = Path(__file__).parents[2]
CONTEXT = AwsContext(partition="aws", region="eu-central-1", account_id="123456789012", prefix="strongroom-test")
RETENTION = Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=10), protection=True)
UNUSED: Any = None
"""What an existing trail does not need."""
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


@pytest.fixture(scope="module")
def made() -> Recorder:
    def program() -> Any:
        pulumi.runtime.register_stack_transformation(tagging({"owner": "o"}))
        pulumi.runtime.register_stack_transformation(with_boundary(BOUNDARY))
        principals = Principals(deploy=("arn:deploy",), break_glass=("arn:break-glass",))
        keys = Keys(
            "keys",
            KeysArgs(
                context=CONTEXT, principals=principals, trail_arn=trail_arn(CONTEXT), rotation_days=365, deletion_days=30,
                protection=True,
            ),
        )  # fmt: skip
        network = Network(
            "network",
            NetworkArgs(
                context=CONTEXT, cidr="10.0.0.0/16", zone_ids=("a", "b", "c"), prefix_list_rules=True, dns_firewall=True,
                logs_key_arn=keys.arns["logs"], retention=RETENTION,
            ),
            classified("internal"),
        )  # fmt: skip
        data = Data(
            "data",
            DataArgs(
                context=CONTEXT, principals=principals,
                key_arns=keys.arns, retention=RETENTION, trail_arn=trail_arn(CONTEXT),
                endpoint_id=network.endpoint_ids["s3"],
            ),
            classified("restricted"),
        )  # fmt: skip
        processing = Processing(
            "processing",
            ProcessingArgs(
                context=CONTEXT, data=data, network=network, key_arns=keys.arns, retention=RETENTION,
                size=FunctionSize(memory=512, timeout=60, concurrency=5, reserved=8, architecture="arm64"),
                account_last4=True,
            ),
            classified("restricted"),
        )  # fmt: skip
        audit = Audit(
            "audit",
            AuditArgs(
                context=CONTEXT, existing=None, data=data, key_arn=keys.arns["audit"], retention=RETENTION, insights=True,
            ),
            classified("audit"),
        )  # fmt: skip
        return pulumi.Output.all(processing.processor.arn, audit.trail_arn, data.table.arn, *network.subnet_ids)

    return deployed(program, Recorder())


def test_the_functions_group_reaches_endpoints_on_443_and_nothing_else(made: Recorder) -> None:
    rules = made.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) for rule in rules} == {
        (443, 443, "tcp")
    }
    assert not any("cidrIpv4" in rule.inputs or "cidrIpv6" in rule.inputs for rule in rules)
    assert len(rules) == 3


def test_there_is_no_way_to_the_internet(made: Recorder) -> None:
    assert not any(
        word in one.typ for one in made.made for word in ("internetGateway", "natGateway", "route:Route", "eip")
    )


def test_every_endpoint_gets_a_policy_that_names_what_is_ours(made: Recorder) -> None:
    endpoints = {f"{one.name}-id" for one in made.of("aws:ec2/vpcEndpoint:VpcEndpoint")}
    policies = made.of("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
    assert {one.inputs["vpcEndpointId"] for one in policies} == endpoints
    assert len(endpoints) == 3
    for one in policies:
        for statement in json.loads(one.inputs["policy"])["Statement"]:
            assert "*" not in statement["Resource"]
            assert set(statement["Condition"]["StringEquals"]) == {"aws:ResourceAccount", "aws:PrincipalAccount"}


def test_the_networks_traffic_is_logged_accepted_and_refused(made: Recorder) -> None:
    log = made.one("aws:ec2/flowLog:FlowLog", "network-flow")
    assert (log["trafficType"], log["maxAggregationInterval"]) == ("ALL", 60)
    assert log["logDestination"] == "arn:network-flow"


def test_names_but_those_of_the_endpoints_are_not_resolved_and_the_firewall_fails_closed(made: Recorder) -> None:
    rules = {
        one.inputs["action"]: one.inputs for one in made.of("aws:route53/resolverFirewallRule:ResolverFirewallRule")
    }
    assert rules["ALLOW"]["priority"] < rules["BLOCK"]["priority"]
    names = made.one("aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", "network-dns-allow")
    assert set(names["domains"]) == {
        f"{star}{service}.eu-central-1.amazonaws.com"
        for service in ("s3", "dynamodb", "ddb", "kms")
        for star in ("", "*.")
    }
    blocked = made.one("aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", "network-dns-block")
    assert blocked["domains"] == ["*"]
    (config,) = made.of("aws:route53/resolverFirewallConfig:ResolverFirewallConfig")
    assert config.inputs["firewallFailOpen"] == "DISABLED"


def test_the_default_group_lets_nothing_through(made: Recorder) -> None:
    (group,) = made.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])


def test_results_and_evidence_are_locked_and_nothing_else_is(made: Recorder) -> None:
    locks = {
        one.name: one.inputs for one in made.of("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    }
    assert (
        set(locks) == {f"data-{name}" for name, row in BUCKETS.items() if row.locked} >= {"data-output", "data-audit"}
    )
    for lock in locks.values():
        assert lock["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "years": 10}
    enabled = {one.name for one in made.of("aws:s3/bucket:Bucket") if one.inputs["objectLockEnabled"]}
    assert enabled == set(locks)


def test_every_bucket_logs_access_to_the_one_that_logs_none(made: Recorder) -> None:
    logging = {one.name: one.inputs for one in made.of("aws:s3/bucketLogging:BucketLogging")}
    buckets = {one.name for one in made.of("aws:s3/bucket:Bucket")}
    assert buckets - set(logging) == {"data-access-logs"}
    assert {one["targetBucket"] for one in logging.values()} == {"data-access-logs"}
    assert len({one["targetPrefix"] for one in logging.values()}) == len(logging)


def test_the_access_log_bucket_alone_is_under_s3s_own_key(made: Recorder) -> None:
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    by_default = {one.name: one.inputs["rules"][0]["applyServerSideEncryptionByDefault"] for one in made.of(kind)}
    own = {name for name, one in by_default.items() if one["sseAlgorithm"] == "AES256"}
    assert own == {"data-access-logs"}
    assert by_default["data-audit"]["kmsMasterKeyId"] == "arn:keys-audit"
    assert by_default["data-artifacts"]["kmsMasterKeyId"] == "arn:keys-logs"
    assert by_default["data-input"]["kmsMasterKeyId"] == "arn:keys-records"


def test_objects_are_reached_through_the_networks_endpoint_where_the_perimeter_is_enforced(made: Recorder) -> None:
    for one in made.of("aws:s3/bucketPolicy:BucketPolicy"):
        (statement,) = [
            each for each in json.loads(one.inputs["policy"])["Statement"] if each["Sid"] == "DenyOutsideNetwork"
        ]
        assert statement["Condition"]["StringNotEquals"] == {"aws:SourceVpce": "network-s3-id"}


def test_symmetric_keys_rotate_and_the_one_of_tokens_cannot(made: Recorder) -> None:
    keys = {one.name: one.inputs for one in made.of("aws:kms/key:Key")}
    assert set(keys) == {"keys-records", "keys-logs", "keys-audit", "keys-tokens"}
    for name, key in keys.items():
        rotated = (key.get("enableKeyRotation"), key.get("rotationPeriodInDays"))
        assert rotated == ((None, None) if name == "keys-tokens" else (True, 365))
    aliases = {one.inputs["name"] for one in made.of("aws:kms/alias:Alias")}
    assert aliases == {f"alias/strongroom-test-{name}" for name in ("records", "logs", "audit", "tokens")}


def test_the_trail_is_signed_encrypted_and_of_all_regions(made: Recorder) -> None:
    trail = made.one("aws:cloudtrail/trail:Trail", "audit")
    assert trail["enableLogFileValidation"] is True
    assert trail["isMultiRegionTrail"] is True
    assert trail["kmsKeyId"] == "arn:keys-audit"
    assert trail["s3BucketName"] == "data-audit"
    assert trail["cloudWatchLogsGroupArn"] == "arn:audit:*"
    assert trail["name"] == trail_arn(CONTEXT).rpartition("/")[2]
    assert {one["insightType"] for one in trail["insightSelectors"]} == {"ApiCallRateInsight", "ApiErrorRateInsight"}


def test_the_trail_records_control_planes_records_the_end_of_evidence_and_endpoints() -> None:
    selectors = [
        {one["field"]: one.get("equals") or one.get("starts_withs") for one in selector["field_selectors"]}  # type: ignore[attr-defined]
        for selector in event_selectors(["arn:in", "arn:out"], ["arn:audit"], "arn:table")
    ]
    assert {"eventCategory": ["Management"]} in selectors
    objects = {"eventCategory": ["Data"], "resources.type": ["AWS::S3::Object"]}
    assert {**objects, "resources.ARN": ["arn:in/", "arn:out/"]} in selectors
    # Deliveries of the trail itself would be recorded without end.
    (ends,) = [one for one in selectors if one.get("resources.ARN") == ["arn:audit/"]]
    assert set(ends["eventName"]) == {"DeleteObject", "DeleteObjects", "PutObjectRetention", "PutObjectLegalHold"}
    assert {
        "eventCategory": ["Data"], "resources.type": ["AWS::DynamoDB::Table"], "resources.ARN": ["arn:table"],
    } in selectors  # fmt: skip
    endpoints = [one["eventSource"] for one in selectors if one["eventCategory"] == ["NetworkActivity"]]
    assert endpoints == [["s3.amazonaws.com"], ["dynamodb.amazonaws.com"], ["kms.amazonaws.com"]]


def test_an_existing_trail_is_taken_and_nothing_is_made() -> None:
    taken: list[Audit] = []
    arns: list[str] = []

    def program() -> Any:
        args = AuditArgs(
            context=CONTEXT, existing=ExistingTrail(arn="arn:theirs", log_group_name=None), data=UNUSED, key_arn="k", retention=RETENTION, insights=False,
        )  # fmt: skip
        taken.append(Audit("audit", args))
        return taken[0].trail_arn.apply(arns.append)

    assert [one.typ for one in deployed(program, Recorder()).made] == ["strongroom:audit:Audit"]
    assert arns == ["arn:theirs"]
    assert taken[0].log_group_name is None


def test_every_role_is_bounded(made: Recorder) -> None:
    roles = made.of("aws:iam/role:Role")
    assert len(roles) >= 3
    assert {one.inputs["permissionsBoundary"] for one in roles} == {BOUNDARY}


def test_the_evidence_set_is_protected_and_retained() -> None:
    kept: dict[str, tuple[Any, Any]] = {}

    def investigation(args: pulumi.ResourceTransformationArgs) -> None:
        kept[f"{args.type_}::{args.name}"] = (args.opts.protect, args.opts.retain_on_delete)

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(investigation)
        keys = Keys(
            "keys",
            KeysArgs(
                context=CONTEXT,
                principals=Principals(),
                trail_arn=None,
                rotation_days=365,
                deletion_days=30,
                protection=True,
            ),
        )
        data = Data(
            "data",
            DataArgs(
                context=CONTEXT, principals=Principals(), key_arns=keys.arns,
                retention=RETENTION, trail_arn=None, endpoint_id=None,
            ),
        )  # fmt: skip
        audit = Audit(
            "audit",
            AuditArgs(
                context=CONTEXT, existing=None, data=data, key_arn="k", retention=RETENTION, insights=False,
            ),
        )  # fmt: skip
        return pulumi.Output.all(data.table.arn, audit.trail_arn)

    deployed(program, Recorder())
    assert {name.rpartition(":")[2] for name, options in kept.items() if options == (True, True)} == {
        "keys-records", "keys-logs", "keys-audit", "keys-tokens", "data-transactions", "audit",
        *(f"data-{name}" for name, row in BUCKETS.items() if row.locked),
    }  # fmt: skip
    assert kept["aws:s3/bucket:Bucket::data-input"] == (False, False)
    assert kept["aws:cloudtrail/trail:Trail::audit"] == kept["aws:cloudwatch/logGroup:LogGroup::audit"] == (True, True)


def test_what_an_emulator_forgets_is_left_out_of_comparison_and_nothing_else() -> None:
    ignored: dict[str, Any] = {}

    def investigation(args: pulumi.ResourceTransformationArgs) -> None:
        ignored[args.name] = args.opts.ignore_changes

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(ignore_properties_not_read_back)
        pulumi.runtime.register_stack_transformation(investigation)
        aws.ec2.FlowLog("flow", vpc_id="v", opts=pulumi.ResourceOptions(ignore_changes=["region"]))
        return aws.kms.Key("key").arn

    deployed(program, Recorder())
    assert ignored["flow"] == ["region", "iamRoleArn", "maxAggregationInterval", "tags"]
    assert not ignored["key"]


def test_the_queue_hides_a_message_for_six_times_the_functions_timeout(made: Recorder) -> None:
    queue = next(one for one in made.of("aws:sqs/queue:Queue") if one.name == "processing-work")
    assert queue.inputs["visibilityTimeoutSeconds"] == 360


def test_every_bucket_has_its_side_resources(made: Recorder) -> None:
    buckets = {one.name for one in made.of("aws:s3/bucket:Bucket")}
    assert buckets == {f"data-{name}" for name in BUCKETS}
    for kind in (
        "bucketPolicy:BucketPolicy", "bucketPublicAccessBlock:BucketPublicAccessBlock", "bucketVersioning:BucketVersioning",
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucketOwnershipControls:BucketOwnershipControls", "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ):  # fmt: skip
        assert {one.name for one in made.of(f"aws:s3/{kind}")} == buckets


def test_tags_reach_the_children_of_components_with_the_class_of_their_tier(made: Recorder) -> None:
    for kind, classification in (
        ("aws:s3/bucket:Bucket", "restricted"), ("aws:ec2/vpc:Vpc", "internal"), ("aws:sqs/queue:Queue", "restricted"),
    ):  # fmt: skip
        for one in made.of(kind):
            wanted = BUCKETS[one.name.removeprefix("data-")].classification if "s3/bucket" in kind else classification
            assert (one.inputs["tags"]["data-classification"], one.inputs["tags"]["owner"]) == (wanted, "o")


def test_code_environment_and_logs_of_the_function_are_classed_by_their_key(made: Recorder) -> None:
    group = made.one("aws:cloudwatch/logGroup:LogGroup", "processor")
    assert group["kmsKeyId"] == "arn:keys-logs"
    assert group["tags"]["data-classification"] == "internal"


def test_executions_are_reserved_where_the_account_can(made: Recorder) -> None:
    assert made.one("aws:lambda/function:Function", "processor")["reservedConcurrentExecutions"] == 8


def test_the_function_takes_its_code_from_a_version_of_an_object(made: Recorder) -> None:
    function = made.one("aws:lambda/function:Function", "processor")
    assert "code" not in function
    assert function["s3Key"] == "functions/processor.zip"
    (mapping,) = made.of("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
