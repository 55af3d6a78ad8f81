"""The settings that a stack is run with here: a copy of its tracked file, which is never edited."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud import stack as stacks
from localcloud.paths import ROOT
from localcloud.stack import LocalStack, read_settings, settings_copy

ENDPOINT = "http://127.0.0.1:1"
DEFAULT = "http://127.0.0.1:4566"


def copied(name: str, folder: Path, overrides: Mapping[str, Any], endpoint: str | None = None) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load(settings_copy(name, folder, overrides, endpoint).read_text())
    return settings


def of_provider(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings["config"].items() if name.startswith("aws:")}


def of_program(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings["config"].items() if not name.startswith("aws:")}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_another_stack_at_an_emulator_takes_the_providers_settings_from_stack_local_but_its_own_region(
    tmp_path: Path, name: str
) -> None:
    copy, own, local = copied(name, tmp_path, {}, ENDPOINT), read_settings(name), read_settings("local")
    assert copy["config"]["aws:region"] == own["config"]["aws:region"] != local["config"]["aws:region"]
    differing = {"aws:region", "aws:endpoints"}
    assert {key: value for key, value in of_provider(copy).items() if key not in differing} == {
        key: value for key, value in of_provider(local).items() if key not in differing
    }
    assert of_program(copy) == of_program(own)
    assert copy["encryptionsalt"] == own["encryptionsalt"]


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_every_service_of_a_stack_at_an_emulator_is_sent_there(tmp_path: Path, name: str) -> None:
    (services,) = copied(name, tmp_path, {}, ENDPOINT)["config"]["aws:endpoints"]
    assert services == dict.fromkeys(read_settings("local")["config"]["aws:endpoints"][0], ENDPOINT)


def test_services_that_a_stack_sends_elsewhere_itself_are_sent_to_the_emulator_with_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"aws:endpoints": [{"s3": "https://s3.example"}, {"mq": "https://mq.example"}], "aws:secretKey": "own"}
    files = {"own": own, "local": {"aws:endpoints": [{"s3": DEFAULT, "ec2": DEFAULT}], "aws:secretKey": "test"}}
    for name, config in files.items():
        (tmp_path / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    config = copied("own", tmp_path / "copies", {}, ENDPOINT)["config"]
    assert config == {"aws:endpoints": [dict.fromkeys(["s3", "ec2", "mq"], ENDPOINT)], "aws:secretKey": "own"}


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_without_an_endpoint_nothing_but_what_is_overridden_differs(tmp_path: Path, name: str) -> None:
    tracked = (ROOT / f"Pulumi.{name}.yaml").read_text()
    copy, own = copied(name, tmp_path, {"protection": False, "owner": "other"}), read_settings(name)
    assert copy == {**own, "config": own["config"] | {"strongroom:protection": False, "strongroom:owner": "other"}}
    assert (ROOT / f"Pulumi.{name}.yaml").read_text() == tracked


def test_settings_are_read_from_the_stacks_file() -> None:
    for file in ROOT.glob("Pulumi.*.yaml"):
        name = file.name.split(".")[1]
        assert read_settings(name)["config"]["strongroom:environment"] == name


def test_stack_local_is_run_with_its_file_as_it_is_and_any_other_with_a_copy(tmp_path: Path) -> None:
    assert LocalStack(tmp_path, DEFAULT).config_arguments() == []
    for stack in (
        LocalStack(tmp_path, DEFAULT, name="prod"),
        LocalStack(tmp_path, ENDPOINT),
        LocalStack(tmp_path, DEFAULT, {"protection": False}),
    ):
        copy = str(tmp_path / f"Pulumi.{stack.name}.yaml")
        command = stack.command("preview", "--json")
        assert command[1:] == ["preview", "--stack", stack.name, "--config-file", copy, "--json"]
        endpoints = yaml.safe_load(Path(copy).read_text())["config"]["aws:endpoints"]
        assert {url for one in endpoints for url in one.values()} == {stack.endpoint}


def test_a_stack_of_another_name_has_a_state_of_its_own(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, name="prod")
    assert not stack.exists()
    assert stack.resources() == []
    for name in ("local", "prod"):
        file = stack.state / ".pulumi" / "stacks" / "strongroom" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        assert stack.exists() is (name == "prod")
