"""Each stack's settings file is valid, and the policy pack has settings for it."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.settings import Settings, read
from policy.settings import load_settings

ROOT = Path(__file__).parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))


def settings_of(stack: str) -> Settings:
    """Read a stack's settings as the engine hands them to the program: as texts, over the project's defaults."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    given = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    values = {name: entry["default"] for name, entry in declared.items() if "default" in entry} | given

    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    pulumi.runtime.set_all_config({name: text(value) for name, value in values.items()})
    try:
        return read(pulumi.Config("strongroom"))
    finally:
        pulumi.runtime.set_all_config({})


@pytest.mark.parametrize("stack", STACKS)
def test_the_settings_of_a_stack_are_valid(stack: str) -> None:
    assert settings_of(stack).environment


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_sets_only_what_the_project_declares(stack: str) -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    given = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    unknown = (
        {name for name in given if name.startswith("strongroom:")} - set(declared) - {"strongroom:alarm_thresholds"}
    )
    assert not unknown


@pytest.mark.parametrize("stack", STACKS)
def test_the_policy_pack_has_settings_for_a_stack(stack: str) -> None:
    assert load_settings(ROOT / "policy" / "config" / f"{stack}.yaml").waivers
