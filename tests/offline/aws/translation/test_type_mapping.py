import collections
import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from offline.aws.terraform.client import TerraformProvider
from offline.aws.translation.package import PACKAGE, Package, UnsupportedError, snake
from offline.aws.translation.type_mapping import data_source, resource_type

GONE = {"aws_simpledb_domain", "aws_worklink_fleet", "aws_worklink_website_certificate_authority_association"}
"""Types of the provider, besides OpsWorks, that the package no longer has."""


def functions() -> set[str]:
    """Return all function tokens in the package's source."""
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    sources = Path(spec.origin).parent.rglob("*.py")
    return {token for file in sources for token in re.findall(r"runtime\.invoke\('(aws:[^']+)'", file.read_text())}


def resolved(
    tokens: Iterable[str], existing: list[str], resolve: Callable[[str, frozenset[str], str], str]
) -> tuple[dict[str, str], dict[str, str]]:
    mapped, refused = {}, {}
    for token in tokens:
        try:
            mapped[token] = resolve(token, frozenset(existing), "5.100.0")
        except UnsupportedError as error:
            refused[token] = str(error)
    return mapped, refused


def test_every_resource_of_the_package_has_a_unique_type_or_is_refused_by_name(terraform: TerraformProvider) -> None:
    mapped, refused = resolved(Package().resources, terraform.resources, resource_type)
    assert len(mapped) > 1500
    assert len(refused) < 250
    assert all(token in message and "older than" in message for token, message in refused.items())
    by_type = collections.defaultdict(list)
    for token, kind in mapped.items():
        by_type[kind].append(token)
    # S3's V2 classes are older names of the same resources.
    shared = [tokens for tokens in by_type.values() if len(tokens) > 1]
    assert len(shared) == 11
    assert all(sorted(token.replace("V2", "") for token in tokens) == [min(tokens, key=len)] * 2 for tokens in shared)
    unmapped = {kind for kind in terraform.resources if kind not in by_type and not kind.startswith("aws_opsworks")}
    assert unmapped <= GONE


def test_every_function_of_the_package_has_a_unique_data_source_or_is_refused_by_name(
    terraform: TerraformProvider,
) -> None:
    mapped, refused = resolved(functions(), terraform.data_sources, data_source)
    assert len(mapped) > 600
    assert len(refused) < 90
    assert len(set(mapped.values())) == len(mapped)
    assert set(terraform.data_sources) - set(mapped.values()) <= {"aws_redshift_service_account"}


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("aws:ec2/instance:Instance", "aws_instance"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws_vpc_endpoint"),
        ("aws:ec2/flowLog:FlowLog", "aws_flow_log"),
        ("aws:ec2/launchTemplate:LaunchTemplate", "aws_launch_template"),
        ("aws:ec2/tag:Tag", "aws_ec2_tag"),
        ("aws:ec2/managedPrefixList:ManagedPrefixList", "aws_ec2_managed_prefix_list"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws_vpc_security_group_egress_rule"),
        ("aws:ec2transitgateway/routeTable:RouteTable", "aws_ec2_transit_gateway_route_table"),
        ("aws:lightsail/instance:Instance", "aws_lightsail_instance"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:rds/cluster:Cluster", "aws_rds_cluster"),
        ("aws:lambda/function:Function", "aws_lambda_function"),
        ("aws:cloudwatch/eventTarget:EventTarget", "aws_cloudwatch_event_target"),
        ("aws:cloudwatch/logGroup:LogGroup", "aws_cloudwatch_log_group"),
        ("aws:cloudtrail/trail:Trail", "aws_cloudtrail"),
        ("aws:cfg/rule:Rule", "aws_config_config_rule"),
        ("aws:directconnect/linkAggregationGroup:LinkAggregationGroup", "aws_dx_lag"),
        ("aws:lb/loadBalancer:LoadBalancer", "aws_lb"),
        ("aws:elb/loadBalancer:LoadBalancer", "aws_elb"),
        ("aws:s3/bucketV2:BucketV2", "aws_s3_bucket"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "aws_s3_object"),
        ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "aws_s3_bucket_replication_configuration"),
        ("aws:route53/profilesProfile:ProfilesProfile", "aws_route53profiles_profile"),
        ("aws:lex/v2modelsBot:V2modelsBot", "aws_lexv2models_bot"),
        ("aws:costexplorer/costCategory:CostCategory", "aws_ce_cost_category"),
        ("aws:scheduler/schedule:Schedule", "aws_scheduler_schedule"),
        ("aws:securityhub/account:Account", "aws_securityhub_account"),
    ],
)
def test_a_resource_token_is_mapped_to_its_terraform_type(terraform: TerraformProvider, token: str, kind: str) -> None:
    assert resource_type(token, frozenset(terraform.resources), "5") == kind


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("aws:index/getCallerIdentity:getCallerIdentity", "aws_caller_identity"),
        ("aws:ec2/getAmi:getAmi", "aws_ami"),
        ("aws:ec2/getElasticIp:getElasticIp", "aws_eip"),
        ("aws:s3/getObject:getObject", "aws_s3_object"),
        ("aws:autoscaling/getAmiIds:getAmiIds", "aws_autoscaling_groups"),
        ("aws:rds/getInstance:getInstance", "aws_db_instance"),
    ],
)
def test_a_function_token_is_mapped_to_its_data_source(terraform: TerraformProvider, token: str, kind: str) -> None:
    assert data_source(token, frozenset(terraform.data_sources), "5") == kind


@pytest.mark.parametrize(
    "token",
    [
        "aws:securityhub/accountV2:AccountV2",
        "aws:odb/network:Network",
        "aws:bedrock/agentcoreBrowser:AgentcoreBrowser",
        "aws:made/up:Up",
    ],
)
def test_a_near_match_is_refused(terraform: TerraformProvider, token: str) -> None:
    with pytest.raises(UnsupportedError, match=token):
        resource_type(token, frozenset(terraform.resources), "5.100.0")


@pytest.mark.parametrize(
    ("pulumi", "terraform_name"),
    [("kmsKeyId", "kms_key_id"), ("cidrIpv4", "cidr_ipv4"), ("getAMIIds", "get_ami_ids"), ("arn", "arn")],
)
def test_a_pulumi_name_is_converted_to_terraforms_spelling(pulumi: str, terraform_name: str) -> None:
    assert snake(pulumi) == terraform_name
