"""From a notification to a finished file: claim, read, publish, close.

The order makes a crash harmless: parts become visible complete, then the index, then the manifest object that consumers
wait for, and last the item in the table. Whoever comes again writes the same bytes to the same keys.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from lambdas.invocation import Invocation
from lambdas.processor.manifest import Result, manifest
from lambdas.processor.objects import Gone, Objects
from lambdas.processor.pipeline import process
from lambdas.processor.table import Table
from lambdas.processor.telemetry import outcome
from lambdas.processor.tokens import Tokens
from lambdas.source import Source
from lambdas.telemetry import Telemetry, described, timestamp

KEY_BYTES = 900
"""S3 allows 1,024; the rest is room for what is put before or after a key."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """All that a file needs on its way, for one invocation."""

    objects: Objects
    table: Table
    tokens: Tokens
    telemetry: Telemetry
    invocation: Invocation
    account_last4: bool
    function: str

    def run(self, source: Source, *, last: bool) -> None:
        """Process an object version, unless that has been done.

        Parameters
        ----------
        last
            Whether this is the last delivery: trouble makes the file FAILED then, and is raised all the same.
        """
        self.invocation.pulse()
        status = self.table.claim(source)
        if status is not None:
            if self.objects.has_manifest(source):
                self.telemetry.log("INFO", "file was done before", file_id=source.file_id, status=status)
                return
            self.table.reclaim(source, status)
        started_at = timestamp(self.invocation.clock())
        try:
            with tempfile.TemporaryDirectory() as folder:
                result = self._result(source, Path(folder))
                self.objects.put_parts(source, result.output, result.quarantine)
                if result.output is not None:
                    self.table.index(source, result.output)
                self._close(source, result, started_at)
        except Exception as error:
            self._give_up(source, started_at, error, last=last)
            raise

    def _result(self, source: Source, folder: Path) -> Result:
        size = len(source.key.encode())
        if size > KEY_BYTES:
            return Result(status="FAILED", error=f"key: {size} bytes, at most {KEY_BYTES} are allowed")
        try:
            content = self.objects.content(source)
        except Gone as gone:
            return Result(status="FAILED", error=str(gone))
        return process(source.key, content, self.tokens, folder, last4=self.account_last4, pulse=self.invocation.pulse)

    def _close(self, source: Source, result: Result, started_at: str) -> None:
        whole = manifest(source, result, started_at, timestamp(self.invocation.clock()))
        self.objects.put_manifest(source, whole)
        self.table.finish(source, whole)
        outcome(self.telemetry, self.function, source, result)

    def _give_up(self, source: Source, started_at: str, error: Exception, *, last: bool) -> None:
        """Leave a file so that the next delivery finds it free, or after the last one FAILED.

        Trouble while doing so is logged only: the first trouble is the one to raise, and the lease ends by itself.
        """
        try:
            if last:
                self._close(source, Result(status="FAILED", error=described(error)), started_at)
            else:
                self.table.release(source)
        except Exception as second:
            self.telemetry.log("ERROR", "file was not let go", file_id=source.file_id, error=described(second))
