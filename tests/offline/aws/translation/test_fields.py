from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from offline.aws.terraform.client import TerraformProvider
from offline.aws.translation.fields import Catalog, Fields
from offline.aws.translation.package import Package, UnsupportedError, properties_of, shape

COMPLETE = """
ec2/vpc ec2/routeTableAssociation ec2/vpcEndpointRouteTableAssociation ec2/securityGroup ec2/securityGroupRule
vpc/securityGroupIngressRule vpc/securityGroupEgressRule ec2/defaultSecurityGroup ec2/internetGateway ec2/networkAcl
ec2/keyPair ec2/eip s3/bucketVersioning s3/bucketLifecycleConfiguration s3/bucketPolicy s3/bucketOwnershipControls
s3/bucketLogging s3/bucketObjectv2 s3/bucketNotification s3/bucketObjectLockConfiguration s3/bucketReplicationConfig
s3/bucketMetric s3/bucketWebsiteConfiguration kms/key kms/alias kms/grant lambda/alias lambda/layerVersion
lambda/functionUrl lambda/functionEventInvokeConfig iam/role iam/rolePolicy iam/rolePolicyAttachment iam/user iam/group
iam/instanceProfile iam/accessKey sqs/queue sqs/queuePolicy sns/topicPolicy sns/topicSubscription cloudwatch/compositeAlarm
cloudwatch/dashboard cloudwatch/eventRule cloudwatch/eventTarget cloudtrail/trail route53/resolverFirewallDomainList
route53/resolverFirewallRuleGroup route53/resolverFirewallRuleGroupAssociation route53/resolverFirewallConfig
route53/resolverQueryLogConfig route53/resolverQueryLogConfigAssociation route53/record scheduler/scheduleGroup
backup/vault backup/selection backup/vaultLockConfiguration ssm/parameter rds/subnetGroup ecs/cluster apigateway/stage
apigateway/deployment apigateway/method apigatewayv2/api sfn/stateMachine guardduty/detector cfg/recorder cfg/rule
"""
NEWER = {
    "cloudwatch/logGroup": {"deletionProtectionEnabled"},
    "cloudwatch/logMetricFilter": {"applyOnTransformedLogs"},
    "cloudwatch/queryDefinition": {"arn"},
    "ec2/flowLog": {"regionalNatGatewayId", "tagFieldSpecifications"},
    "ec2/subnet": {"ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength"},
    "ec2/vpcEndpoint": {"dnsOptions.privateDnsPreference", "dnsOptions.privateDnsSpecifiedDomains"},
    "iam/policy": {"delayAfterPolicyCreationInMs"},
    "lambda/invocation": {"tenantId"},
    "lambda/permission": {"invokedViaFunctionUrl"},
    "s3/bucket": {"bucketNamespace", "serverSideEncryptionConfiguration.rule.blockedEncryptionTypes"},
    "s3/bucketPublicAccessBlock": {"skipDestroy"},
    "s3/bucketServerSideEncryptionConfiguration": {"rules.blockedEncryptionTypes"},
    "scheduler/schedule": {"actionAfterCompletion"},
    "sns/topic": {"maximumMessageSize"},
}
"""Properties that are new in version 6 of the provider; a program that sets one gets an error."""

FUNCTIONS = """
index/getCallerIdentity index/getPartition index/getAvailabilityZones index/getAvailabilityZone index/getRegion
ec2/getPrefixList ec2/getManagedPrefixList ec2/getVpc ec2/getSubnets ec2/getAmi iam/getPolicyDocument iam/getRole
kms/getKey kms/getAlias s3/getBucketPolicy ssm/getParameter secretsmanager/getSecret secretsmanager/getRandomPassword
lambda/getInvocation sns/getTopic sqs/getQueue cloudwatch/getLogGroup route53/getZone
"""
NOT_PROPERTIES = {"id", "region", "urn"}


@pytest.fixture(scope="module")
def catalog(terraform: TerraformProvider) -> Catalog:
    return Catalog(terraform, Package())


def token_of(catalog: Catalog, path: str) -> str:
    return next(token for token in catalog.package.resources if token.split(":")[1] == path)


def without_counterpart(fields: Fields, properties: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, annotation in properties.items():
        field = fields.by_pulumi.get(name)
        if field is None or not field.known:
            yield path + name
        elif field.fields is not None:
            found = shape(annotation)
            found = shape(found.inner) if found.kind in ("list", "map") else found
            if found.kind == "object":
                yield from without_counterpart(field.fields, properties_of(found.inner), f"{path}{name}.")


@pytest.mark.parametrize("path", [*COMPLETE.split(), *NEWER])
def test_every_property_has_a_counterpart_except_for_newer_ones(catalog: Catalog, path: str) -> None:
    token = token_of(catalog, path)
    found = set(without_counterpart(catalog.resource(token), catalog.package.properties(token))) - NOT_PROPERTIES
    assert found == NEWER.get(path, set())


@pytest.mark.parametrize(
    ("path", "pulumi", "terraform_name", "flat"),
    [
        ("s3/bucketVersioning", "versioningConfiguration", "versioning_configuration", True),
        ("s3/bucketLifecycleConfiguration", "rules", "rule", False),
        ("s3/bucketWebsiteConfiguration", "routingRules", "routing_rule", False),
        ("s3/bucketWebsiteConfiguration", "routingRuleDetails", "routing_rules", False),
        ("s3/bucket", "bucketRegion", "region", False),
        ("dynamodb/table", "attributes", "attribute", False),
        ("dynamodb/table", "serverSideEncryption", "server_side_encryption", True),
        ("dynamodb/table", "pointInTimeRecovery", "point_in_time_recovery", True),
        ("lambda/function", "code", "filename", False),
        ("lambda/function", "name", "function_name", False),
        ("lambda/function", "vpcConfig", "vpc_config", True),
        ("lambda/function", "environment", "environment", True),
        ("lambda/permission", "function", "function_name", False),
        ("lambda/eventSourceMapping", "functionName", "function_name", False),
        ("lambda/eventSourceMapping", "filterCriteria", "filter_criteria", True),
        ("cloudwatch/metricAlarm", "name", "alarm_name", False),
        ("cloudwatch/metricAlarm", "metricQueries", "metric_query", False),
        ("cloudwatch/metricAlarm", "okActions", "ok_actions", False),
        ("cloudwatch/logSubscriptionFilter", "logGroup", "log_group_name", False),
        ("cloudtrail/trail", "eventSelectors", "event_selector", False),
        ("ec2/securityGroup", "ingress", "ingress", False),
        ("ec2/vpcEndpoint", "subnetIds", "subnet_ids", False),
        ("ec2/vpcEndpoint", "policy", "policy", False),
        ("route53/record", "aliases", "alias", False),
        ("sns/topicSubscription", "topic", "topic_arn", False),
        ("apigateway/stage", "restApi", "rest_api_id", False),
        ("apigateway/stage", "deployment", "deployment_id", False),
        ("ecs/service", "networkConfiguration", "network_configuration", True),
        ("backup/plan", "rules", "rule", False),
        ("scheduler/schedule", "target", "target", True),
        ("rds/cluster", "scalingConfiguration", "scaling_configuration", True),
        ("kms/key", "deletionWindowInDays", "deletion_window_in_days", False),
    ],
)
def test_a_property_is_paired_with_its_attribute(
    catalog: Catalog, path: str, pulumi: str, terraform_name: str, flat: bool
) -> None:
    field = catalog.resource(token_of(catalog, path)).by_pulumi[pulumi]
    assert (field.terraform, field.flat) == (terraform_name, flat)


def test_a_property_in_an_object_is_paired_with_its_attribute(catalog: Catalog) -> None:
    rules = catalog.resource(token_of(catalog, "s3/bucketServerSideEncryptionConfiguration")).by_pulumi["rules"].fields
    assert rules is not None
    inner = rules.by_pulumi["applyServerSideEncryptionByDefault"]
    assert inner.flat
    assert inner.fields is not None
    assert inner.fields.by_pulumi["kmsMasterKeyId"].terraform == "kms_master_key_id"


def test_no_two_attributes_of_a_type_share_a_property(catalog: Catalog) -> None:
    aligned = 0
    for token in catalog.package.resources:
        try:
            fields = catalog.resource(token)
        except UnsupportedError:
            continue
        aligned += 1
        names = [field.pulumi for field in fields.all]
        assert len(set(names)) == len(names), token
    assert aligned > 1500


@pytest.mark.parametrize("path", FUNCTIONS.split())
def test_every_result_of_a_function_has_a_counterpart(catalog: Catalog, path: str) -> None:
    token = f"aws:{path}:{path.split('/')[1]}"
    missing = set(without_counterpart(catalog.function(token), catalog.package.result(token))) - NOT_PROPERTIES
    newer = {
        "cloudwatch/getLogGroup": {"deletionProtectionEnabled"},
        "ec2/getAmi": {"allowUnsafeFilter"},
        "ec2/getVpc": {"ipv6CidrBlockAssociations"},
        "index/getAvailabilityZone": {"groupLongName"},
        "lambda/getInvocation": {"tenantId"},
        "route53/getZone": {"enableAcceleratedRecovery"},
        "secretsmanager/getSecret": {"type"},
    }
    assert missing <= newer.get(path, set())


def test_a_type_or_function_that_the_package_does_not_have_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnsupportedError, match="aws:none/thing:Thing is not in the installed"):
        catalog.resource("aws:none/thing:Thing")
    with pytest.raises(UnsupportedError, match="aws:s3/getNothing:getNothing is not in the installed"):
        catalog.function("aws:s3/getNothing:getNothing")


def test_required_properties_are_read_from_the_package(catalog: Catalog) -> None:
    assert "vpcId" in catalog.package.required(token_of(catalog, "ec2/vpcEndpoint"))
    assert "name" in catalog.package.required(token_of(catalog, "route53/record"))
    assert "name" not in catalog.package.required(token_of(catalog, "lambda/function"))
