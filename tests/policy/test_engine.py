"""The pack under the real engine and AWS plugin, with a stack that violates all rules of a few and one that violates none."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.paths import PULUMI, ROOT
from cli.stack import EmulatedStack
from policy.evaluation import Verdict, evaluate
from policy.model import name_of, type_of
from policy.pulumi_json import stack_from_preview, stack_from_state
from policy.rules import RULES
from policy.settings import settings_for_stack
from policy.wire_values import UNKNOWNS
from tests.policy.support import FEW, KEY_ARN, TODAY

PACK = ROOT / "policy"
OWN = Path(__file__).with_name("sample") / "policy" / "config"
"""The settings of the sample program, which enforces a few rules; the others are advisory."""
CONFIG = """
config:
  aws:region: us-east-1
  aws:accessKey: test
  aws:secretKey: test
  aws:skipCredentialsValidation: "true"
  aws:skipMetadataApiCheck: "true"
  aws:skipRequestingAccountId: "true"
"""


@dataclass(frozen=True)
class Program:
    """The sample program, compliant or broken, as stack `local` of a state folder of its own."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PULUMI, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )


def program(folder: Path, *, compliant: bool) -> Program:
    sample = folder / "sample"
    shutil.copytree(Path(__file__).with_name("sample"), sample, ignore=shutil.ignore_patterns("__pycache__"))
    project = sample / "Pulumi.yaml"
    project.write_text(project.read_text().replace("../../../.venv", str(ROOT / ".venv")))
    manifest, start = sample / "policy" / "PulumiPolicy.yaml", sample / "policy" / "__main__.py"
    manifest.write_text(manifest.read_text().replace("../../../../.venv", str(ROOT / ".venv")))
    start.write_text(start.read_text().replace("str(Path(__file__).resolve().parents[4])", repr(str(ROOT))))
    (sample / "Pulumi.local.yaml").write_text(f"{CONFIG}  sample:compliant: {json.dumps(str(compliant).lower())}\n")
    (folder / "state").mkdir()
    made = Program(sample, EmulatedStack(folder=folder).environment)
    done = made.run("stack", "init", "local", "--non-interactive")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return program(tmp_path_factory.mktemp("broken"), compliant=False)


@pytest.fixture(scope="module")
def compliant(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return program(tmp_path_factory.mktemp("compliant"), compliant=True)


@dataclass(frozen=True)
class Previewed:
    """The result of a preview under the pack."""

    code: int
    stream: str
    errors: str

    def told(self, level: str) -> set[tuple[str, str, str]]:
        """Return policy, resource as `type::name` and message of each violation of one level."""
        events = [json.loads(line).get("policyEvent") for line in self.stream.splitlines()]
        return {
            (event["policyName"], logical(event["resourceUrn"]), event["message"].splitlines()[-1])
            for event in filter(None, events)
            if event["enforcementLevel"] == level
        }

    @property
    def undecided(self) -> set[tuple[str, str, str]]:
        """Return the rules that the program enforces and that the preview could not decide."""
        names = tuple(rule.name for rule in FEW)
        return {
            violation
            for violation in self.told("advisory")
            if violation[0] == "needs-attention" and violation[2].startswith(names)
        }


def logical(urn: str) -> str:
    return f"{type_of(urn)}::{name_of(urn)}"


def previewed(program: Program) -> Previewed:
    done = program.run(
        "preview", "--stack", "local", "--json", "--policy-pack", "policy", PULUMI_ENABLE_STREAMING_JSON_PREVIEW="1"
    )
    return Previewed(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def broken_preview(broken: Program) -> Previewed:
    return previewed(broken)


@pytest.fixture(scope="module")
def compliant_preview(compliant: Program) -> Previewed:
    return previewed(compliant)


@pytest.fixture(scope="module")
def document(broken: Program) -> str:
    """Return the same preview as one document, without the pack."""
    done = broken.run("preview", "--stack", "local", "--json", "--show-sames")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        ("bucket-uses-customer-key", "aws:s3/bucket:Bucket::bare"),
        ("bucket-uses-customer-key", "aws:s3/bucket:Bucket::vault"),
        ("table-uses-customer-key", "aws:dynamodb/table:Table::table"),
        ("queue-uses-customer-key", "aws:sqs/queue:Queue::queue"),
        ("topic-uses-customer-key", "aws:sns/topic:Topic::topic"),
        ("log-group-uses-customer-key", "aws:cloudwatch/logGroup:LogGroup::logs"),
    ],
)
def test_a_preview_fails_for_a_resource_without_a_customer_key(
    broken_preview: Previewed, rule: str, resource: str
) -> None:
    assert broken_preview.code != 0
    assert (rule, resource) in {violation[:2] for violation in broken_preview.told("mandatory")}


def test_a_preview_fails_for_tags_that_are_missing_or_not_allowed(broken_preview: Previewed) -> None:
    remedy = RULES["resource-is-tagged"].remedy
    kms_key = "aws:kms/key:Key::key"
    assert broken_preview.code != 0
    assert broken_preview.told("mandatory") >= {
        ("resource-is-tagged", kms_key, f"key lacks the tag owner. {remedy}"),
        ("resource-is-tagged", kms_key, f"key has the tag environment=staging, expected local. {remedy}"),
    }


def test_a_preview_fails_for_logs_that_are_not_kept_for_ten_years(broken_preview: Previewed) -> None:
    assert broken_preview.code != 0
    assert ("log-group-has-retention-period", "aws:cloudwatch/logGroup:LogGroup::logs") in {
        violation[:2] for violation in broken_preview.told("mandatory")
    }


def test_every_rule_that_the_program_enforces_fails_the_preview_of_the_broken_stack(broken_preview: Previewed) -> None:
    assert {policy for policy, _, _ in broken_preview.told("mandatory")} == {rule.name for rule in FEW}


UNDECIDED = {
    (
        "needs-attention",
        "aws:sqs/queue:Queue::later",
        "queue-uses-customer-key cannot be decided in this preview: kmsMasterKeyId not known yet",
    )
}


def test_an_undecided_rule_is_reported_next_to_the_failures(broken_preview: Previewed) -> None:
    assert broken_preview.undecided == UNDECIDED


def test_the_preview_of_a_compliant_stack_passes(compliant_preview: Previewed) -> None:
    assert compliant_preview.code == 0, compliant_preview.errors
    assert compliant_preview.told("mandatory") == set()
    assert compliant_preview.undecided == UNDECIDED


def found(text: str, *, state: bool = False) -> set[tuple[str, str, str]]:
    """Return the findings of the command line in the form of the engine."""
    stack = stack_from_state(text) if state else stack_from_preview(text)
    return {
        (result.rule.name, result.resource.logical_name, f"{result.resource.name} {message}. {result.rule.remedy}")
        for result in evaluate(stack, settings_for_stack(stack.name, OWN), TODAY, FEW).results
        if result.resource and result.verdict is Verdict.FAIL
        for message in result.messages
    }


def test_the_command_line_has_the_same_findings_on_the_same_preview(broken_preview: Previewed, document: str) -> None:
    assert found(document) == broken_preview.told("mandatory")


def test_a_streamed_preview_leaves_only_rules_that_need_dependencies_undecided(broken_preview: Previewed) -> None:
    missing = broken_preview.told("mandatory") - found(broken_preview.stream)
    assert {policy for policy, _, _ in missing} == {"bucket-uses-customer-key"}


def test_the_engine_and_the_command_line_have_the_same_findings_on_the_same_state(
    broken: Program, broken_preview: Previewed, document: str, tmp_path: Path
) -> None:
    resources = [step["newState"] for step in json.loads(document)["steps"]]
    text = json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": deployed(resources)}})
    file = tmp_path / "state.json"
    file.write_text(text)
    done = broken.run(
        "policy", "analyze", "--policy-pack", "policy", "--file", str(file), "--json", PULUMI_STACK="local"
    )
    assert done.returncode != 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    events = [line["policyEvent"] for line in lines if "policyEvent" in line]
    told = {
        (event["policyName"], logical(event["resourceUrn"]), event["message"].splitlines()[-1])
        for event in events
        if event["enforcementLevel"] == "mandatory"
    }
    assert told == found(text, state=True) == broken_preview.told("mandatory")


def deployed(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the resources with a value in place of each unknown one, and without a provider."""

    def known(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: known(item) for key, item in value.items()}
        if isinstance(value, list):
            return [known(item) for item in value]
        return KEY_ARN if value in UNKNOWNS else value

    return [
        {
            **known({key: resource[key] for key in resource if key != "provider"}),
            **({"id": resource["urn"]} if resource.get("custom") else {}),
        }
        for resource in resources
    ]


def test_an_update_stops_before_it_creates_a_resource_that_violates_a_rule(broken: Program) -> None:
    done = broken.run("up", "--stack", "local", "--yes", "--skip-preview", "--policy-pack", str(PACK))
    assert done.returncode != 0
    assert "[mandatory]" in done.stdout  # of whichever resource came first
    exported = json.loads(broken.run("stack", "export", "--stack", "local").stdout)
    types = {resource["type"] for resource in exported["deployment"]["resources"]}
    assert types <= {"pulumi:pulumi:Stack", "pulumi:providers:aws", "sample:index:Vault"}


def test_a_pack_with_unusable_settings_stops_the_preview(compliant: Program, tmp_path: Path) -> None:
    pack = tmp_path / "policy"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = pack / "PulumiPolicy.yaml"
    manifest.write_text(manifest.read_text().replace("../.venv", str(ROOT / ".venv")))
    (pack / "config" / "local.yaml").write_text("levels: {all: advisory}\n")
    done = compliant.run("preview", "--stack", "local", "--policy-pack", str(pack))
    assert done.returncode != 0
    assert "levels has the unknown key 'all', expected" in done.stdout + done.stderr


def test_a_policy_module_of_another_project_does_not_shadow_the_pack(compliant: Program) -> None:
    (compliant.folder / "policy" / "__init__.py").write_text("raise ImportError('the wrong policy')\n")
    done = compliant.run("preview", "--stack", "local", "--policy-pack", str(PACK), PYTHONPATH=str(compliant.folder))
    assert "the wrong policy" not in done.stdout + done.stderr
    assert "table-has-point-in-time-recovery" in done.stdout  # the pack's own settings enforce every rule


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ({"all": "advisory"}, "sets 'all', expected rules by name"),
        ({"queue-use-customer-key": "advisory"}, "did you mean queue-uses-customer-key?"),
    ],
)
def test_a_configuration_that_would_silently_disable_rules_stops_the_preview(
    broken: Program, tmp_path: Path, configuration: dict[str, str], told: str
) -> None:
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps(configuration))
    done = broken.run("preview", "--stack", "local", "--policy-pack", "policy", "--policy-pack-config", str(file))
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
