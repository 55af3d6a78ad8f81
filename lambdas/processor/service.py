"""Processes one file: claim it, process it, publish its parts, index its transactions, and close it with a manifest.

This order makes a crash harmless. The parts are complete before the manifest object exists, which consumers wait for,
and the manifest item in the table is written last. A later delivery writes the same bytes to the same keys.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from lambdas.processor.formats.format import format_of
from lambdas.processor.malware_scan import TAG, check_verdict
from lambdas.processor.manifest import manifest_of
from lambdas.processor.objects import ObjectGone, Objects
from lambdas.processor.pipeline import Result, process
from lambdas.processor.reasons import InvalidFile, Reason
from lambdas.processor.records.tokens import Tokens
from lambdas.processor.table import Table
from lambdas.shared.errors import describe
from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source
from lambdas.shared.telemetry import Telemetry
from lambdas.shared.timestamps import timestamp

MAX_KEY_BYTES = 900
"""S3 allows 1,024; the rest is reserved for prefixes and suffixes of keys that are made from this one."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """Processes files during one invocation."""

    objects: Objects
    table: Table
    tokens: Tokens
    telemetry: Telemetry
    invocation: Invocation
    account_last4: bool
    malware_scan: bool

    def run(self, source: Source, *, last_attempt: bool) -> None:
        """Process a file, unless that is done.

        Parameters
        ----------
        last_attempt
            Whether the message will not be delivered again: an error then makes the file FAILED. It is raised anyway.
        """
        self.invocation.check_deadline()
        if self._is_done(source):
            return
        started_at = timestamp(self.invocation.clock())
        try:
            with tempfile.TemporaryDirectory() as folder:
                result = self._process(source, Path(folder))
                self.objects.put_parts(source, result.output, result.quarantine)
                if result.output is not None:
                    self.table.index(source, result.output)
                self._close(source, result, started_at)
        except Exception as error:
            self._give_up(source, started_at, error, last_attempt=last_attempt)
            raise

    def _is_done(self, source: Source) -> bool:
        """Claim a file; return whether it was finished before, manifest object included."""
        status = self.table.claim(source)
        if status is None:
            return False
        if self.objects.has_manifest(source):
            self.telemetry.log("INFO", "file already processed", file_id=source.file_id, status=status)
            return True
        self.table.reclaim(source, status)
        return False

    def _process(self, source: Source, folder: Path) -> Result:
        size = len(source.key.encode())
        if size > MAX_KEY_BYTES:
            return Result(status="FAILED", error=Reason.KEY_TOO_LONG.of("key", found=size, limit=MAX_KEY_BYTES))
        try:
            if self.malware_scan:
                format_of(source.key)  # a name without a format needs no verdict
                check_verdict(self.objects.tag(source, TAG))
            content = self.objects.content(source)
        except InvalidFile as refused:
            return Result(status="QUARANTINED", error=str(refused))
        except ObjectGone as gone:
            return Result(status="FAILED", error=str(gone))
        return process(
            source.key,
            content,
            self.tokens,
            folder,
            last4=self.account_last4,
            check_deadline=self.invocation.check_deadline,
        )

    def _close(self, source: Source, result: Result, started_at: str) -> None:
        manifest = manifest_of(source, result, started_at, timestamp(self.invocation.clock()))
        self.objects.put_manifest(source, manifest)
        self.table.finish(source, manifest)
        self.telemetry.measure(
            "INFO" if result.status == "COMPLETED" else "WARN",
            "file processed",
            {
                "FilesCompleted": int(result.status == "COMPLETED"),
                "FilesFailed": int(result.status == "FAILED"),
                "FilesQuarantined": int(result.status == "QUARANTINED"),
                "RecordsRead": result.read,
                "RecordsAccepted": result.accepted,
                "RecordsRejected": result.rejected,
                "ControlTotalMismatch": int(not result.balanced),
            },
            file_id=source.file_id,
            key=source.key,
            status=result.status,
            error=result.error,
            rejected_by=dict(result.rejected_by) or None,
        )

    def _give_up(self, source: Source, started_at: str, error: Exception, *, last_attempt: bool) -> None:
        """Release a file for the next delivery, or close it as FAILED after the last one.

        An error here is only logged: the first error is the one to raise, and the lease expires by itself.
        """
        try:
            if last_attempt:
                reason = Reason.LAST_ATTEMPT_FAILED.of("processing", error=describe(error))
                self._close(source, Result(status="FAILED", error=reason), started_at)
            else:
                self.table.release(source)
        except Exception as second:
            self.telemetry.log("ERROR", "file not released", file_id=source.file_id, error=describe(second))
