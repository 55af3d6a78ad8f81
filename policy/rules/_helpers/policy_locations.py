"""The properties that hold IAM policies: identity-based ones, and resource-based ones."""

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

SERVICE_RESOURCE_POLICIES: Mapping[str, str] = {
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
"""Types other than keys, buckets and roles that have a resource-based policy, and the property that holds it."""

RESOURCE_POLICIES: Mapping[str, str] = {
    **SERVICE_RESOURCE_POLICIES,
    **dict.fromkeys((*KEYS, KEY_POLICY, *BUCKET, DIRECTORY_BUCKET, BUCKET_POLICY), "policy"),
}


def granting_statements(resource: Resource) -> list[Statement]:
    """Return the statements of a resource that grant permissions; a role's trust policy is not among them."""
    if resource.type == ROLE:
        return [statement for block in _inline(resource) for statement in statements(block)]
    return statements(resource, RESOURCE_POLICIES.get(resource.type, "policy"))


def _inline(role: Resource) -> list[Block]:
    """Return a role's inline policies, without those that AWS returns although they are resources of their own."""
    blocks = role.blocks("inlinePolicies")
    if not blocks or role.is_set_by_program("inlinePolicies"):
        return blocks
    own = {side.text("name") for side in role.attached(_ROLE_POLICY, by="role")}
    return [block for block in blocks if not (block.knows("name") and block.text("name") in own)]
