"""Alarms of the keys: what takes the records away from everybody, and who changes who may use them."""

from components.shared.alarms.conditions import NOT_BY_A_SERVICE, equals, outside_deployment, pattern
from components.shared.alarms.record import Alarm, Threshold
from components.shared.alarms.sources import TRAIL, ask_trail, in_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "keys"
_ENDING = ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial")


def _ours(targets: MonitoringTargets[str]) -> str:
    """Return the condition that a call was about one of our keys: a request may name a key by id, ARN or alias."""
    return equals("$.resources[0].ARN", *(f"*{arn.rpartition('/')[2]}" for arn in targets.key_arns))


def _ended(targets: MonitoringTargets[str]) -> str:
    return pattern(equals("$.eventSource", "kms.amazonaws.com"), equals("$.eventName", *_ENDING), _ours(targets))


def _changed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventSource", "kms.amazonaws.com"),
        equals("$.eventName", "PutKeyPolicy", "CreateGrant", "DisableKeyRotation", "*Alias", "RevokeGrant"),
        _ours(targets),
        NOT_BY_A_SERVICE,  # DynamoDB and Lambda take grants in the name of who calls them
        outside_deployment(*targets.principals.deploy),
    )


ALARMS = (
    Alarm(
        name="key-ended",
        title="A key is disabled or about to be deleted",
        area=_AREA,
        source=in_trail(_ended),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="without its key nothing under it can ever be read again"
        ),
        severity="page",
        meaning="Somebody disabled a key or scheduled its deletion, or tried to, whoever it was: files stop, and after the "
        "waiting time the records are lost for good.",
        investigation=ask_trail(
            'eventSource = "kms.amazonaws.com" and eventName in ["ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial"]',
            "resources.0.ARN",
            "errorCode",
        ),
        response="aws kms cancel-key-deletion, then aws kms enable-key; dead letters are put back afterwards. Then find out who, "
        "and take the right away.",
        false_positives="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
    ),
    Alarm(
        name="key-changed-by-others",
        title="A key was changed by hand",
        area=_AREA,
        source=in_trail(_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change keys"),
        severity="page",
        meaning="Somebody else changed a key's policy, alias or rotation, or gave or took a grant, or tried to: a grant lets "
        "its holder decrypt without any policy.",
        investigation=ask_trail(
            'eventSource = "kms.amazonaws.com" and eventName in ["PutKeyPolicy", "CreateGrant", "RevokeGrant", '
            '"DisableKeyRotation", "UpdateAlias", "DeleteAlias", "CreateAlias"]',
            "resources.0.ARN",
            "errorCode",
        ),
        response="Revoke what was granted (aws kms list-grants, aws kms revoke-grant). Deploy again to restore policy and rotation.",
        false_positives="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        outside_deployment=True,
    ),
)
