"""The page of the first deployment: its commands parse and exist, and it documents what the workflows read."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from bootstrap.groups import GROUPS
from bootstrap.names import DEPLOY_ROLE, PREVIEW_ROLE
from cli.costs.table import prices, units
from cli.paths import PULUMI, ROOT
from cli.rendered_docs import with_cost_table

PAGE = (ROOT / "docs" / "first-deployment.md").read_text("utf-8")
BLOCKS = re.findall(r"^```shell\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROGRAMS = {"aws", "cd", "gh", "git", "make", "mkdir", "pulumi", "python"}
PUNCTUATION = ";|&()\n"
PLACEHOLDER = re.compile(r"<[\w/ ]+>")


def commands(block: str) -> Iterator[list[str]]:
    """Yield the commands of a block as words; a substitution contains commands too."""
    lexer = shlex.shlex(
        PLACEHOLDER.sub("placeholder", block.replace("\\\n", " ")), posix=True, punctuation_chars=PUNCTUATION
    )
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    command: list[str] = []
    for token in [*lexer, ";"]:
        if not set(token) <= set(PUNCTUATION):
            command.append(token)
            continue
        if command and command[0] in PROGRAMS:
            yield command
        command = []


COMMANDS = [command for block in BLOCKS for command in commands(block)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_a_block_of_commands_is_valid_shell(block: str) -> None:
    parsed = subprocess.run(
        ["bash", "-n"], input=PLACEHOLDER.sub("placeholder", block), capture_output=True, text=True, check=False
    )
    assert parsed.returncode == 0, parsed.stderr


def test_the_commands_of_the_page_are_found() -> None:
    assert {command[0] for command in COMMANDS} >= {"aws", "pulumi", "make", "gh", "git", "python", "cd"}
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("target", sorted({command[1] for command in COMMANDS if command[0] == "make"}))
def test_a_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command[0] == "pulumi"], ids=" ".join)
def test_a_pulumi_command_exists_with_its_options(command: list[str]) -> None:
    verbs = command[1:3] if command[1] in ("stack", "config") else command[1:2]
    shown = subprocess.run([PULUMI, *verbs, "--help"], capture_output=True, text=True, check=False)
    named = re.findall(r"^Usage:\n(.*)$|^Aliases:\n(.*)$", shown.stdout, re.MULTILINE)
    assert verbs[-1] in re.findall(r"\w+", str(named))
    options = {word for word in command if word.startswith("--")}
    assert not [option for option in options if option not in shown.stdout]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command[0] == "aws"], ids=" ".join)
def test_an_aws_command_exists(command: list[str]) -> None:
    service, operation = command[1:3]
    if (service, operation) in {("configure", "set"), ("s3", "cp"), ("s3api", "wait")}:
        return  # the CLI's own commands
    model = botocore.session.get_session().get_service_model(service.removesuffix("api"))
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    members = shape.members if shape else ()
    known = {f"--{xform_name(name, '-')}" for name in members} | {"--query", "--output", "--profile"}
    assert {word for word in command if word.startswith("--")} <= known


def config_keys() -> set[str]:
    declared = yaml.safe_load((ROOT / "bootstrap" / "Pulumi.yaml").read_text("utf-8"))["config"]
    return {key.removeprefix("strongroom-bootstrap:") for key in declared if key.startswith("strongroom-bootstrap:")}


def test_the_page_sets_every_setting_of_the_bootstrap_program() -> None:
    plain = {
        command[3] for command in COMMANDS if command[:3] == ["pulumi", "config", "set"] and command[3].isidentifier()
    }
    (groups,) = re.findall(r"for GROUP in ([\w ]+);", PAGE)
    assert plain | set(groups.split()) == config_keys()
    assert {group.setting for group in GROUPS} <= set(groups.split())


@pytest.mark.parametrize("name", [DEPLOY_ROLE, PREVIEW_ROLE, *(group.name for group in GROUPS)])
def test_the_page_describes_every_role(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_the_workflows_read_documented_variables_and_no_secrets() -> None:
    text = "".join(file.read_text("utf-8") for file in WORKFLOWS)
    variables = set(re.findall(r"\bvars\.(\w+)", text))
    assert variables == set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert variables == set(re.findall(r"gh variable set (\w+)", PAGE))
    assert "secrets." not in text


@pytest.mark.parametrize("name", ["preview", "deploy"])
def test_a_workflow_gets_its_credentials_by_oidc_alone(name: str) -> None:
    workflow: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["environment"] in ("preview", "${{ matrix.stack }}")
    (credentials,) = (step for step in job["steps"] if "configure-aws-credentials" in step.get("uses", ""))
    assert set(credentials["with"]) == {"role-to-assume", "aws-region"}
    assert {"PULUMI_CONFIG_PASSPHRASE", "AWS_ACCESS_KEY_ID"} & set(job["env"]) == set()


def test_the_deploy_workflow_creates_a_missing_stack_with_the_secrets_provider() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text("utf-8"))
    runs = " ".join(step.get("run", "") for step in workflow["jobs"]["deploy"]["steps"])
    assert '--create --secrets-provider "$PULUMI_SECRETS_PROVIDER"' in runs


def test_the_page_has_the_table_of_costs() -> None:
    assert with_cost_table(PAGE) == PAGE, "`make docs` writes it"


def test_every_price_has_a_source_and_counts_a_resource_that_the_program_declares() -> None:
    table = prices()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", str(table["date"]))
    counted = units("prod")
    for row in table["resources"]:
        assert row["source"].startswith("https://")
        assert counted[row["type"]] > 0
        assert row.get("usd") is not None or "hourly_usd" in row or "no source" in row["note"]


def test_prices_count_every_zone_of_an_interface_endpoint_and_every_metric_of_an_alarm() -> None:
    counted = units("prod")
    assert counted["aws:ec2/vpcEndpoint:VpcEndpoint"] == 3
    assert counted["aws:kms/key:Key"] == 6  # of four data classes, and of the copies of two buckets
    assert counted["aws:cloudwatch/metricAlarm:MetricAlarm"] > 40
