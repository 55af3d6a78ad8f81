"""The keys tier: one key per class of data, so that each can be administered, watched and revoked separately."""

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Output

from components.base import Component
from components.context import AwsContext
from components.keys.expected import expected_key
from components.keys.policies import (
    KeyAccess,
    audit_key_policy,
    logs_key_policy,
    records_key_policy,
    tokens_key_policy,
)
from components.principals import Principals
from components.retention import Retention
from components.shared.statements import Document
from components.tags import CLASSIFICATION


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Inputs of the keys tier.

    Attributes
    ----------
    context
        Account and region.
    principals
        Who administers the keys, and who may delete them.
    trail_arn
        Trail that encrypts with the audit key; None if the stack uses an existing trail.
    rotation_days
        Days between automatic rotations of the symmetric keys, 90 to 2560.
    deletion_days
        Waiting period of a scheduled deletion in days, 7 to 30.
    retention
        Whether the keys are protected: the engine refuses to delete them, and only break-glass principals may. If the lock
        is in compliance mode, nobody may: the keys last as long as the objects that they protect.
    """

    context: AwsContext
    principals: Principals
    trail_arn: str | None
    rotation_days: int
    deletion_days: int
    retention: Retention


class Keys(Component[KeysArgs]):
    """Symmetric keys for records, internal data and evidence, and the HMAC key that account tokens are derived from.

    Attributes
    ----------
    arns
        ARNs by class of data: `records`, `logs`, `audit`, `tokens`.
    """

    arns: dict[str, Output[str]]

    def create(self, name: str, args: KeysArgs) -> None:
        """Create the keys and their aliases."""
        self._args = args
        context, access = args.context, key_access(args.principals, args.retention, args.deletion_days)
        tokens = tokens_key_policy(context, access, context.role_arn("processor"))
        self.arns = {
            "records": self._key(name, "records", "restricted", records_key_policy(context, access)),
            "logs": self._key(name, "logs", "internal", logs_key_policy(context, access)),
            "audit": self._key(name, "audit", "audit", audit_key_policy(context, access, args.trail_arn)),
            "tokens": self._key(name, "tokens", "restricted", tokens, hmac=True),
        }

    def _key(
        self, name: str, purpose: str, classification: str, policy: Document, *, hmac: bool = False
    ) -> Output[str]:
        # KMS cannot rotate an HMAC key: new token material is a new key.
        rotation_days = None if hmac else self._args.rotation_days
        key = aws.kms.Key(
            f"{name}-{purpose}",
            description=f"Strongroom: {purpose}",
            key_usage="GENERATE_VERIFY_MAC" if hmac else "ENCRYPT_DECRYPT",
            customer_master_key_spec="HMAC_256" if hmac else "SYMMETRIC_DEFAULT",
            enable_key_rotation=None if hmac else True,
            rotation_period_in_days=rotation_days,
            deletion_window_in_days=self._args.deletion_days,
            policy=json.dumps(policy),
            tags={CLASSIFICATION: classification},
            opts=self.protected_child(self._args.retention.protection),
        )
        aws.kms.Alias(
            f"{name}-{purpose}",
            name=f"alias/{self._args.context.name(purpose)}",
            target_key_id=key.key_id,
            opts=self.protected_child(self._args.retention.protection),
        )
        self.expect(expected_key(arn=key.arn, rotation_days=rotation_days, policy=key.policy))
        return key.arn


def key_access(principals: Principals, retention: Retention, deletion_days: int) -> KeyAccess:
    """Return who may administer, delete and use the keys of a stack."""
    return KeyAccess(
        administrators=principals.guardrail_admins,
        deletion_principals=_deletion_principals(principals, retention),
        deletion_days=deletion_days,
        never_read=principals.deploy,
    )


def _deletion_principals(principals: Principals, retention: Retention) -> tuple[str, ...] | None:
    if not retention.protection:
        return None
    return () if retention.lock.mode == "COMPLIANCE" else principals.break_glass
