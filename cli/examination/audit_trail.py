"""The audit trail of a period: the attestor's evidence, and the trail's log and digest files, in the audit bucket."""

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from cli.examination.objects import Download, Version, download, in_order, list_folders, list_versions
from cli.examination.package import Package
from cli.examination.period import Period
from components.expected import EXPECTED_STATE_KEYS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COLUMNS = (
    "kind", "entry", "bucket", "key", "version_id", "state", "stored_at", "size", "sha256", "signature",
    "signature_algorithm", "problem",
)  # fmt: skip
EVIDENCE, TRAIL = "attestation", "trail"
_TRAIL_PREFIX = "AWSLogs/"
_DAY = "%Y/%m/%d"
_EVIDENCE_TIME = "%Y%m%dT%H%M%S"


def list_audit_trail(s3: "S3Client", bucket: str, period: Period) -> Iterator[tuple[str, Version]]:
    """Yield the kind and the version of each object of a period, all versions, by key."""
    for version in _trail(s3, bucket, period):
        yield TRAIL, version
    first, end = f"{period.start:{_EVIDENCE_TIME}}", f"{period.end:{_EVIDENCE_TIME}}"
    for folder in list_folders(s3, bucket, EXPECTED_STATE_KEYS.partition("*")[0]):
        prefix = f"{folder}evidence/"  # followed by the time at which the run started (`lambdas/attestor/evidence.py`)
        for year, month in period.months:
            for version in list_versions(s3, bucket, f"{prefix}{year}{month:02}"):
                if first <= version.key.removeprefix(prefix) < end:
                    yield EVIDENCE, version


def _trail(s3: "S3Client", bucket: str, period: Period) -> Iterator[Version]:
    """Yield log and digest files, whose keys are `AWSLogs/<account>/<kind>/<region>/<year>/<month>/<day>/<name>`.

    Those of the day after the period are part of it: CloudTrail delivers with a delay, and a digest lists the log files of
    the hour before it
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
    """
    first, last = f"{period.start:{_DAY}}", f"{period.end:{_DAY}}"
    for account in list_folders(s3, bucket, _TRAIL_PREFIX):
        for kind in list_folders(s3, bucket, account):
            for region in list_folders(s3, bucket, kind):
                for year, month in period.months:
                    for version in list_versions(s3, bucket, f"{region}{year}/{month:02}/"):
                        if first <= version.key.removeprefix(region)[: len(first)] <= last:
                            yield version


def write_audit_trail(
    s3: "S3Client", package: Package, bucket: str, period: Period, pool: Executor
) -> Iterator[dict[str, Any]]:
    """Write the audit trail of a period; yield a row for each entry.

    The row has the signature of a digest file, which CloudTrail keeps in the object's metadata
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html).
    """

    def read(item: tuple[str, Version]) -> tuple[str, Version, Download | None]:
        return *item, download(s3, item[1])

    for kind, version, file in in_order(pool, read, list_audit_trail(s3, bucket, period)):
        row: dict[str, Any] = {
            "kind": kind,
            "bucket": bucket,
            "key": version.key,
            "version_id": version.version_id,
            "state": version.state,
            "stored_at": version.stored_at.isoformat(),
        }
        if file is None:
            yield row | {"problem": f"{version} was listed and is missing"}
            continue
        entry = package.name(f"audit-trail/{bucket}", version.key, version.version_id)
        row |= {"entry": entry, "size": file.size, "sha256": package.add(entry, file.chunks(), version.stored_at)}
        file.file.close()
        for name in ("signature", "signature-algorithm"):
            row[name.replace("-", "_")] = file.metadata.get(name, "")
        yield row
