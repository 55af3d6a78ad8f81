"""The export for an examiner, from the deployed stack."""

import hashlib
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli.examination.export import export_period
from cli.examination.period import parse_period
from cli.processing import process_file
from cli.stack import EmulatedStack

SAMPLES = Path(__file__).parents[2] / "samples"


def test_processed_files_and_evidence_are_exported_and_verified(
    stack: EmulatedStack, outputs: dict[str, Any], client: Callable[[str], Any], tmp_path: Path
) -> None:
    files = [SAMPLES / name for name in ("payments.csv.gz", "rejects.jsonl", "duplicate-column.csv")]
    first = datetime.now(UTC)
    manifests = [process_file(stack, file) for file in files]
    last = datetime.now(UTC) + timedelta(days=1)
    period, path = parse_period(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"), tmp_path / "export.zip"
    contents = export_period(client("s3"), stack=stack.name, period=period, path=path, clock=lambda: datetime.now(UTC))
    assert contents.problems == []
    rows = {row["file_id"]: row for row in contents.rows}
    with zipfile.ZipFile(path) as package:
        package.extractall(tmp_path / "unpacked")
        for manifest, file in zip(manifests, files, strict=True):
            identity = "\n".join(manifest[name] for name in ("bucket", "key", "version_id"))
            row = rows[hashlib.sha256(identity.encode()).hexdigest()]
            assert (row["key"], row["manifest_status"]) == (file.name, manifest["manifest_status"])
            assert row["input_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
            if manifest["records_accepted"]:
                lines = package.read(row["csv_entry"]).splitlines()
                assert len(lines) == 1 + manifest["records_accepted"]
        evidence = f"audit-trail/{outputs['audit_bucket']}/attestation/{outputs['attestor_function']}/evidence/"
        assert any(name.startswith(evidence) for name in package.namelist())
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "unpacked", check=True)
