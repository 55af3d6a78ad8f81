"""Small programs with the real engine, the language host and the adapter."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from offline.emulator import Emulator, wait_until
from offline.engine.selection import ENGINE_VERSION
from tests.offline.project import PULUMI, Project

PARAMETERS = """
secret = aws.ssm.Parameter("secret", type="SecureString", value=pulumi.Output.secret("open sesame"), tags={"k": "v"})
named = aws.ssm.Parameter("named", name="/named", type="String", value=secret.arn)
pulumi.export("arn", named.arn)
"""


@pytest.fixture
def project(aws: Emulator, tmp_path: Path) -> Project:
    return Project(aws, tmp_path)


def processes_of(project: Project) -> list[str]:
    """Return the processes of this project: each inherits the engine's environment."""
    mark = f"PULUMI_HOME={project.folder / 'home'}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_the_engine_prints_its_version(project: Project) -> None:
    assert project.run("version")[1].strip() == f"v{ENGINE_VERSION}"


def test_a_program_is_deployed_without_drift_or_visible_secrets_and_destroyed(project: Project) -> None:
    project.program(PARAMETERS)
    project.run("preview", "-s", "sample")
    project.run("up", "-s", "sample", "--yes", "--skip-preview")
    project.run("up", "-s", "sample", "--yes", "--skip-preview", "--expect-no-changes")
    project.run("refresh", "-s", "sample", "--yes", "--skip-preview", "--expect-no-changes")
    exported = project.run("stack", "export", "-s", "sample")[1]
    assert "open sesame" not in exported
    assert json.loads(project.run("stack", "output", "-s", "sample", "--json")[1])["arn"].endswith("/named")
    project.program(PARAMETERS.replace('"/named"', '"/renamed"'))
    shown = project.run("up", "-s", "sample", "--yes", "--skip-preview")[1]
    assert "replaced" in shown
    project.run("destroy", "-s", "sample", "--yes", "--skip-preview")
    assert "aws:ssm" not in project.run("stack", "export", "-s", "sample")[1]


def test_an_existing_resource_is_imported_without_generated_code(project: Project) -> None:
    project.program(
        'aws.ssm.Parameter("mine", name="/there-before", type="String", value="v", opts=pulumi.ResourceOptions(retain_on_delete=True))'
    )
    project.run("up", "-s", "sample", "--yes", "--skip-preview")
    project.program("")
    project.run("up", "-s", "sample", "--yes", "--skip-preview")
    project.run(
        "import",
        "-s",
        "sample",
        "aws:ssm/parameter:Parameter",
        "mine",
        "/there-before",
        "--yes",
        "--generate-code=false",
        "--skip-preview",
    )
    assert '"/there-before"' in project.run("stack", "export", "-s", "sample")[1]


def test_a_preview_names_an_unsupported_resource_type(project: Project) -> None:
    project.program('aws.bedrock.AgentcoreBrowser("b", network_configuration={"network_mode": "PUBLIC"})')
    code, shown = project.run("preview", "-s", "sample", check=False)
    assert code != 0
    assert "aws:bedrock/agentcoreBrowser:AgentcoreBrowser" in shown


def test_a_preview_accepts_an_unknown_provider_option(project: Project) -> None:
    project.program("""
first = aws.ssm.Parameter("first", type="String", value="us-east-1")
other = aws.Provider("other", region=first.arn.apply(lambda arn: arn.split(":")[3]))
aws.ssm.Parameter("second", type="String", value="x", opts=pulumi.ResourceOptions(provider=other))
""")
    assert "second" in project.run("preview", "-s", "sample")[1]


def test_the_error_of_a_program_is_shown(project: Project) -> None:
    project.program('raise ValueError("the reason")')
    code, shown = project.run("preview", "-s", "sample", check=False)
    assert code != 0
    assert "the reason" in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_running_when_the_engine_ends(project: Project, number: signal.Signals) -> None:
    marker = project.folder / "running"
    project.program(f"""
import pathlib, time
aws.ssm.Parameter("p", type="String", value="v")
pathlib.Path({str(marker)!r}).touch()
time.sleep(60)
""")
    process = subprocess.Popen(
        [PULUMI, "up", "-s", "sample", "--yes", "--skip-preview"],
        cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert wait_until(marker.exists)
    os.kill(process.pid, number)
    process.wait(30)
    assert wait_until(lambda: processes_of(project) == []), processes_of(project)
