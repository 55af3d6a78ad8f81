"""The key tier under Pulumi's mocks."""

from tests.support.mocks import Recorder


def test_symmetric_keys_rotate_and_the_hmac_key_cannot(tiers: Recorder) -> None:
    keys = {key.name: key.inputs for key in tiers.of_type("aws:kms/key:Key")}
    assert set(keys) == {"keys-records", "keys-logs", "keys-audit", "keys-tokens"}
    for name, key in keys.items():
        rotation = (key.get("enableKeyRotation"), key.get("rotationPeriodInDays"))
        assert rotation == ((None, None) if name == "keys-tokens" else (True, 365))


def test_every_key_has_an_alias_with_the_prefix_of_the_stack(tiers: Recorder) -> None:
    aliases = {alias.inputs["name"] for alias in tiers.of_type("aws:kms/alias:Alias")}
    assert aliases == {f"alias/strongroom-test-{name}" for name in ("records", "logs", "audit", "tokens")}
