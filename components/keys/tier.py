"""The keys: one per class of data, so that each can be administered, watched and revoked apart."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from components.context import AwsContext
from components.keys.expected import ExpectedKey
from components.keys.policies import (
    Custody,
    audit_key_policy,
    logs_key_policy,
    records_key_policy,
    tokens_key_policy,
)
from components.principals import Principals
from components.retention import kept
from components.shared.expected import ExpectedResource
from components.shared.statements import Document
from components.tags import CLASSIFICATION


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """What the keys need to know.

    Attributes
    ----------
    context
        Where they live; it stands in their policies.
    principals
        Who administers them, and who may end them.
    trail_arn
        The trail that writes under the audit key; none where it has a key of its own.
    rotation_days
        Days between automatic rotations of the symmetric keys, 90 to 2560.
    deletion_days
        Days that a deletion waits, 7 to 30.
    protection
        Whether the engine refuses to delete them, and their policies allow it to break-glass principals alone.
    """

    context: AwsContext
    principals: Principals
    trail_arn: str | None
    rotation_days: int
    deletion_days: int
    protection: bool


class Keys(pulumi.ComponentResource):
    """Symmetric keys for records, internal data and evidence, and the HMAC key of account tokens.

    Attributes
    ----------
    arns
        ARN by class: `records`, `logs`, `audit`, `tokens`.
    expected_state
        What is meant of them.
    """

    arns: dict[str, Output[str]]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:keys:Keys", name, {}, opts)
        context, principals = args.context, args.principals
        self._name = name
        self._args = args
        self.expected_state = []
        custody = Custody(
            administrators=principals.guardrail_admins,
            deletion_principals=principals.break_glass if args.protection else None,
            never_read=principals.deploy,
        )
        self.arns = {
            "records": self._key("records", "restricted", records_key_policy(context, custody)),
            "logs": self._key("logs", "internal", logs_key_policy(context, custody)),
            "audit": self._key("audit", "audit", audit_key_policy(context, custody, args.trail_arn)),
            # An HMAC key knows no automatic rotation: a new version of the tokens is a new key.
            "tokens": self._key("tokens", "restricted", tokens_key_policy(context, custody), hmac=True),
        }
        self.register_outputs({"arns": self.arns})

    def _key(self, purpose: str, classification: str, document: Document, *, hmac: bool = False) -> Output[str]:
        key = aws.kms.Key(
            f"{self._name}-{purpose}",
            description=f"Strongroom: {purpose}",
            key_usage="GENERATE_VERIFY_MAC" if hmac else "ENCRYPT_DECRYPT",
            customer_master_key_spec="HMAC_256" if hmac else "SYMMETRIC_DEFAULT",
            enable_key_rotation=None if hmac else True,
            rotation_period_in_days=None if hmac else self._args.rotation_days,
            deletion_window_in_days=self._args.deletion_days,
            policy=json.dumps(document),
            tags={CLASSIFICATION: classification},
            opts=kept(self, self._args.protection),
        )
        aws.kms.Alias(
            f"{self._name}-{purpose}",
            name=f"alias/{self._args.context.name(purpose)}",
            target_key_id=key.key_id,
            opts=ResourceOptions(parent=self),
        )
        rotation = None if hmac else self._args.rotation_days
        self.expected_state.append(ExpectedKey(arn=key.arn, rotation_days=rotation, policy=key.policy))
        return key.arn
