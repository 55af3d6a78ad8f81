"""The pages of `docs/how-to/` on the pack work when they are followed step by step."""

import json
import shutil
from pathlib import Path

import pytest

from tests.policy.support import QUEUE
from tests.policy.test_pulumi_json import export, state
from tests.support.how_to import follow

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
DENY_PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def copy(name: str, folder: Path) -> None:
    shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def test_a_new_rule_is_one_module_and_its_cases(tmp_path: Path) -> None:
    for name in ("policy", "tests/policy", "tests/support", "docs"):
        copy(name, tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    edited = follow(HOW_TO / "add-a-policy-rule.md", tmp_path)
    assert edited == ["policy/rules/encryption.py", "tests/policy/cases/encryption.py"]


def foreign_repository(folder: Path) -> None:
    """A repository with the pack in a subfolder, and the state of a stack with one queue that has no key."""
    copy("policy", folder / "vendor" / "strongroom")
    inputs = {
        "tags": {"owner": "payments", "data-classification": "restricted"},
        "redriveAllowPolicy": "{}",
        "policy": json.dumps({"Statement": DENY_PLAIN_HTTP}),
    }
    (folder / "state.json").write_text(export(state(QUEUE, "partner-inbox", inputs=inputs)))


def test_another_repository_can_use_the_pack_with_its_own_settings(tmp_path: Path) -> None:
    foreign_repository(tmp_path)
    follow(HOW_TO / "use-the-policy-pack.md", tmp_path)


@pytest.mark.parametrize(
    ("written", "changed"), [("[owner, data-classification]", "[cost-centre]"), ("::partner-inbox", "::another")]
)
def test_the_last_step_fails_if_the_settings_do_not_cover_the_findings(
    tmp_path: Path, written: str, changed: str
) -> None:
    foreign_repository(tmp_path)
    page = tmp_path / "page.md"
    page.write_text((HOW_TO / "use-the-policy-pack.md").read_text("utf-8").replace(written, changed))
    with pytest.raises(AssertionError, match="1 fail"):
        follow(page, tmp_path)
