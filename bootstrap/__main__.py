"""Bootstrap: what a stack needs in an empty AWS account. The stack to prepare has the name of this program's stack."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the folder that contains components/

import pulumi
import pulumi_aws as aws

from bootstrap.deployment import boundary, deploy_permissions, preview_permissions, state_key_policy
from bootstrap.grants import grants
from bootstrap.groups import GROUPS, github_trust, people_trust
from bootstrap.names import BOUNDARY, DEPLOY_ROLE, GITHUB, PREVIEW_ROLE, SECRETS_ALIAS, Copies, stack_context
from components.context import current_context
from components.data.bucket import Bucket, BucketArgs
from components.data.lifecycle import Lifespan
from components.data.policies import Access
from components.retention import ObjectLock
from components.shared.documents import document_json
from components.shared.statements import Document, policy
from components.tags import classified, tagging

_STATE_LOCK_YEARS = 1
"""Years in which no version of a state can be deleted."""
_HOUR = 3600

config, stack = pulumi.Config(), pulumi.get_stack()
repository = config.require("repository")
tags = {
    "environment": stack,
    "owner": config.require("owner"),
    "cost-centre": config.require("cost_centre"),
    "project": pulumi.get_project(),
    "stack": stack,
    "managed-by": "pulumi",
    "repository": repository,
    "data-classification": "internal",
}
pulumi.runtime.register_stack_transformation(tagging(tags))
context = stack_context(current_context(prefix=pulumi.get_project()), stack)
region, role_arn = config.get("replica_region"), config.get("replica_role_arn") or ""
copies = Copies(region=region, role_arn=role_arn) if region else None
kept = pulumi.ResourceOptions(protect=True, retain_on_delete=True)


def members(setting: str) -> list[str]:
    """Return who may assume a role."""
    return list(config.require_object(setting))


key = aws.kms.Key(
    "state",
    description="Strongroom: state and secrets of the engine",
    enable_key_rotation=True,
    policy=json.dumps(state_key_policy(context)),
    opts=kept,
)
aws.kms.Alias("state", name=SECRETS_ALIAS, target_key_id=key.key_id)
state_args = BucketArgs(
    key_arn=key.arn,
    lifespan=Lifespan(days=None, noncurrent_days=_STATE_LOCK_YEARS * 366),
    lock=ObjectLock(mode="GOVERNANCE", years=_STATE_LOCK_YEARS),
    access=Access(),
    log_bucket=None,
    endpoint_id=None,
    protection=True,
)
state = Bucket("state", state_args, classified("internal"))
aws.iam.OpenIdConnectProvider("github", url=f"https://{GITHUB}", client_id_lists=["sts.amazonaws.com"])
bounded = aws.iam.Policy("boundary", name=BOUNDARY, policy=json.dumps(boundary(context, copies)))


def role(name: str, trust: Document, hours: int = 1) -> aws.iam.Role:
    """Create a role."""
    return aws.iam.Role(name, name=name, assume_role_policy=json.dumps(trust), max_session_duration=hours * _HOUR)


deploy = role(
    DEPLOY_ROLE, policy([github_trust(context, repository, stack)], people_trust(context, members("deployers")))
)
for area in sorted({"state", *(grant.area for grant in grants(context, copies))}):
    document = document_json(
        lambda state_arn, key_arn, area: deploy_permissions(context, state_arn, key_arn, copies)[area],
        state_arn=state.arn,
        key_arn=key.arn,
        area=area,
    )
    attached = aws.iam.Policy(f"{DEPLOY_ROLE}-{area}", name=f"{DEPLOY_ROLE}-{area}", policy=document)
    aws.iam.RolePolicyAttachment(f"{DEPLOY_ROLE}-{area}", role=deploy.name, policy_arn=attached.arn)

preview = role(PREVIEW_ROLE, policy([github_trust(context, repository, "preview")]))
preview_document = document_json(
    lambda state_arn, key_arn: preview_permissions(context, state_arn, key_arn, copies),
    state_arn=state.arn,
    key_arn=key.arn,
)
aws.iam.RolePolicy(PREVIEW_ROLE, role=preview.id, policy=preview_document)

for group in GROUPS:
    trust = people_trust(context, members(group.setting), mfa=group.mfa)
    if trust:
        group_role = role(group.name, policy(trust))
        aws.iam.RolePolicy(group.name, role=group_role.id, policy=json.dumps(group.permissions(context)))

pulumi.export("backend_url", pulumi.Output.concat("s3://", state.bucket_name, "?region=", context.region))
pulumi.export("secrets_provider", f"awskms://{SECRETS_ALIAS}?region={context.region}")
pulumi.export("deploy_role", deploy.arn)
pulumi.export("preview_role", preview.arn)
