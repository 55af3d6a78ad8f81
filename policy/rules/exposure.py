"""Exposure rules: nothing is public, and no AWS service acts on behalf of strangers."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.documents import Statement, statements
from policy.iam.patterns import covers_everything
from policy.model import Block, Finding, Outcome, Resource, Severity, check_each, rule, stop_at_unknown
from policy.rules._helpers.policy_locations import SERVICE_RESOURCE_POLICIES
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_ACL,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    DIRECTORY_BUCKET,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    KEY_POLICY,
    KEYS,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    TOPIC,
    TOPIC_POLICY,
)

_CLOSED = ("PCI-DSS-4.0.1:1.4.4", "PCI-DSS-4.0.1:7.2.1", "NIST-800-53r5:AC-3")


@rule(
    name="bucket-blocks-public-access",
    on=BUCKET,
    severity=Severity.CRITICAL,
    controls=(*_CLOSED, "CIS-AWS-3.0:2.1.4"),
    remedy="Create a BucketPublicAccessBlock with all four settings true.",
    whole_stack=True,
)
def bucket_blocks_public_access(bucket: Resource) -> Iterator[Outcome]:
    """A bucket has all four public access blocks, so that no later change of its policy or ACLs can make it public."""
    blocks = bucket.attached(BUCKET_PUBLIC_ACCESS, by="bucket")
    if not blocks:
        yield Finding("does not block public access")
    for block in blocks:
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            yield from stop_at_unknown(_enabled(block, key))


def _enabled(block: Resource, key: str) -> Iterator[Outcome]:
    if not block.is_true(key):
        yield Finding(f"does not block all public access ({key} of {block.name})")


OBJECTS = (
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
)
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_PUBLIC_GROUPS = ("/AllUsers", "/AuthenticatedUsers")


@rule(
    name="bucket-is-not-public",
    on=(*BUCKET, DIRECTORY_BUCKET, BUCKET_POLICY, *BUCKET_ACL, *OBJECTS),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principals, or restrict the statement to an organisation, account or VPC endpoint. Do not use ACLs.",
)
def bucket_is_not_public(resource: Resource) -> Iterator[Outcome]:
    """No policy and no ACL makes a bucket or its objects public."""
    yield from stop_at_unknown(_public_policy(resource))
    yield from stop_at_unknown(_public_acl(resource))
    grants = [*resource.blocks("grants"), *resource.block("accessControlPolicy").blocks("grants")]
    yield from check_each(grants, _public_grant)


def _public_acl(resource: Resource) -> Iterator[Outcome]:
    if resource.text("acl") in _PUBLIC_ACLS:
        yield Finding(f"is public by its ACL ({resource.text('acl')})")


def _public_grant(grant: Block) -> Iterator[Outcome]:
    uri = grant.text("uri") or grant.block("grantee").text("uri")
    if uri.endswith(_PUBLIC_GROUPS):
        yield Finding(f"is accessible to {uri.rpartition('/')[2]} by a grant ({grant.path.rstrip('.')})")


@rule(
    name="bucket-has-no-acls",
    on="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    severity=Severity.MEDIUM,
    controls=_CLOSED,
    remedy="Set object_ownership to BucketOwnerEnforced, and grant access in the bucket policy.",
)
def bucket_has_no_acls(controls: Resource) -> Iterator[Outcome]:
    """ACLs stay disabled, as S3 sets them by default: the bucket owner owns all objects, and policies alone grant access."""
    ownership = controls.block("rule").text("objectOwnership")
    if ownership != "BucketOwnerEnforced":
        yield Finding(f"enables ACLs (rule.objectOwnership is {ownership or 'not set'}), expected BucketOwnerEnforced")


@rule(
    name="resource-policy-is-closed",
    on=(*SERVICE_RESOURCE_POLICIES, ROLE),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principals, or restrict the statement by aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID. "
    "Restrict the tokens of an identity provider by their subject.",
)
def resource_policy_is_closed(resource: Resource) -> Iterator[Outcome]:
    """No resource-based policy is public: of a queue, a topic, a secret and so on, nor the trust policy of a role.

    An identity provider issues tokens to all its users, so a role that trusts one has to restrict the tokens' subject.
    """
    if resource.type == ROLE:
        yield from _public_policy(resource, "assumeRolePolicy")
        yield from check_each(statements(resource, "assumeRolePolicy"), _any_user_of_provider)
    else:
        yield from _public_policy(resource, SERVICE_RESOURCE_POLICIES[resource.type])


def _any_user_of_provider(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    for principal in statement.principals:
        # On GitHub, workflows of any repository get tokens with the same audience. Elsewhere the audience is the owner's.
        has_shared_audience = principal.name.endswith("token.actions.githubusercontent.com")
        restricting_keys = (":sub",) if has_shared_audience else (":sub", ":aud", ":amr")
        if principal.kind == "Federated" and not any(
            condition.key.endswith(restricting_keys)
            and condition.is_restrictive
            and all(_is_specific_subject(value) for value in condition.values)
            for condition in statement.conditions
        ):
            yield Finding(f"trusts every user of {principal.name}: {statement.label}")


def _is_specific_subject(subject: str) -> bool:
    """Tell whether a subject pattern is specific; for a repository, such as `repo:ledger/*`, the owner is enough."""
    if subject.startswith("repo:"):
        return re.match(r"repo:[^*?/:]+/", subject) is not None
    return bool(re.sub(r"[*?:/]", "", subject))


def _public_policy(resource: Resource, key: str = "policy") -> Iterator[Outcome]:
    yield from check_each(statements(resource, key), _public_statement)


def _public_statement(statement: Statement) -> Iterator[Outcome]:
    # Security groups decide who reaches a mount target (EFS User Guide, default file system policy).
    via_mount_target = any(
        condition.key == "elasticfilesystem:accessedviamounttarget" for condition in statement.conditions
    )
    if statement.is_public and not via_mount_target:
        yield Finding(f"allows access to everyone: {statement.label}")


@rule(
    name="function-is-not-public",
    on=(FUNCTION_PERMISSION, FUNCTION_URL, "aws:lambda/layerVersionPermission:LayerVersionPermission"),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principal; for a service also source_arn, and for S3 source_account as well. Set authorization_type of "
    "a function URL to AWS_IAM.",
)
def function_is_not_public(resource: Resource) -> Iterator[Outcome]:
    """Only named principals can invoke a function, and an AWS service only on behalf of a named resource or account."""
    if resource.type == FUNCTION_URL:
        if resource.text("authorizationType") != "AWS_IAM":
            yield Finding("can be invoked by everyone (authorizationType)")
        return
    principal = resource.text("principal")
    organisation = resource.has("principalOrgId") or resource.has("organizationId")
    if covers_everything(principal):
        if not (organisation or resource.has("sourceAccount") or resource.has("sourceArn")):
            yield Finding("allows everyone to invoke the function (principal)")
    elif principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        if not (resource.has("sourceArn") or resource.has("sourceAccount") or organisation):
            yield Finding(f"allows {principal} to invoke the function on behalf of any account (sourceArn)")
        elif principal.startswith("s3.") and not resource.has("sourceAccount"):
            yield Finding(
                "allows s3.amazonaws.com to invoke the function on behalf of any account (sourceAccount): a bucket ARN has no account"
            )


SOURCE_CONDITION_IN_TRUST = frozenset(
    {
        "apigateway",
        "bedrock",
        "cloudtrail",
        "codebuild",
        "config",
        "delivery.logs",
        "ecs-tasks",
        "logs",
        "monitoring.rds",
        "pipes",
        "scheduler",
        "states",
        "transfer",
        "vpc-flow-logs",
    }
)
"""Services whose documentation describes source conditions in the trust policies of their roles.

Other services have none, or check a trust policy without a source: Lambda and EC2 do when a function or an instance is
created.
"""

NO_SOURCE_CONDITION: Mapping[str, str] = {
    "events": "EventBridge supports no source conditions for an encrypted topic or its key",
    "logdelivery.elasticloadbalancing": "load balancers deliver logs to a path that contains the account id",
}
"""Services that call without source conditions, each with the reason."""


@rule(
    name="service-principal-has-source-condition",
    on=(ROLE, BUCKET_POLICY, *BUCKET, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY, *KEYS, KEY_POLICY),
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:AC-3", "NIST-800-53r5:AC-6", "PCI-DSS-4.0.1:7.2.5"),
    remedy="Add a condition on aws:SourceAccount, and on aws:SourceArn where the service sends it. A key policy may use the "
    "encryption context instead.",
)
def service_principal_has_source_condition(resource: Resource) -> Iterator[Outcome]:
    """An AWS service has access only on behalf of named accounts or resources.

    Services act for all their customers. Without a source condition, another account can make the service act on
    the stack's resources: the confused deputy problem.
    """
    key = "assumeRolePolicy" if resource.type == ROLE else "policy"
    yield from check_each(
        statements(resource, key), lambda statement: _without_source(statement, trust=resource.type == ROLE)
    )


def _without_source(statement: Statement, *, trust: bool) -> Iterator[Outcome]:
    if not statement.allows or any(condition.restricts_source for condition in statement.conditions):
        return
    if {action.lower() for action in statement.actions} == {"kms:describekey"}:
        return  # it reveals no data, and CloudTrail calls it without an encryption context
    for service in statement.services:
        name = re.sub(r"(\.[a-z]+(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$", "", service)
        expected = name in SOURCE_CONDITION_IN_TRUST if trust else name not in NO_SOURCE_CONDITION
        if expected:
            yield Finding(f"allows {service} to act on behalf of any account: {statement.label}")
