"""The key tier under Pulumi's mocks."""

import json
from typing import Any

import pytest

from components.keys.tier import Keys, KeysArgs
from components.principals import Principals
from components.retention import ObjectLock, Retention
from tests.components.sample import CONTEXT
from tests.support.mocks import Recorder, deployed

BREAK_GLASS = "arn:aws:iam::123456789012:role/break-glass"


def test_symmetric_keys_rotate_and_the_hmac_key_cannot(tiers: Recorder) -> None:
    keys = {key.name: key.inputs for key in tiers.of_type("aws:kms/key:Key")}
    assert set(keys) == {"keys-records", "keys-logs", "keys-audit", "keys-tokens"}
    for name, key in keys.items():
        rotation = (key.get("enableKeyRotation"), key.get("rotationPeriodInDays"))
        assert rotation == ((None, None) if name == "keys-tokens" else (True, 365))


def test_every_key_has_an_alias_with_the_prefix_of_the_stack(tiers: Recorder) -> None:
    aliases = {alias.inputs["name"] for alias in tiers.of_type("aws:kms/alias:Alias")}
    assert aliases == {f"alias/strongroom-test-{name}" for name in ("records", "logs", "audit", "tokens")}


def deletion_denies(mode: str, *, protection: bool) -> list[Any]:
    """Return, for each key, the condition of the deny on deletion; `absent` for no deny."""
    lock = ObjectLock(mode=mode, years=10)
    args = KeysArgs(
        context=CONTEXT,
        principals=Principals(break_glass=(BREAK_GLASS,)),
        trail_arn=None,
        rotation_days=365,
        deletion_days=30,
        retention=Retention(raw_days=90, log_days=3653, lock=lock, protection=protection),
    )
    recorder = deployed(lambda: Keys("keys", args).arns["records"], Recorder())
    policies = [json.loads(key.inputs["policy"])["Statement"] for key in recorder.of_type("aws:kms/key:Key")]
    assert len(policies) == 4
    return [
        next((each.get("Condition") for each in statements if each["Sid"] == "DenyDeletion"), "absent")
        for statements in policies
    ]


@pytest.mark.parametrize(
    ("mode", "protection", "condition"),
    [
        ("COMPLIANCE", True, None),
        ("GOVERNANCE", True, {"ArnNotLike": {"aws:PrincipalArn": [BREAK_GLASS]}}),
        ("GOVERNANCE", False, "absent"),
    ],
)
def test_nobody_deletes_keys_while_the_lock_is_in_compliance_mode_and_break_glass_does_otherwise(
    mode: str, protection: bool, condition: Any
) -> None:
    assert deletion_denies(mode, protection=protection) == [condition] * 4


def test_only_the_processors_role_is_exempt_of_the_deny_on_tokens(tiers: Recorder) -> None:
    document = json.loads(tiers.inputs_of("aws:kms/key:Key", "keys-tokens")["policy"])
    (deny,) = [each for each in document["Statement"] if each["Sid"] == "DenyOtherTokens"]
    (processor,) = [role for role in tiers.of_type("aws:iam/role:Role") if role.name == "processor"]
    exempt = CONTEXT.iam_arn(f"role/{processor.inputs['name']}")
    assert deny["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [exempt]}}
