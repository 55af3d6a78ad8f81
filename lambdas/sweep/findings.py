"""What a sweep finds, and how it is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lambdas.source import Source
from lambdas.sweep.table import Overrun
from lambdas.telemetry import Telemetry

NAMED = 100
"""Files that the log names, of each kind: enough to see what they have in common. The metrics count them all."""


@dataclass
class Findings:
    """What one sweep has found so far.

    Attributes
    ----------
    function
        Name of the function: the dimension of the metrics.
    files
        Versions that were looked for in the table.
    without_manifest, overruns
        How many of them have no manifest, and how many leases have ended without an outcome.
    """

    telemetry: Telemetry
    function: str
    files: int = field(default=0, init=False)
    without_manifest: int = field(default=0, init=False)
    overruns: int = field(default=0, init=False)

    def looked_for(self, sources: Sequence[Source], missing: Iterable[Source]) -> None:
        """Note files that were looked for, and those of them that have no manifest."""
        self.files += len(sources)
        for one in missing:
            self.without_manifest += 1
            if self.without_manifest <= NAMED:
                self.telemetry.log(
                    "ERROR", "file without manifest", file_id=one.file_id, key=one.key, version_id=one.version_id
                )

    def overran(self, one: Overrun) -> None:
        """Note a file that is said to be worked on though nobody does."""
        self.overruns += 1
        if self.overruns <= NAMED:
            self.telemetry.log("ERROR", "lease overrun", file_id=one.file_id, key=one.key, started_at=one.started_at)

    def finished(self) -> None:
        """Tell that all was seen, and what was found."""
        level = "ERROR" if self.without_manifest or self.overruns else "INFO"
        self._measure(level, "swept", {"Sweeps": 1, **self._gaps()})

    def broken_off(self, error: str) -> None:
        """Tell why not all was seen, and what was found until then: never that there is nothing, and no `Sweeps`."""
        gaps = {name: count for name, count in self._gaps().items() if count}
        self._measure("ERROR", "sweep broken off", gaps, error=error)

    def _gaps(self) -> dict[str, int]:
        return {"FilesWithoutManifest": self.without_manifest, "OverrunLeases": self.overruns}

    def _measure(self, level: str, event: str, counts: dict[str, int], **details: object) -> None:
        if counts:
            self.telemetry.measure(level, event, counts, {"FunctionName": self.function}, files=self.files, **details)
        else:
            self.telemetry.log(level, event, files=self.files, **details)
