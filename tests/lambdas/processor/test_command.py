import gzip
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lambdas.processor.material import GOOD, IBAN, csv_of, jsonl_of

ROOT = Path(__file__).resolve().parents[3]
NAMES = {
    "bucket", "key", "version_id", "manifest_status", "records_read", "records_accepted", "records_rejected", "amounts",
    "dropped_columns", "input_sha256", "output_prefix", "output_sha256", "output_parts",
    "quarantine_prefix", "quarantine_sha256", "quarantine_parts",
    "started_at", "finished_at", "error",
}  # fmt: skip


@dataclass
class Command:
    """The command, with a home of its own."""

    home: Path

    @property
    def key(self) -> Path:
        return self.home / "strongroom" / "offline-token-key"

    def run(self, *arguments: str | Path, code: str = "") -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(self.home), "HOME": str(self.home)}
        start = ["-c", code] if code else ["-m", "lambdas.processor"]
        return subprocess.run(
            [sys.executable, *start, *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manifest(self, *arguments: str | Path) -> dict[str, Any]:
        whole: dict[str, Any] = json.loads(self.run(*arguments).stdout)
        return whole


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_bytes(csv_of([GOOD, {**GOOD, "amount": "x", "note": "y"}]))
    return path


def part(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("*/part-00000.jsonl.gz")
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_only_the_manifest_is_on_standard_output(command: Command, file: Path) -> None:
    done = command.run(file)
    whole = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(whole) == NAMES - {"error"}
    sha = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (whole["bucket"], whole["key"], whole["version_id"], whole["input_sha256"]) == (
        "local",
        "mixed.csv",
        sha,
        sha,
    )
    file_id = hashlib.sha256(f"local\nmixed.csv\n{sha}".encode()).hexdigest()
    assert whole["output_prefix"] == whole["quarantine_prefix"] == f"{file_id}/"
    assert (whole["records_read"], whole["records_accepted"], whole["records_rejected"]) == (2, 1, 1)
    assert whole["dropped_columns"] == ["note"]
    assert str(command.key) in done.stderr


def test_out_contains_the_objects_of_both_buckets(command: Command, file: Path, tmp_path: Path) -> None:
    whole = command.manifest(file, "--out", tmp_path / "out")
    output, quarantine = tmp_path / "out" / "output", tmp_path / "out" / "quarantine"
    assert json.loads((output / whole["output_prefix"] / "manifest.json").read_text()) == whole
    assert [record["transaction_id"] for record in part(output)] == ["T-1"]
    assert [record["line"] for record in part(quarantine)] == [3]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "manifest.json", "mixed.csv", "offline-token-key", "part-00000.jsonl.gz", "part-00000.jsonl.gz",
    ]  # fmt: skip


def test_the_same_file_gives_the_same_parts_again(command: Command, file: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert command.run(file, "--out", tmp_path / name).returncode == 0
    first, second = ([path.read_bytes() for path in sorted((tmp_path / name).rglob("part-*"))] for name in ("a", "b"))
    assert first == second
    assert len(first) == 2


def test_an_account_has_the_same_token_in_any_format_on_this_machine(command: Command, tmp_path: Path) -> None:
    files = {"a.csv": csv_of([GOOD]), "b.jsonl": jsonl_of([{**GOOD, "account": f" {IBAN.lower()}"}])}
    tokens = set()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert command.run(tmp_path / name, "--out", tmp_path / f"out-{name}").returncode == 0
        tokens.add(part(tmp_path / f"out-{name}" / "output")[0]["account_token"])
    assert len(tokens) == 1


def test_a_token_key_is_private_to_its_user_and_other_users_get_different_tokens(tmp_path: Path, file: Path) -> None:
    keys = []
    for name in ("one", "two"):
        command = Command(tmp_path / name)
        assert command.run(file, "--out", tmp_path / f"out-{name}").returncode == 0
        assert command.key.stat().st_mode & 0o777 == 0o600
        keys.append(command.key.read_bytes())
        assert [path.name for path in command.key.parent.iterdir()] == [command.key.name]
    assert keys[0] != keys[1]
    assert {len(key) for key in keys} == {32}
    tokens = [part(tmp_path / f"out-{name}" / "output")[0]["account_token"] for name in ("one", "two")]
    assert tokens[0] != tokens[1]


def test_a_token_key_of_the_wrong_length_is_an_error_and_is_kept(command: Command, file: Path) -> None:
    command.key.parent.mkdir(parents=True)
    command.key.write_bytes(b"short")
    done = command.run(file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{command.key} has 5 bytes" in done.stderr
    assert command.key.read_bytes() == b"short"


def test_a_quarantined_file_exits_with_1_and_its_manifest(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(b"x")
    done = command.run(file, "--out", tmp_path / "out")
    whole = json.loads(done.stdout)
    assert done.returncode == 1
    assert whole["manifest_status"] == "QUARANTINED"
    assert set(whole) == NAMES - {
        "dropped_columns", "output_prefix", "output_sha256", "quarantine_prefix", "quarantine_sha256",
    }  # fmt: skip
    (stored,) = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert json.loads(stored.read_text()) == whole


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_cannot_be_read_exits_with_2_and_is_named(command: Command, tmp_path: Path, name: str) -> None:
    done = command.run(tmp_path / name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {tmp_path / name}: ")


def test_help_shows_usage_and_exit_status(command: Command) -> None:
    done = command.run("--help")
    assert done.returncode == 0
    assert "[--out DIR]" in done.stdout
    assert "FILE" in done.stdout
    assert "exit status" in done.stdout


def test_the_command_needs_no_aws_package(command: Command, file: Path) -> None:
    code = (
        "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None\n"
        "from lambdas.processor.__main__ import main; sys.exit(main())"
    )
    assert command.run(file, code=code).returncode == 0
