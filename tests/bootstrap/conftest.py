"""One deployment of the bootstrap program on an emulator of its own, which all tests here ask."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.groups import GROUPS
from cli.paths import PULUMI, ROOT
from cli.settings import read_settings
from cli.stack import EmulatedStack
from offline import emulator

STACK = "dev"
MEMBERS = {setting: ["user/admin"] for setting in ("deployers", *(group.setting for group in GROUPS))}


@dataclass(frozen=True)
class Bootstrapped:
    """The deployed program: its state, its outputs, and clients of its emulator."""

    stack: EmulatedStack
    state: dict[str, Any]
    outputs: dict[str, Any]


@pytest.fixture(scope="session")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bootstrapped]:
    """The bootstrap program, deployed as stack dev with a copy of its project's file and settings for the emulator."""
    folder = tmp_path_factory.mktemp("bootstrap")
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        stack = EmulatedStack(folder=folder, endpoint=running.endpoint, name=STACK)
        stack.state.mkdir()
        (folder / "init").mkdir()
        shutil.copy(ROOT / "bootstrap" / "Pulumi.yaml", folder / "init")  # the engine writes a salt beside it
        settings = folder / "Pulumi.dev.yaml"
        settings.write_text(yaml.safe_dump({"config": config(running.endpoint)}))

        def pulumi(*arguments: str, cwd: Path = ROOT / "bootstrap") -> str:
            done = subprocess.run(
                [PULUMI, *arguments], cwd=cwd, env=stack.environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        pulumi("stack", "init", STACK, "--secrets-provider", "passphrase", cwd=folder / "init")
        pulumi("up", "--stack", STACK, "--config-file", str(settings), "--yes", "--skip-preview")
        state = json.loads(pulumi("stack", "export", "--stack", STACK))
        yield Bootstrapped(stack, state, json.loads(pulumi("stack", "output", "--json", "--stack", STACK)))


def config(endpoint: str) -> dict[str, Any]:
    """Return the provider's settings for an emulator, and the program's."""
    provider = {name: value for name, value in read_settings("local")["config"].items() if name.startswith("aws:")}
    provider["aws:endpoints"] = [dict.fromkeys(provider["aws:endpoints"][0], endpoint)]
    own = {"owner": "platform", "cost_centre": "strongroom", "repository": "octo-org/octo-repo", **MEMBERS}
    return {**provider, **{f"strongroom-bootstrap:{name}": value for name, value in own.items()}}
