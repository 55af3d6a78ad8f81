"""What the processor tells of a file; object keys and counts are in it, and nothing of a record."""

from lambdas.processor.manifest import Result
from lambdas.source import Source
from lambdas.telemetry import Telemetry


def outcome(telemetry: Telemetry, function: str, source: Source, result: Result) -> None:
    """Write what became of a file, with its metrics, which are the function's."""
    telemetry.measure(
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
        {"FunctionName": function},
        file_id=source.file_id,
        key=source.key,
        status=result.status,
        error=result.error,
        rejected_by=dict(result.rejected_by) or None,
    )
