"""Exposure rules: nothing is open to everybody, and no service acts for just anybody."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.documents import Statement, statements
from policy.iam.patterns import covers_everything
from policy.model import (
    Block,
    Finding,
    Outcome,
    Resource,
    Severity,
    as_far_as_known,
    for_each,
    rule,
)
from policy.rules._helpers.policy_locations import OTHERS
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

_CLOSED = ("PCI-DSS-4.0:1.4.4", "PCI-DSS-4.0:7.2.1", "NIST-800-53r5:AC-3")


@rule(
    name="bucket-blocks-public-access",
    on=BUCKET,
    severity=Severity.CRITICAL,
    controls=(*_CLOSED, "CIS-AWS-3.0:2.1.4"),
    remedy="Add a BucketPublicAccessBlock with all four settings true.",
    whole_stack=True,
)
def bucket_blocks_public_access(bucket: Resource) -> Iterator[Outcome]:
    """Block public access to a bucket in all four ways, whatever its policy and its ACLs come to say."""
    blocks = bucket.attached(BUCKET_PUBLIC_ACCESS, by="bucket")
    if not blocks:
        yield Finding("does not block public access")
    for block in blocks:
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            yield from as_far_as_known(_switched_on(block, key))


def _switched_on(block: Resource, key: str) -> Iterator[Outcome]:
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
    remedy="Name the principals, or narrow the statement by an organisation, account or VPC endpoint; leave ACLs off.",
)
def bucket_is_not_public(resource: Resource) -> Iterator[Outcome]:
    """Let nobody into a bucket who is not named, by policy or by ACL."""
    yield from as_far_as_known(_open_policy(resource))
    yield from as_far_as_known(_public_acl(resource))
    grants = [*resource.blocks("grants"), *resource.block("accessControlPolicy").blocks("grants")]
    yield from for_each(grants, _public_grant)


def _public_acl(resource: Resource) -> Iterator[Outcome]:
    if resource.text("acl") in _PUBLIC_ACLS:
        yield Finding(f"is open to everybody by its ACL ({resource.text('acl')})")


def _public_grant(grant: Block) -> Iterator[Outcome]:
    uri = grant.text("uri") or grant.block("grantee").text("uri")
    if uri.endswith(_PUBLIC_GROUPS):
        yield Finding(f"is open to {uri.rpartition('/')[2]} by a grant ({grant.path.rstrip('.')})")


@rule(
    name="bucket-has-no-acls",
    on="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    severity=Severity.MEDIUM,
    controls=_CLOSED,
    remedy="Set object_ownership to BucketOwnerEnforced, and say in the bucket's policy who may do what.",
)
def bucket_has_no_acls(controls: Resource) -> Iterator[Outcome]:
    """Leave ACLs off, as S3 does by itself: the bucket owns its objects, and its policy alone says who may do what."""
    ownership = controls.block("rule").text("objectOwnership")
    if ownership != "BucketOwnerEnforced":
        yield Finding(f"switches ACLs on (rule.objectOwnership {ownership or 'not given'})")


@rule(
    name="resource-policy-is-closed",
    on=(*OTHERS, ROLE),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principals, or narrow the statement by aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID; an "
    "identity provider's tokens by their subject.",
)
def resource_policy_is_closed(resource: Resource) -> Iterator[Outcome]:
    """Let nobody use a queue, a topic, a secret or the like, nor take a role, who is not named.

    An identity provider vouches for everybody who has an account there: a role that trusts it says whom it means.
    """
    if resource.type == ROLE:
        yield from _open_policy(resource, "assumeRolePolicy")
        yield from for_each(statements(resource, "assumeRolePolicy"), _open_to_provider)
    else:
        yield from _open_policy(resource, OTHERS[resource.type])


def _open_to_provider(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    for principal in statement.principals:
        # Anybody's workflow gets a token of the same audience there; elsewhere the audience is the owner's.
        shared = principal.name.endswith("token.actions.githubusercontent.com")
        meant = (":sub",) if shared else (":sub", ":aud", ":amr")
        if principal.kind == "Federated" and not any(
            one.key.endswith(meant) and one.limits and all(_is_meant(value) for value in one.values)
            for one in statement.conditions
        ):
            yield Finding(f"lets everybody in for whom {principal.name} vouches: {statement.label}")


def _is_meant(subject: str) -> bool:
    """Tell whether a pattern of subjects names somebody; of repositories, such as `repo:ledger/*`, at least the owner."""
    if subject.startswith("repo:"):
        return re.match(r"repo:[^*?/:]+/", subject) is not None
    return bool(re.sub(r"[*?:/]", "", subject))


def _open_policy(resource: Resource, key: str = "policy") -> Iterator[Outcome]:
    yield from for_each(statements(resource, key), _open)


def _open(statement: Statement) -> Iterator[Outcome]:
    # A mount target is in a network: who gets there is the group's matter (EFS User Guide, its default policy).
    mounted = any(one.key == "elasticfilesystem:accessedviamounttarget" for one in statement.conditions)
    if statement.is_open and not mounted:
        yield Finding(f"lets everybody in: {statement.label}")


@rule(
    name="function-is-not-public",
    on=(FUNCTION_PERMISSION, FUNCTION_URL, "aws:lambda/layerVersionPermission:LayerVersionPermission"),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principal; a service with its source_arn, and S3 with source_account as well; a URL with "
    "authorization_type AWS_IAM.",
)
def function_is_not_public(resource: Resource) -> Iterator[Outcome]:
    """Let a function be called by nobody who is not named, and by a service for named sources only."""
    if resource.type == FUNCTION_URL:
        if resource.text("authorizationType") != "AWS_IAM":
            yield Finding("can be called by everybody (authorizationType)")
        return
    principal = resource.text("principal")
    organisation = resource.has("principalOrgId") or resource.has("organizationId")
    if covers_everything(principal):
        if not (organisation or resource.has("sourceAccount") or resource.has("sourceArn")):
            yield Finding("lets everybody in (principal)")
    elif principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        if not (resource.has("sourceArn") or resource.has("sourceAccount") or organisation):
            yield Finding(f"lets {principal} in on behalf of anybody (sourceArn)")
        elif principal.startswith("s3.") and not resource.has("sourceAccount"):
            yield Finding("lets s3.amazonaws.com in for a bucket of any account (sourceAccount): its ARN names none")


TRUSTS_WITH_SOURCE = frozenset(
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
"""Services whose documentation has source conditions for the roles that they take.

Others have none, or check a role's trust without them: Lambda and EC2 do when a function or an instance is made.
"""

EXCEPTIONS: Mapping[str, str] = {
    "events": "EventBridge supports no source conditions for an encrypted topic or its key",
    "logdelivery.elasticloadbalancing": "load balancers deliver their logs under a path that names the account",
}
"""Services that come without a source condition, each with its reason."""


@rule(
    name="service-acts-for-named-source",
    on=(ROLE, BUCKET_POLICY, *BUCKET, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY, *KEYS, KEY_POLICY),
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:AC-3", "NIST-800-53r5:AC-6", "PCI-DSS-4.0:7.2.5"),
    remedy="Add a condition on aws:SourceAccount, and on aws:SourceArn where the service sends it; a key may name the "
    "encryption context instead.",
)
def service_acts_for_named_source(resource: Resource) -> Iterator[Outcome]:
    """Let an AWS service in only on behalf of named accounts or resources.

    A service acts for whoever asks it: without a source condition another account can have it act on ours, the
    confused deputy.
    """
    key = "assumeRolePolicy" if resource.type == ROLE else "policy"
    yield from for_each(statements(resource, key), lambda one: _deputy(one, trust=resource.type == ROLE))


def _deputy(statement: Statement, *, trust: bool) -> Iterator[Outcome]:
    if not statement.allows or any(one.names_source for one in statement.conditions):
        return
    if {action.lower() for action in statement.actions} == {"kms:describekey"}:
        return  # it tells nothing of data, and a trail asks it without a context
    for service in statement.services:
        name = re.sub(r"(\.[a-z]+(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$", "", service)
        expected = name in TRUSTS_WITH_SOURCE if trust else name not in EXCEPTIONS
        if expected:
            yield Finding(f"lets {service} in on behalf of anybody: {statement.label}")
