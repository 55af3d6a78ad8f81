"""Every stack has valid settings, and the policy pack has settings for the stack."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.constraints import SettingError
from components.settings import Settings, read
from policy.settings import load_settings

ROOT = Path(__file__).parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))


def settings_of(stack: str, **changes: Any) -> Settings:
    """Read the settings of a stack as the engine passes them to the program: strings, over the project's defaults."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    stack_values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    values = {name: entry["default"] for name, entry in declared.items() if "default" in entry} | stack_values
    values |= {f"strongroom:{name}": value for name, value in changes.items()}

    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    pulumi.runtime.set_all_config({name: text(value) for name, value in values.items()})
    try:
        return read(pulumi.Config("strongroom"))
    finally:
        pulumi.runtime.set_all_config({})


@pytest.mark.parametrize("file", sorted([*ROOT.glob("Pulumi.*.yaml"), *(ROOT / "bootstrap").glob("Pulumi.*.yaml")]))
def test_a_committed_stack_file_has_no_salt(file: Path) -> None:
    # A salt of a passphrase that everybody knows protects no secret, and CI has no passphrase.
    assert "encryptionsalt" not in yaml.safe_load(file.read_text("utf-8"))


@pytest.mark.parametrize("stack", STACKS)
def test_the_settings_of_a_stack_are_valid_once_somebody_receives_pages(stack: str) -> None:
    assert settings_of(stack, page_subscriptions=["arn:aws:sqs:eu-central-1:123456789012:pages"]).environment


def test_production_as_committed_names_nobody_to_page_and_is_refused() -> None:
    with pytest.raises(SettingError, match="strongroom:page_subscriptions is \\[\\]; expected at least one"):
        settings_of("prod")


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_sets_only_settings_that_the_project_declares(stack: str) -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    stack_values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    unknown = (
        {name for name in stack_values if name.startswith("strongroom:")}
        - set(declared)
        - {"strongroom:alarm_thresholds"}
    )
    assert not unknown


@pytest.mark.parametrize("stack", STACKS)
def test_the_policy_pack_has_settings_for_a_stack(stack: str) -> None:
    assert load_settings(ROOT / "policy" / "config" / f"{stack}.yaml").waivers
