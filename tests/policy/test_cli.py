import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policy.cli import main
from policy.evaluation import evaluate
from policy.model import UNKNOWN, Stack
from policy.reports.schema import report_schema
from policy.rules import RULES
from policy.settings import Settings
from tests.policy.support import KEY_ARN, TAGS, TODAY, VAULT, declare
from tests.policy.test_pulumi_json import export, preview, state, stream

ROOT = Path(__file__).resolve().parents[2]
RULE = "backup-vault-uses-customer-key"
SOUND = {"kmsKeyArn": KEY_ARN, "tags": dict(TAGS)}
GOOD = export(state(VAULT, inputs=SOUND))
BAD = export(state(VAULT, inputs={"kmsKeyArn": "alias/aws/backup", "tags": dict(TAGS)}))
OTHERS = f"{len(RULES) - 3} not applicable"
"""A vault is judged by its own rule, for its tags and for its data class."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "input.json"


def check(*arguments: str | Path) -> int:
    return main(["check", *map(str, arguments)], today=TODAY)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Settings that set nothing: those of the project's own stacks have waivers, which are noted where they cover none."""
    file = tmp_path / "plain.yaml"
    file.write_text("levels: {}\n")
    return file


def test_a_stack_in_order_is_exit_code_0(source: Path, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(GOOD)
    assert check("--state", source, "--config", plain) == 0
    assert capsys.readouterr().out == f"3 pass, 0 fail, 0 waived, 0 unknown, {OTHERS}\n"


def test_a_mandatory_failure_is_exit_code_1_and_says_what_to_do(
    source: Path, plain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(BAD)
    assert check("--state", source, "--config", plain) == 1
    assert capsys.readouterr().out == (
        f"FAIL {RULE}: {VAULT}::it\n"
        "    is under the key that AWS manages for Backup (kmsKeyArn), not a customer key\n"
        f"    remedy: {RULES[RULE].remedy}\n"
        f"2 pass, 1 fail, 0 waived, 0 unknown, {OTHERS}\n"
    )


def test_an_advisory_failure_and_an_unknown_are_exit_code_0(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "mine.yaml"
    settings.write_text(f"levels: {{{RULE}: advisory}}\n")
    source.write_text(BAD)
    assert check("--state", source, "--config", settings) == 0
    assert capsys.readouterr().out.startswith(f"FAIL (advisory) {RULE}")
    source.write_text(preview(state(VAULT, inputs=SOUND | {"kmsKeyArn": "[secret]"})))
    assert check("--preview", source) == 0
    assert "could not be decided, not known yet: kmsKeyArn" in capsys.readouterr().out


def test_the_json_report_holds_every_result(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(BAD)
    assert check("--state", source, "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["stack"], report["failed"]) == ("dev", True)
    assert report["summary"] == {"pass": 2, "fail": 1, "waived": 0, "unknown": 0, "not_applicable": len(RULES) - 3}
    (failed,) = [one for one in report["results"] if one["verdict"] == "fail"]
    assert failed["rule"] == RULE
    assert failed["level"] == "mandatory"
    assert failed["urn"].endswith(f"{VAULT}::it")
    assert failed["controls"]
    assert failed["remedy"]


def test_the_json_report_leaves_the_letters_of_a_name_as_they_are(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(export(state(VAULT, "bücher", inputs=SOUND)))
    assert check("--state", source, "--format", "json") == 0
    assert f"{VAULT}::bücher" in capsys.readouterr().out


def test_a_waiver_in_the_settings_turns_a_failure_into_a_waived_one(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "mine.yaml"
    settings.write_text(
        f"waivers:\n- rule: {RULE}\n  resource: {VAULT}::it\n  reason: Legacy partner.\n"
        f"  owner: payments\n  expires: {TODAY}\n"
    )
    source.write_text(BAD)
    assert check("--state", source, "--config", settings) == 0
    out = capsys.readouterr().out
    assert f"waived by payments until {TODAY}: Legacy partner." in out
    assert f"NOTE the waiver of {RULE} for {VAULT}::it by payments ends on {TODAY}" in out
    assert check("--state", source, "--config", settings, "--format", "json") == 0
    waived = [one["waiver"] for one in json.loads(capsys.readouterr().out)["results"] if one["verdict"] == "waived"]
    assert waived == [{"reason": "Legacy partner.", "owner": "payments", "expires": str(TODAY)}]


def test_the_settings_are_those_of_the_stack_that_the_input_names(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(GOOD.replace("urn:pulumi:dev::", "urn:pulumi:prod::"))
    assert check("--state", source) == 1
    assert "has the tag environment=dev, expected prod" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--state", b"nothing", "is no JSON"),
        ("--state", preview(state()).encode(), "is no exported state"),
        ("--preview", GOOD.encode(), "is no preview"),
        ("--state", b"\xff\xfe", "is no UTF-8 text"),
        ("--state", None, "cannot be read: No such file"),
    ],
)
def test_an_input_that_cannot_be_used_is_exit_code_2_and_one_paragraph(
    source: Path, capsys: pytest.CaptureFixture[str], option: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        source.write_bytes(content)
    assert check(option, source) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {source} {told}")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("content", [None, "levels: {all: advisory}", "levels: ["])
def test_settings_that_cannot_be_used_are_exit_code_2(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    source.write_text(GOOD)
    settings = tmp_path / "mine.yaml"
    if content is not None:
        settings.write_text(content)
    assert check("--state", source, "--config", settings) == 2
    assert capsys.readouterr().err.startswith(f"error: {settings}: ")


def test_a_report_may_go_to_a_file(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(BAD)
    report = tmp_path / "report.json"
    assert check("--state", source, "--format", "json", "--output", report) == 1
    assert json.loads(report.read_text())["failed"] is True
    assert capsys.readouterr().out == ""
    assert check("--state", source, "--output", tmp_path) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "--state", "a", "--preview", "b"], ["chek"]])
def test_a_command_line_that_makes_no_sense_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert "usage:" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_a_terminal_that_wants_it(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source.write_text(BAD)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", coloured := Terminal())
    check("--state", source)
    monkeypatch.setattr(sys, "stdout", plain := io.StringIO())
    check("--state", source)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", unwanted := Terminal())
    check("--state", source)
    assert "\033[31mFAIL\033[0m" in coloured.getvalue()
    assert "\033" not in plain.getvalue() + unwanted.getvalue()


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["rules"], "docs/rules.md"),
        (["schema", "settings"], "policy/config/schema.json"),
        (["schema", "report"], "policy/reports/schema.json"),
    ],
)
def test_the_published_pages_are_what_the_rules_render(
    arguments: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out == (ROOT / file).read_text("utf-8"), (
        f"python -m policy {' '.join(arguments)} > {file}"
    )


def test_the_catalogue_tells_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules"])
    out = capsys.readouterr().out
    assert [f"\n### {name}\n" in out for name in RULES] == [True] * len(RULES)


def test_the_report_is_what_its_published_schema_says(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "mine.yaml"
    settings.write_text(
        f"waivers:\n- rule: {RULE}\n  resource: {VAULT}::it\n  reason: Legacy.\n  owner: payments\n  expires: {TODAY}\n"
    )
    source.write_text(BAD)
    for options in ((), ("--config", settings)):
        check("--state", source, "--format", "json", *options)
        jsonschema.validate(json.loads(capsys.readouterr().out), report_schema())


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1), ("", 2)])
def test_the_door_takes_standard_input_and_hands_on_the_exit_code(text: str, code: int) -> None:
    command = [sys.executable, "-m", "policy", "check", "--state", "-"]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert bool(done.stdout) is (code != 2)


def test_a_streamed_preview_is_a_preview(source: Path, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(stream(state(VAULT, inputs=SOUND)))
    assert check("--preview", source, "--config", plain) == 0
    assert capsys.readouterr().out.startswith("3 pass")


def test_the_pack_imports_nothing_of_the_program_it_judges() -> None:
    for file in (ROOT / "policy").rglob("*.py"):
        lines = [line.split() for line in file.read_text().splitlines()]
        imported = {line[1].split(".")[0] for line in lines if line[:1] in (["import"], ["from"])}
        assert not imported & {"components", "lambdas", "localcloud", "tests"}, file


def test_the_rule_that_the_readme_writes_works() -> None:
    text = (ROOT / "policy" / "README.md").read_text("utf-8").split("## Write a rule", 1)[1]
    made: dict[str, Any] = {"__name__": "policy.rules.example"}
    exec(text.split("```python\n", 1)[1].split("```", 1)[0], made)  # noqa: S102
    kind = "aws:kinesis/stream:Stream"
    stack = Stack([declare(kind, str(hours), {"retentionPeriod": hours}) for hours in (168, 24, UNKNOWN)])
    results = evaluate(stack, Settings(), TODAY, [made["stream_is_kept_a_week"]]).results
    assert [one.verdict for one in results] == ["pass", "fail", "unknown"]
