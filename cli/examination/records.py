"""The results of a period: manifests and accepted records in the output bucket."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from cli.examination.objects import Download, Version, download, in_order, list_versions
from cli.examination.package import Package, csv_chunks
from cli.examination.period import Period
from cli.file_format import OUTPUT_FIELDS
from lambdas.processor.manifest import MANIFEST, PART, Manifest
from lambdas.shared.source import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CLOCK_SKEW = timedelta(hours=1)
"""A manifest is stored after its processing finished; the clocks of the processor and of S3 may differ by less than this."""
_KEY = re.compile(rf"[0-9a-f]{{64}}/({re.escape(MANIFEST)}|{re.escape(PART)})")
_CSV = "records.csv"


@dataclass(frozen=True)
class Result:
    """One result of processing a file: a version of its manifest, and the part that belongs to it.

    Attributes
    ----------
    version
        The version of the manifest.
    number
        How many versions of the manifest there were until then, this one included: a file that failed is processed again.
    content
        The manifest as it is stored.
    finished_at
        When the processing finished; it decides whether the result belongs to a period.
    """

    version: Version
    number: int
    manifest: Manifest
    finished_at: datetime
    content: bytes
    part: Version | None
    part_file: Download | None
    problem: str

    @property
    def file_id(self) -> str:
        """Identity of the file."""
        return self.version.key.partition("/")[0]

    @property
    def folder(self) -> str:
        """Folder of the result in the package."""
        return f"records/{self.version.bucket}/{self.finished_at:%Y-%m-%d}/{self.file_id}-{self.number}"


@dataclass(frozen=True)
class _Candidate:
    """A version of a manifest that may belong to the period."""

    version: Version
    number: int
    parts: list[Version]


def read_results(s3: "S3Client", bucket: str, period: Period, pool: Executor) -> Iterator[Result | str]:
    """Yield the results that finished in a period, by file id; text is a problem with an object that is no result."""

    def read(candidate: "_Candidate | str") -> Result | str | None:
        return candidate if isinstance(candidate, str) else _read(s3, candidate, period)

    for answer in in_order(pool, read, _candidates(list_versions(s3, bucket), period)):
        if answer is not None:
            yield answer


def _candidates(versions: Iterable[Version], period: Period) -> Iterator[_Candidate | str]:
    for _, group in groupby(versions, key=lambda version: version.key.partition("/")[0]):
        manifests, parts = [], []
        for version in group:
            if not _KEY.fullmatch(version.key):
                if version.stored_at in period:
                    yield f"{version} is neither a manifest nor a part, and was left out"
            elif version.key.endswith(MANIFEST):
                manifests.append(version)
            else:
                parts.append(version)
        for number, version in enumerate(reversed(manifests), start=1):
            if version.stored_at >= period.start - _CLOCK_SKEW:
                yield _Candidate(version, number, parts)


def _read(s3: "S3Client", candidate: _Candidate, period: Period) -> Result | str | None:
    """Return a result of the period; none if the result is not of the period, text if there is a problem."""
    version = candidate.version
    file = download(s3, version)
    if file is None:
        return f"{version} was listed and is missing"
    content = file.read()
    try:
        manifest, finished_at = _parse(version, content)
    except (ValueError, TypeError, KeyError) as error:
        # Nothing says when it finished. It was stored afterwards.
        return (
            f"{version} is not the manifest of its file and was left out: {error}"
            if version.stored_at in period
            else None
        )
    if finished_at not in period:
        return None
    # The processor stores the part before the manifest.
    part = next((part for part in candidate.parts if part.stored_at <= version.stored_at), None)
    if not manifest["output_parts"]:
        return Result(version, candidate.number, manifest, finished_at, content, None, None, "")
    part_file = download(s3, part) if part else None
    return Result(
        version, candidate.number, manifest, finished_at, content, part, part_file, _problem(manifest, part, part_file)
    )


def _parse(version: Version, content: bytes) -> tuple[Manifest, datetime]:
    manifest: Any = json.loads(content)
    if missing := sorted(Manifest.__required_keys__ - set(manifest)):
        raise ValueError(f"it has no {', '.join(missing)}")
    source = Source(bucket=manifest["bucket"], key=manifest["key"], version_id=manifest["version_id"])
    if version.key != f"{source.file_id}/{MANIFEST}":
        raise ValueError(f"it names another file, {source.file_id}")
    finished_at = datetime.fromisoformat(manifest["finished_at"])
    if finished_at.tzinfo is None:
        raise ValueError("its finished_at has no offset")
    return cast("Manifest", manifest), finished_at.astimezone(UTC)


def _problem(manifest: Manifest, part: Version | None, file: Download | None) -> str:
    """Return how a part differs from what its manifest says; empty if it does not."""
    if file is None:
        return f"{part or PART} is missing, which the manifest names"
    expected = manifest.get("output_sha256", "absent")
    return "" if file.sha256 == expected else f"{part} has the SHA-256 {file.sha256}, its manifest says {expected}"


def write_result(package: Package, result: Result) -> dict[str, Any]:
    """Write the entries of a result; return its row of the index."""
    version, manifest, folder = result.version, result.manifest, result.folder
    row: dict[str, Any] = {
        **{name: value for name, value in manifest.items() if name in Manifest.__annotations__},
        "file_id": result.file_id,
        "result": result.number,
        "state": version.state,
        "amounts": json.dumps(manifest["amounts"]),
        "output_bucket": version.bucket,
        "manifest_version_id": version.version_id,
        "manifest_entry": f"{folder}/{MANIFEST}",
        "problem": result.problem,
    }
    row["manifest_sha256"] = package.add(row["manifest_entry"], [result.content], version.stored_at)
    if result.part is None or result.part_file is None:
        return row
    entry = f"{folder}/{PART}"
    row |= {"part_version_id": result.part.version_id, "part_entry": entry}
    row["part_sha256"] = package.add(entry, result.part_file.chunks(), result.part.stored_at)
    if not result.problem:  # the content of another part is not shown as these records
        result.part_file.file.seek(0)
        with gzip.open(result.part_file.file) as lines:
            records = csv_chunks(list(OUTPUT_FIELDS), map(json.loads, lines))
            row["csv_sha256"] = package.add(f"{folder}/{_CSV}", records, result.part.stored_at)
        row["csv_entry"] = f"{folder}/{_CSV}"
    result.part_file.file.close()
    return row
