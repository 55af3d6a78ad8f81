"""The examples run under the real engine: another program with our components, judged by our pack with other settings."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.paths import PULUMI, ROOT
from cli.settings import read_settings
from cli.stack import EmulatedStack
from offline.emulator import Emulator


def preview(folder: Path, endpoint: str) -> subprocess.CompletedProcess[str]:
    """Preview a copy of the archive under a copy of the pack, as stack dev of a state folder of its own."""
    archive = folder / "examples" / "archive"
    provider = {name: value for name, value in read_settings("local")["config"].items() if name.startswith("aws:")}
    services = provider["aws:endpoints"][0]
    provider["aws:endpoints"] = [dict.fromkeys(services, endpoint)]
    (archive / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": provider}))
    (folder / "state").mkdir()
    environment = EmulatedStack(folder=folder).environment
    arguments = (["stack", "init", "dev"], ["preview", "--stack", "dev", "--policy-pack", "../policy-pack"])
    for command in arguments:
        done = subprocess.run(
            [PULUMI, *command, "--non-interactive"],
            cwd=archive,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    return done


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder with the examples and what they import, as beside another repository."""
    for name in ("examples", "components", "lambdas", "policy"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def test_another_program_uses_the_components_and_passes_the_pack(scratch: Path, aws: Emulator) -> None:
    done = preview(scratch, aws.endpoint)
    assert done.returncode == 0, done.stdout + done.stderr
    for component in ("strongroom:keys:Keys", "strongroom:data:Bucket", "strongroom:shared:LogGroup"):
        assert component in done.stdout
    assert "mandatory" not in done.stdout


def test_the_pack_stops_the_program_when_its_archive_has_no_customer_key(scratch: Path, aws: Emulator) -> None:
    program = scratch / "examples" / "archive" / "__main__.py"
    text = program.read_text("utf-8")
    program.write_text(text.replace('key_arn=keys.arns["records"]', "key_arn=None"), "utf-8")
    done = preview(scratch, aws.endpoint)
    assert done.returncode != 0
    assert re.search(r"bucket-uses-customer-key.*(?s:.*)archive", done.stdout), done.stdout
