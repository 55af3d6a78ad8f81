"""Alarms of the keys: what makes records unreadable, and who changes the use of a key."""

from collections.abc import Sequence

from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import all_of, any_of, equals, pattern
from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.responses import REDRIVE, REMOVE_PERMISSION
from components.shared.alarms.sources import TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "keys"
_KMS = equals("$.eventSource", "kms.amazonaws.com")
_DELETION_EVENTS = ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial")


def _on_our_keys(targets: MonitoringTargets[str]) -> str:
    """Return the condition that a call concerns one of our keys; a request names a key by id, ARN or alias."""
    return equals("$.resources[0].ARN", *(f"*{arn.rpartition('/')[2]}" for arn in targets.key_arns))


def _on_our_aliases(targets: MonitoringTargets[str]) -> str:
    """Return the condition that a call concerns one of our aliases, which it names first, and then the key."""
    return equals("$.requestParameters.aliasName", f"alias/{targets.context.prefix}-*")


def _disabled(targets: MonitoringTargets[str]) -> str:
    return pattern(_KMS, equals("$.eventName", *_DELETION_EVENTS), _on_our_keys(targets))


def _changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    key_changes = equals("$.eventName", "PutKeyPolicy", "CreateGrant", "DisableKeyRotation", "RevokeGrant")
    return [_KMS, any_of([all_of([key_changes, _on_our_keys(targets)]), _on_our_aliases(targets)])]


ALARMS = (
    Alarm(
        name="key-disabled-or-deleted",
        title="A key was disabled or scheduled for deletion",
        area=_AREA,
        source=in_trail(_disabled),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="nothing under a deleted key can ever be read again"
        ),
        severity="page",
        meaning="Someone disabled a key, scheduled its deletion, or tried to.",
        impact="Files under the key fail at once. After the waiting period, their records are lost for good.",
        investigation=query_trail(
            'eventSource = "kms.amazonaws.com" and eventName in ["ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial"]',
            "resources.0.ARN",
            "errorCode",
        ),
        response=(
            Step("Run aws kms cancel-key-deletion, then aws kms enable-key.", by="deployer"),
            Step("Identify the principal.", by="auditor"),
            REMOVE_PERMISSION,
            REDRIVE,
        ),
        false_positives="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    changed_outside_deployment(
        name="key",
        title="A key was changed outside a deployment",
        area=_AREA,
        subject="keys",
        changes=_changed,
        through_cloudformation=False,  # DynamoDB and Lambda create grants on behalf of their users
        meaning="Someone other than a deploy principal changed a key's policy, alias or rotation, created or revoked a grant, or tried to.",
        impact="A grant lets its holder decrypt records without any policy.",
        investigation=query_trail(
            'eventSource = "kms.amazonaws.com" and eventName in ["PutKeyPolicy", "CreateGrant", "RevokeGrant", '
            '"DisableKeyRotation", "UpdateAlias", "DeleteAlias", "CreateAlias"]',
            "resources.0.ARN",
            "errorCode",
        ),
        response=(
            Step(
                "List the grants with aws kms list-grants, and revoke unknown ones with aws kms revoke-grant.",
                by="deployer",
            ),
            Step("Deploy the stack again with a refresh, which restores policy and rotation.", by="deployer"),
            Step("Identify the principal, and list what it decrypted since.", by="auditor"),
        ),
    ),
)
