"""Writes the package of a period."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.examination import audit_trail, index
from cli.examination.index import Contents
from cli.examination.objects import CHUNK_BYTES, MEMORY_BYTES, WORKERS, readable_errors
from cli.examination.package import Package, Row, csv_chunks, new_package
from cli.examination.period import Period
from cli.examination.records import read_results, write_result
from offline.terminal import Progress, UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def export_period(s3: "S3Client", *, stack: str, period: Period, path: Path, clock: Callable[[], datetime]) -> Contents:
    """Write the results and the audit trail of a period to a new ZIP file.

    Damaged and missing objects do not stop the export: the package names them.

    Raises
    ------
    UserError
        The buckets cannot be found or read, or the file exists already or cannot be written.
    """
    now = clock()
    with readable_errors(), new_package(path, now) as package, Progress(f"writing {path}") as progress:
        outputs, audits = (_buckets(s3, stack, purpose) for purpose in ("output", "audit"))
        return _write(s3, package, progress, stack, period, now, outputs, audits)


def _buckets(s3: "S3Client", stack: str, purpose: str) -> list[str]:
    """Return a stack's buckets of a purpose: several if an earlier one was retained when the stack was created anew.

    The names are those that the engine gives (`pulumi:autonaming` in `Pulumi.yaml`), because auditors cannot read its state.
    """
    name = re.compile(rf"strongroom-{re.escape(stack)}-data-{purpose}-[0-9a-f]+")
    prefix = f"strongroom-{stack}-data-{purpose}-"
    pages = s3.get_paginator("list_buckets").paginate(Prefix=prefix)
    buckets = sorted(bucket["Name"] for page in pages for bucket in page["Buckets"] if name.fullmatch(bucket["Name"]))
    if not buckets:
        raise UserError(
            f"The account has no bucket {prefix}<suffix>; expected the {purpose} bucket of stack {stack}. Check STACK and the "
            f"account of your credentials."
        )
    return buckets


def _write(
    s3: "S3Client",
    package: Package,
    progress: Progress,
    stack: str,
    period: Period,
    now: datetime,
    outputs: list[str],
    audits: list[str],
) -> Contents:
    rows: list[Row] = []
    problems: list[str] = []
    kinds: Counter[str] = Counter()

    def audit_rows() -> Iterator[Row]:
        for bucket in audits:
            for row in audit_trail.write_audit_trail(s3, package, bucket, period, pool):
                if problem := row.get("problem"):
                    problems.append(problem)
                else:
                    kinds[row["kind"]] += 1
                progress.detail = f"{len(rows)} results, {kinds.total()} files of the audit trail"
                yield row

    with ThreadPoolExecutor(WORKERS) as pool, tempfile.SpooledTemporaryFile(MEMORY_BYTES) as table:
        for bucket in outputs:
            for result in read_results(s3, bucket, period, pool):
                if isinstance(result, str):
                    problems.append(result)
                    continue
                rows.append(write_result(package, result))
                progress.detail = f"{len(rows)} results"
        table.writelines(csv_chunks(audit_trail.COLUMNS, audit_rows()))
        table.seek(0)
        package.add("audit-trail.csv", iter(lambda: table.read(CHUNK_BYTES), b""), now)
    rows.sort(key=lambda row: (row["finished_at"], row["file_id"], row["result"]))
    problems += [f"{row['key']}: {row['problem']}" for row in rows if row["problem"]]
    contents = Contents(stack, period, now, rows, kinds, problems)
    package.add("index.csv", csv_chunks(index.COLUMNS, rows), now)
    package.add("index.html", index.page(contents), now)
    package.add("README.txt", [index.readme(contents).encode()], now)
    return contents
