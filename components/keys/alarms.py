"""Alarms of the keys: what makes records unreadable, and who changes the use of a key."""

from collections.abc import Sequence

from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import all_of, any_of, equals, not_called_by, pattern
from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.responses import CHECK_CONTROLS, DENY_PRINCIPAL, REDRIVE, STOP_PROCESSOR
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


def _policy_changed(targets: MonitoringTargets[str]) -> str:
    return pattern(_KMS, equals("$.eventName", "PutKeyPolicy"), _on_our_keys(targets))


def _other_token_use(targets: MonitoringTargets[str]) -> str:
    """Return the pattern of all uses of the tokens key but the processor's; a denied one may name the key in its message only."""
    processor = not_called_by(targets.processing.processor.role_arn)
    denied = any_of(equals("$.errorMessage", f"*{arn.rpartition('/')[2]}*") for arn in targets.key_arns)
    return pattern(
        _KMS,
        any_of([all_of([equals("$.eventName", "GenerateMac"), processor]), equals("$.eventName", "VerifyMac")]),
        any_of([_on_our_keys(targets), denied]),
    )


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
            DENY_PRINCIPAL,
            REDRIVE,
        ),
        false_positives="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    Alarm(
        name="token-key-used-by-others",
        title="Someone other than the processor used the tokens key",
        area=_AREA,
        source=in_trail(_other_token_use),
        period=60,
        threshold=Threshold(value=0, unit="calls in a minute", reason="only the processor derives tokens"),
        severity="page",
        meaning="Someone other than the processor called GenerateMac, or anybody called VerifyMac, or tried to.",
        impact="A call that succeeded returned the key that all account tokens are made with. Its holder can find the account "
        "behind every token, by trying all account numbers.",
        investigation=query_trail(
            'eventSource = "kms.amazonaws.com" and eventName in ["GenerateMac", "VerifyMac"]',
            "resources.0.ARN",
            "errorCode",
        ),
        response=(
            Step("Check whether the call succeeded: errorCode is empty.", by="auditor"),
            Step("Deploy the stack again with a refresh, which restores the key policy.", by="deployer"),
            DENY_PRINCIPAL,
            STOP_PROCESSOR,
            Step("If it succeeded, introduce a new version of the tokens (docs/compliance.md, Keys).", by="deployer"),
        ),
        false_positives="None. Nobody else needs this key.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    Alarm(
        name="key-policy-changed",
        title="A key policy was changed",
        area=_AREA,
        source=in_trail(_policy_changed),
        period=60,
        threshold=Threshold(
            value=0,
            unit="attempts in a minute",
            reason="key policies seldom change, and they hold the deny on deletion",
        ),
        severity="page",
        meaning="Someone changed the policy of a key, or tried to. A deployment counts too: KMS cannot limit what a new policy says.",
        impact="Without its denies, a key can be deleted, and with it everything that it protects.",
        investigation=query_trail(
            'eventSource = "kms.amazonaws.com" and eventName = "PutKeyPolicy"', "resources.0.ARN", "errorCode"
        ),
        response=(
            Step("Compare the key's policy with the reviewed change that caused it.", by="auditor"),
            Step(
                "If there is none, deploy the stack again with a refresh, which restores the policy, and run aws kms "
                "cancel-key-deletion if a deletion was scheduled.",
                by="deployer",
            ),
            CHECK_CONTROLS,
        ),
        false_positives="A deployment whose reviewed change affects a key policy.",
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
