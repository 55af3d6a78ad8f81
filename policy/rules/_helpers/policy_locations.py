"""Where policies stand: those that say what an identity may do, and those that say who may use a resource."""

from collections.abc import Mapping

from policy.iam.documents import Statement, statements
from policy.model import Block, Resource
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_POLICY,
    DIRECTORY_BUCKET,
    KEY_POLICY,
    KEYS,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    SECRET,
    TOPIC,
    TOPIC_POLICY,
)

_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
IDENTITY_POLICIES = (
    "aws:iam/policy:Policy",
    _ROLE_POLICY,
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/userPolicy:UserPolicy",
)

OTHERS: Mapping[str, str] = {
    QUEUE: "policy",
    QUEUE_POLICY: "policy",
    TOPIC: "policy",
    TOPIC_POLICY: "policy",
    SECRET: "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:glacier/vault:Vault": "accessPolicy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
}
"""Types with a policy of a resource, and where it stands; but for keys, buckets and roles."""

RESOURCE_POLICIES: Mapping[str, str] = {
    **OTHERS,
    **dict.fromkeys((*KEYS, KEY_POLICY, *BUCKET, DIRECTORY_BUCKET, BUCKET_POLICY), "policy"),
}


def granted(resource: Resource) -> list[Statement]:
    """Return the statements by which somebody gets rights from a resource; a role's trust is none of them."""
    if resource.type == ROLE:
        return [one for block in _inline(resource) for one in statements(block)]
    return statements(resource, RESOURCE_POLICIES.get(resource.type, "policy"))


def _inline(role: Resource) -> list[Block]:
    """Return a role's inline policies; what the cloud tells of one that is a resource of its own is judged there."""
    blocks = role.blocks("inlinePolicies")
    if not blocks or role.was_asked("inlinePolicies"):
        return blocks
    own = {side.text("name") for side in role.attached(_ROLE_POLICY, by="role")}
    return [one for one in blocks if not (one.knows("name") and one.text("name") in own)]
