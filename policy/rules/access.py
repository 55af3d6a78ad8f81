"""Access rules: no more rights than a task needs, nothing public, no service that acts for just anybody."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.actions import needs_every_resource
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
from policy.rules.types import (
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
    SECRET,
    TOPIC,
    TOPIC_POLICY,
)

_LEAST = ("PCI-DSS-4.0:7.2.1", "PCI-DSS-4.0:7.2.2", "NIST-800-53r5:AC-6")
_CLOSED = ("PCI-DSS-4.0:1.4.4", "PCI-DSS-4.0:7.2.1", "NIST-800-53r5:AC-3")

ROLE = "aws:iam/role:Role"
POLICIES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/userPolicy:UserPolicy",
)


def _granted(resource: Resource) -> list[Statement]:
    """Return the statements that an identity gets from a resource."""
    if resource.type != ROLE:
        return statements(resource)
    return [one for block in resource.blocks("inlinePolicies") for one in statements(block)]


@rule(
    name="policy-has-no-wildcard-action",
    on=(*POLICIES, ROLE),
    severity=Severity.CRITICAL,
    controls=(*_LEAST, "CIS-AWS-3.0:1.16"),
    remedy="Name the actions that the task needs; patterns such as s3:GetObject* may stand for a few.",
)
def policy_has_no_wildcard_action(resource: Resource) -> Iterator[Outcome]:
    """Grant no identity everything, nor everything of a service."""
    yield from for_each(_granted(resource), _wildcard_action)


def _wildcard_action(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    if statement.not_actions:
        yield Finding(f"grants all actions but some (NotAction): {statement.label}")
    for action in statement.actions:
        service, separator, name = action.partition(":")
        if covers_everything(action) or "*" in service or "?" in service:
            yield Finding(f"grants every action ({action}): {statement.label}")
        elif separator and covers_everything(name):
            yield Finding(f"grants every action of {service} ({action}): {statement.label}")


@rule(
    name="policy-has-no-wildcard-resource",
    on=(*POLICIES, ROLE),
    severity=Severity.HIGH,
    controls=_LEAST,
    remedy="Name the resources by ARN, or narrow the statement by a tag of theirs (aws:ResourceTag).",
)
def policy_has_no_wildcard_resource(resource: Resource) -> Iterator[Outcome]:
    """Grant no identity an action on every resource, unless AWS knows no narrower one for the action."""
    yield from for_each(_granted(resource), _wildcard_resource)


def _wildcard_resource(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    if statement.not_resources:
        yield Finding(f"grants actions on all resources but some (NotResource): {statement.label}")
        return
    if not any(_is_any_resource(one) for one in statement.resources) or _is_narrowed(statement):
        return
    broad = [one for one in statement.actions if not needs_every_resource(one)]
    if broad:
        yield Finding(f"grants {', '.join(broad)} on every resource: {statement.label}")


def _is_any_resource(pattern: str) -> bool:
    """Tell whether a pattern leaves no resource out: `*`, or an ARN of nothing but wildcards behind the service."""
    if covers_everything(pattern):
        return True
    parts = pattern.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and not parts[5].strip("*/") and not parts[4].strip("*0123456789")


def _is_narrowed(statement: Statement) -> bool:
    """Tell whether conditions say which resources are meant."""
    return any(
        "resourcetag/" in one.key and one.operator in ("stringequals", "stringlike") and not one.if_exists
        for one in statement.conditions
    )


ATTACHMENTS: Mapping[str, str] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    ROLE: "managedPolicyArns",
}
_BROAD = re.compile(
    r":aws:policy/(job-function/)?(AdministratorAccess.*|PowerUserAccess|SystemAdministrator|.*FullAccess(V\d+|_v\d+)?)$"
)


@rule(
    name="nobody-has-broad-managed-policy",
    on=tuple(ATTACHMENTS),
    severity=Severity.CRITICAL,
    controls=(*_LEAST, "CIS-AWS-3.0:1.16"),
    remedy="Attach a policy of your own that names the actions and resources that the task needs.",
)
def nobody_has_broad_managed_policy(resource: Resource) -> Iterator[Outcome]:
    """Attach no managed policy of AWS that grants everything, or everything of a service."""
    for arn in resource.texts(ATTACHMENTS[resource.type]):
        if _BROAD.search(arn):
            yield Finding(f"attaches {arn.rpartition('/')[2]}")


@rule(
    name="user-has-no-inline-policy",
    on="aws:iam/userPolicy:UserPolicy",
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:7.2.2", "NIST-800-53r5:AC-2", "CIS-AWS-3.0:1.15"),
    remedy="Give the rights to a role that the user takes, or to a group.",
)
def user_has_no_inline_policy(policy: Resource) -> Iterator[Outcome]:
    """Give rights to roles and groups: a user's own policies are seen in no review."""
    yield Finding(f"gives rights to a user alone ({policy.text('user') if policy.knows('user') else 'user'})")


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


_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_PUBLIC_GROUPS = ("/AllUsers", "/AuthenticatedUsers")


@rule(
    name="bucket-is-not-public",
    on=(*BUCKET, DIRECTORY_BUCKET, BUCKET_POLICY, *BUCKET_ACL),
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


HOLDERS: Mapping[str, str] = {
    QUEUE: "policy",
    QUEUE_POLICY: "policy",
    TOPIC: "policy",
    TOPIC_POLICY: "policy",
    SECRET: "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
}
"""Types with a policy of a resource, and where it stands; keys and buckets have rules of their own."""


@rule(
    name="resource-policy-is-closed",
    on=tuple(HOLDERS),
    severity=Severity.CRITICAL,
    controls=_CLOSED,
    remedy="Name the principals, or narrow the statement by aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID.",
)
def resource_policy_is_closed(resource: Resource) -> Iterator[Outcome]:
    """Let nobody use a queue, a topic, a secret or the like who is not named."""
    yield from _open_policy(resource, HOLDERS[resource.type])


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
        "codebuild",
        "config",
        "delivery.logs",
        "ecs-tasks",
        "logs",
        "monitoring.rds",
        "pipes",
        "scheduler",
        "states",
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
        name = re.sub(r"\.amazonaws\.com(\.cn)?$", "", service)
        name = re.sub(r"^(logs)\.[a-z]+(-[a-z]+)+-\d$", r"\1", name)
        expected = name in TRUSTS_WITH_SOURCE if trust else name not in EXCEPTIONS
        if expected:
            yield Finding(f"lets {service} in on behalf of anybody: {statement.label}")


_SECRET_NAME = re.compile(
    r"(?<![A-Z])(PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?TOKEN|TOKEN)(?![A-Z])"
)
_NO_SECRET_NAME = re.compile(
    r"_(ARN|ID|NAME|PATH|URL|URI|ALIAS|PARAMETER|PARAM|VERSION|TTL|SECONDS|LENGTH|HEADER|TABLE|BUCKET|ENDPOINT|TYPE)$"
)
_SECRET_VALUE = re.compile(
    r"(?:\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}|\bsk_live_[A-Za-z0-9]{16}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ|://[^/\s:@]+:[^/\s:@]+@)"
)
_FLAGS = frozenset({"", "true", "false", "none", "null"})


@rule(
    name="configuration-holds-no-secret",
    on=(
        "aws:lambda/function:Function",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:codebuild/project:Project",
        "aws:ssm/parameter:Parameter",
    ),
    severity=Severity.CRITICAL,
    controls=("PCI-DSS-4.0:8.6.2", "NIST-800-53r5:IA-5(7)"),
    remedy="Keep the secret in Secrets Manager or a SecureString, and give its ARN.",
)
def configuration_holds_no_secret(resource: Resource) -> Iterator[Outcome]:
    """Keep secrets out of environments and plain parameters: whoever may describe the resource reads them.

    A secret is told by the look of the value, or by the variable's name where the value is none of: an ARN, a number,
    a flag, a path.
    """
    for block, key, name in _variables(resource):
        yield from as_far_as_known(_secret(block, key, name))


def _variables(resource: Resource) -> Iterator[tuple[Block, str, str]]:
    """Yield each plain variable: the group that holds it, its key there, and what it is called."""
    match resource.type.split(":")[1]:
        case "lambda/function":
            variables = resource.block("environment").block("variables")
            yield from ((variables, name, name) for name in variables.items())
        case "ssm/parameter":
            if resource.text("type") != "SecureString":
                name = resource.text("name") if resource.knows("name") else ""
                yield resource, "value", name.rpartition("/")[2]
        case "codebuild/project":
            for one in resource.block("environment").blocks("environmentVariables"):
                if one.text("type") in ("", "PLAINTEXT"):
                    yield one, "value", one.text("name")
        case _:
            containers = Block({"containers": resource.parsed("containerDefinitions").whole}, "containerDefinitions.")
            for container in containers.blocks("containers"):
                for one in container.blocks("environment"):
                    yield one, "value", one.text("name")


def _secret(block: Block, key: str, name: str) -> Iterator[Outcome]:
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_").replace(".", "_")
    called = bool(_SECRET_NAME.search(upper)) and not _NO_SECRET_NAME.search(upper)
    if not called and not block.knows(key):
        return  # a name, an ARN or the like of a resource that is yet to be made
    value = block.text(key)
    if _SECRET_VALUE.search(value):
        yield Finding(f"holds what looks like a secret ({name})")
    elif (
        called and value.lower() not in _FLAGS and not value.isdigit() and not value.startswith(("arn:", "/", "alias/"))
    ):
        yield Finding(f"holds a secret by its name ({name})")
