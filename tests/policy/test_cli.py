import io
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from policy.cli import main
from policy.reports.schema import report_schema
from policy.rules import RULES
from policy.settings import load_settings
from tests.policy.support import KEY_ARN, TAGS, TODAY, VAULT
from tests.policy.test_pulumi_json import export, preview, state, stream

ROOT = Path(__file__).resolve().parents[2]
RULE = "backup-vault-uses-customer-key"
SOUND = {"kmsKeyArn": KEY_ARN, "tags": dict(TAGS)}
GOOD = export(state(VAULT, inputs=SOUND))
BAD = export(state(VAULT, inputs={"kmsKeyArn": "alias/aws/backup", "tags": dict(TAGS)}))
OTHERS = f"{len(RULES) - 3} not applicable"
"""Three rules apply to a vault: on its key, its tags and its data class."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "input.json"


def check(*arguments: str | Path) -> int:
    return main(["check", *map(str, arguments)], today=TODAY)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Empty settings: those of the project's own stacks have waivers, which the report would note as unused."""
    file = tmp_path / "plain.yaml"
    file.write_text("levels: {}\n")
    return file


def test_a_stack_without_findings_is_exit_code_0(source: Path, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(GOOD)
    assert check("--state", source, "--config", plain) == 0
    assert capsys.readouterr().out == f"3 pass, 0 fail, 0 waived, 0 unknown, {OTHERS}\n"


def test_a_mandatory_failure_is_exit_code_1_and_prints_the_remedy(
    source: Path, plain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(BAD)
    assert check("--state", source, "--config", plain) == 1
    assert capsys.readouterr().out == (
        f"FAIL {RULE}: {VAULT}::it\n"
        "    is encrypted with the AWS managed key of Backup (kmsKeyArn), not with a customer key\n"
        f"    remedy: {RULES[RULE].remedy}\n"
        f"2 pass, 1 fail, 0 waived, 0 unknown, {OTHERS}\n"
    )


def test_an_advisory_failure_and_an_unknown_verdict_are_exit_code_0(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "mine.yaml"
    settings.write_text(f"levels: {{{RULE}: advisory}}\n")
    source.write_text(BAD)
    assert check("--state", source, "--config", settings) == 0
    assert capsys.readouterr().out.startswith(f"FAIL (advisory) {RULE}")
    source.write_text(preview(state(VAULT, inputs=SOUND | {"kmsKeyArn": "[secret]"})))
    assert check("--preview", source) == 0
    assert "undecided, not known yet: kmsKeyArn" in capsys.readouterr().out


def test_the_json_report_holds_every_result(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(BAD)
    assert check("--state", source, "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["stack"], report["failed"]) == ("dev", True)
    assert report["summary"] == {"pass": 2, "fail": 1, "waived": 0, "unknown": 0, "not_applicable": len(RULES) - 3}
    (failed,) = [result for result in report["results"] if result["verdict"] == "fail"]
    assert failed["rule"] == RULE
    assert failed["level"] == "mandatory"
    assert failed["urn"].endswith(f"{VAULT}::it")
    assert failed["controls"]
    assert failed["remedy"]


def test_the_json_report_does_not_escape_letters_outside_ascii(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(export(state(VAULT, "bücher", inputs=SOUND)))
    assert check("--state", source, "--format", "json") == 0
    assert f"{VAULT}::bücher" in capsys.readouterr().out


def test_a_waiver_in_the_settings_waives_a_failure(
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
    assert f"NOTE the waiver of {RULE} for {VAULT}::it, owned by payments, expires on {TODAY}" in out
    assert check("--state", source, "--config", settings, "--format", "json") == 0
    waived = [
        result["waiver"] for result in json.loads(capsys.readouterr().out)["results"] if result["verdict"] == "waived"
    ]
    assert waived == [{"reason": "Legacy partner.", "owner": "payments", "expires": str(TODAY)}]


def test_the_default_settings_are_those_of_the_stack_in_the_input(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(GOOD.replace("urn:pulumi:dev::", "urn:pulumi:prod::"))
    assert check("--state", source) == 1
    assert "has the tag environment=dev, expected prod" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        ("--state", b"nothing", "is not JSON"),
        ("--state", preview(state()).encode(), "is not an exported state"),
        ("--preview", GOOD.encode(), "is not a preview"),
        ("--state", b"\xff\xfe", "is not UTF-8 text"),
        ("--state", None, "cannot be read: No such file"),
    ],
)
def test_an_unusable_input_is_exit_code_2_and_one_line_of_error(
    source: Path, capsys: pytest.CaptureFixture[str], option: str, content: bytes | None, expected: str
) -> None:
    if content is not None:
        source.write_bytes(content)
    assert check(option, source) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {source} {expected}")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("content", [None, "levels: {all: advisory}", "levels: ["])
def test_unusable_settings_are_exit_code_2(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    source.write_text(GOOD)
    settings = tmp_path / "mine.yaml"
    if content is not None:
        settings.write_text(content)
    assert check("--state", source, "--config", settings) == 2
    assert capsys.readouterr().err.startswith(f"error: {settings}: ")


def test_a_report_can_be_written_to_a_file(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(BAD)
    report = tmp_path / "report.json"
    assert check("--state", source, "--format", "json", "--output", report) == 1
    assert json.loads(report.read_text())["failed"] is True
    assert capsys.readouterr().out == ""
    assert check("--state", source, "--output", tmp_path) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "--state", "a", "--preview", "b"], ["chek"]])
def test_invalid_arguments_are_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert "usage:" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_without_no_color_gets_colour(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_the_published_pages_are_rendered_from_the_current_rules(
    arguments: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out == (ROOT / file).read_text("utf-8"), (
        f"python -m policy {' '.join(arguments)} > {file}"
    )


def test_the_catalogue_contains_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules"])
    out = capsys.readouterr().out
    assert [f"\n### {name}\n" in out for name in RULES] == [True] * len(RULES)


def test_the_json_report_follows_its_published_schema(
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
def test_the_module_reads_standard_input_and_returns_the_exit_code(text: str, code: int) -> None:
    command = [sys.executable, "-m", "policy", "check", "--state", "-"]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert bool(done.stdout) is (code != 2)


def test_a_streamed_preview_is_accepted(source: Path, plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(stream(state(VAULT, inputs=SOUND)))
    assert check("--preview", source, "--config", plain) == 0
    assert capsys.readouterr().out.startswith("3 pass")


def test_the_pack_does_not_import_the_program_that_it_checks() -> None:
    for file in (ROOT / "policy").rglob("*.py"):
        lines = [line.split() for line in file.read_text().splitlines()]
        imported = {line[1].split(".")[0] for line in lines if line[:1] in (["import"], ["from"])}
        assert not imported & {"cli", "components", "lambdas", "offline", "tests"}, file


def test_the_python_example_of_the_readme_works() -> None:
    example = (ROOT / "policy" / "README.md").read_text("utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    exec(example, {"exported_text": GOOD})  # noqa: S102
    with pytest.raises(AssertionError):
        exec(example, {"exported_text": BAD})  # noqa: S102


def test_the_settings_example_of_the_readme_is_valid(tmp_path: Path) -> None:
    example = (ROOT / "policy" / "README.md").read_text("utf-8").split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "common.yaml").write_text("")
    (tmp_path / "prod.yaml").write_text(example)
    settings = load_settings(tmp_path / "prod.yaml")
    assert (len(settings.waivers), settings.notes) == (1, ())
