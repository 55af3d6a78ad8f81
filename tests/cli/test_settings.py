"""Copies of a stack's settings file, which itself is never edited."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import settings as stack_settings
from cli.paths import ROOT
from cli.settings import copy_settings, read_settings
from cli.stack import EmulatedStack

ENDPOINT = "http://127.0.0.1:1"
DEFAULT = "http://127.0.0.1:4566"


def copied(name: str, folder: Path, overrides: Mapping[str, Any], endpoint: str | None = None) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load(copy_settings(name, folder, overrides, endpoint).read_text())
    return settings


def of_provider(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings["config"].items() if name.startswith("aws:")}


def of_program(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings["config"].items() if not name.startswith("aws:")}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_stack_on_an_emulator_takes_the_provider_settings_of_stack_local_except_for_the_region(
    tmp_path: Path, name: str
) -> None:
    copy, own, local = copied(name, tmp_path, {}, ENDPOINT), read_settings(name), read_settings("local")
    assert copy["config"]["aws:region"] == own["config"]["aws:region"] != local["config"]["aws:region"]
    differing = {"aws:region", "aws:endpoints"}
    assert {key: value for key, value in of_provider(copy).items() if key not in differing} == {
        key: value for key, value in of_provider(local).items() if key not in differing
    }
    assert of_program(copy) == of_program(own)


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_every_service_of_a_stack_on_an_emulator_uses_its_endpoint(tmp_path: Path, name: str) -> None:
    (services,) = copied(name, tmp_path, {}, ENDPOINT)["config"]["aws:endpoints"]
    assert services == dict.fromkeys(read_settings("local")["config"]["aws:endpoints"][0], ENDPOINT)


def test_the_endpoints_in_a_stacks_own_settings_are_replaced_by_the_emulators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"aws:endpoints": [{"s3": "https://s3.example"}, {"mq": "https://mq.example"}], "aws:secretKey": "own"}
    files = {"own": own, "local": {"aws:endpoints": [{"s3": DEFAULT, "ec2": DEFAULT}], "aws:secretKey": "test"}}
    for name, config in files.items():
        (tmp_path / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr(stack_settings, "ROOT", tmp_path)
    config = copied("own", tmp_path / "copies", {}, ENDPOINT)["config"]
    assert config == {"aws:endpoints": [dict.fromkeys(["s3", "ec2", "mq"], ENDPOINT)], "aws:secretKey": "own"}


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_without_an_endpoint_a_copy_differs_only_in_the_overrides(tmp_path: Path, name: str) -> None:
    tracked = (ROOT / f"Pulumi.{name}.yaml").read_text()
    copy, own = copied(name, tmp_path, {"protection": False, "owner": "other"}), read_settings(name)
    assert copy == {**own, "config": own["config"] | {"strongroom:protection": False, "strongroom:owner": "other"}}
    assert (ROOT / f"Pulumi.{name}.yaml").read_text() == tracked


def test_settings_are_read_from_the_stacks_file() -> None:
    for file in ROOT.glob("Pulumi.*.yaml"):
        name = file.name.split(".")[1]
        assert read_settings(name)["config"]["strongroom:environment"] == name


def test_every_stack_on_an_emulator_uses_a_copy_of_its_settings(tmp_path: Path) -> None:
    for stack in (
        EmulatedStack(tmp_path, DEFAULT),
        EmulatedStack(tmp_path, DEFAULT, name="prod"),
        EmulatedStack(tmp_path, ENDPOINT),
        EmulatedStack(tmp_path, DEFAULT, {"protection": False}),
    ):
        copy = str(tmp_path / f"Pulumi.{stack.name}.yaml")
        command = stack.command("preview", "--json")
        assert command[1:] == ["preview", "--stack", stack.name, "--config-file", copy, "--json"]
        endpoints = yaml.safe_load(Path(copy).read_text())["config"]["aws:endpoints"]
        assert {url for services in endpoints for url in services.values()} == {stack.endpoint}


def test_a_stack_with_another_name_has_its_own_state(tmp_path: Path) -> None:
    stack = EmulatedStack(tmp_path, name="prod")
    assert not stack.exists()
    assert stack.resources() == []
    for name in ("local", "prod"):
        file = stack.state / ".pulumi" / "stacks" / "strongroom" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        assert stack.exists() is (name == "prod")


def test_another_endpoint_is_written_into_a_copy_of_the_settings(tmp_path: Path) -> None:
    stack = EmulatedStack(folder=tmp_path, endpoint="http://127.0.0.1:1", overrides={"protection": False})
    _, file = stack.config_arguments()
    text = Path(file).read_text()
    assert "strongroom:protection: false" in text
    assert "4566" not in text
    assert Path(file).parent == tmp_path
