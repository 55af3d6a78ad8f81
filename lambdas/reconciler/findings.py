"""What a reconciliation finds, and how it is reported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lambdas.reconciler.table import ExpiredLease
from lambdas.shared.source import Source
from lambdas.shared.telemetry import Telemetry

MAX_LOGGED = 100
"""Files that are logged, of each kind: enough to see what they have in common. The metrics count all of them."""


@dataclass
class Findings:
    """What one reconciliation has found so far.

    Attributes
    ----------
    files
        Files whose manifest was looked up.
    without_manifest
        Files without a manifest.
    overruns
        Files in status PROCESSING whose lease has expired.
    """

    telemetry: Telemetry
    files: int = field(default=0, init=False)
    without_manifest: int = field(default=0, init=False)
    overruns: int = field(default=0, init=False)

    def add_files(self, sources: Sequence[Source], missing: Iterable[Source]) -> None:
        """Add files that were looked up, and those of them that have no manifest."""
        self.files += len(sources)
        for source in missing:
            self.without_manifest += 1
            if self.without_manifest <= MAX_LOGGED:
                self.telemetry.log(
                    "ERROR",
                    "file without manifest",
                    file_id=source.file_id,
                    key=source.key,
                    version_id=source.version_id,
                )

    def add_overrun(self, lease: ExpiredLease) -> None:
        """Add a file in status PROCESSING that no invocation is processing."""
        self.overruns += 1
        if self.overruns <= MAX_LOGGED:
            self.telemetry.log(
                "ERROR", "lease overrun", file_id=lease.file_id, key=lease.key, started_at=lease.started_at
            )

    def report(self) -> None:
        """Report a complete reconciliation."""
        level = "ERROR" if self.without_manifest or self.overruns else "INFO"
        self.telemetry.measure(
            level, "reconciliation finished", {"Reconciliations": 1, **self._counts()}, files=self.files
        )

    def report_failure(self, error: str) -> None:
        """Report an incomplete reconciliation: what it found, but no zero counts and no `Reconciliations`."""
        found = {name: count for name, count in self._counts().items() if count}
        if found:
            self.telemetry.measure("ERROR", "reconciliation failed", found, files=self.files, error=error)
        else:
            self.telemetry.log("ERROR", "reconciliation failed", files=self.files, error=error)

    def _counts(self) -> dict[str, int]:
        return {"FilesWithoutManifest": self.without_manifest, "OverrunLeases": self.overruns}
