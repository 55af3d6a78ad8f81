"""Whatever is taken away from the deployed stack is a finding of a rule that is about it, or has a reason to be none."""

from fnmatch import fnmatchcase

from policy.pulumi_json import stack_from_state
from tests.policy.rules.weakening import is_noticed, weakenings

_ATTESTED = "the pack cannot know who may do what in a stack; the attestor compares the whole document"
_EITHER = "the other condition on the source or the account is enough"
_KEPT = "it would be kept for longer, or at a higher price"
_SELECTOR = "the rules are about management events and objects; the attestor compares all selectors"
_NARROWER = "the pack cannot know what a role needs; tests hold each role's permissions, and the attestor compares them"
_REFUSED = "AWS refuses the resource without it"
_DEFAULT = "AWS's default is as safe"
_ELSEWHERE = "it may be in another stack"
_SETTING = "it is a setting of the code, and no secret"

NOT_FINDINGS = {
    "Bucket * bucket": _DEFAULT,
    "Bucket * forceDestroy": _DEFAULT,
    "Bucket * objectLockEnabled": "an object lock configuration enables it",
    "BucketLifecycleConfiguration data-audit *": _KEPT,  # also as a whole
    "BucketLifecycleConfiguration data-output *": _KEPT,
    "BucketLifecycleConfiguration * rules.0*": "uploads that were never finished hold no whole object",
    "BucketLifecycleConfiguration * rules.?.filter": "a rule without a filter is about all objects",
    "BucketLifecycleConfiguration * rules.?.id": "AWS generates one",
    "BucketLifecycleConfiguration data-* rules.3*": "a delete marker without versions holds no data",
    "BucketLogging * targetBucket": _REFUSED,
    "BucketPolicy * policy.*Delivers without s3:x-amz-acl": "buckets have no ACLs",
    "BucketPolicy * policy.AccessLogs without aws:Source*": _EITHER,
    "BucketPolicy * policy.Deny[!PS]*": _ATTESTED,
    "BucketServerSideEncryptionConfiguration data-access-logs*": "the bucket has no customer key: it has a waiver",
    "DefaultSecurityGroup * *gress": "without rules, the engine removes all",
    "EventSourceMapping * functionName": _REFUSED,
    "FlowLog * trafficType": _REFUSED,
    "Function * environment": _SETTING,
    "Function * environment.variables*": _SETTING,
    "Function * loggingConfig*": "the function then logs to the group of its own name, which the stack has",
    "Function * timeout": "the default is shorter",
    "Function * vpcConfig.subnetIds.?": "the function is still in the VPC",
    "Function processor as a whole": "what invokes it cannot exist without it",
    "Key * as a whole": "what is encrypted under it cannot exist without it",
    "Key * customerMasterKeySpec": _DEFAULT,
    "Key * keyUsage": _DEFAULT,
    "Key * policy": "the default policy leaves access to IAM in the account",
    "Key * policy.Deny*": _ATTESTED,
    "Key * policy.GrantsForServices without kms:GrantIsForAWSResource": _ATTESTED,
    "Key * policy.* without aws:Source*": _EITHER,
    "Key * policy.TrailEncrypts without kms:EncryptionContext:*": _EITHER,
    "Key * rotationPeriodInDays": "the default is a year",
    "LogMetricFilter * metricTransformation.value": _REFUSED,
    "MetricAlarm * as a whole": "nothing but people depends on it, and a stack chooses what it monitors",
    "MetricAlarm monitoring-attestor-silent dimensions": "code may publish a metric without dimensions",
    "MetricAlarm * dimensions.FunctionName": "Lambda also publishes its metrics for all functions together",
    "MetricAlarm * dimensions.LogGroupName": "CloudWatch Logs also publishes its metrics for all groups together",
    "MetricAlarm * metricQueries*": _REFUSED,
    "Queue * messageRetentionSeconds": _DEFAULT,
    "Queue processing-work-dead-letters as a whole": "a redrive policy cannot name a queue that does not exist",
    "Queue processing-work as a whole": "what sends to it and reads from it cannot exist without it",
    "QueuePolicy * policy.DenyOtherConsumers": _ATTESTED,
    "QueuePolicy * policy.InputNotifications without aws:Source*": _EITHER,
    "ResourcePolicy * policy": _REFUSED,
    "ResourcePolicy * policy.Deny*": _ATTESTED,
    "Role * assumeRolePolicy": _REFUSED,
    "Role * assumeRolePolicy.AssumeRole without aws:Source*": _EITHER,
    "RolePolicy * policy": _REFUSED,
    "RolePolicy * policy.*": _NARROWER,
    "Subnet * mapPublicIpOnLaunch": _DEFAULT,
    "TopicPolicy * policy.Publish without aws:Source*": _EITHER,
    "TopicPolicy * policy.DenyOtherPublishers": _ATTESTED,
    "Trail * as a whole": _ELSEWHERE,
    "Trail * advancedEventSelectors.*": _SELECTOR,
    "Trail * includeGlobalServiceEvents": _DEFAULT,
    "VpcEndpoint * vpcEndpointType": _DEFAULT,
    "VpcEndpointPolicy * policy.* without aws:*Account": _EITHER,
}  # fmt: skip
"""Why taking something away is no finding, by a pattern of what is taken away."""


def test_whatever_is_taken_away_from_the_deployed_stack_is_a_finding_or_has_a_reason_to_be_none(
    deployed_state: str,
) -> None:
    deployed = stack_from_state(deployed_state)
    unnoticed = [weakening.label for weakening in weakenings(deployed) if not is_noticed(deployed, weakening)]
    reasons = {label: [pattern for pattern in NOT_FINDINGS if fnmatchcase(label, pattern)] for label in unnoticed}
    assert sorted(label for label, patterns in reasons.items() if not patterns) == []
    used = {pattern for patterns in reasons.values() for pattern in patterns}
    assert set(NOT_FINDINGS) - used == set(), "a reason that nothing needs"
