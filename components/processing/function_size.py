"""The capacity of the processor."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """Capacity of the processor.

    Attributes
    ----------
    memory
        Memory in MiB.
    timeout
        Timeout in seconds.
    storage
        Temporary storage in MB.
    concurrency
        Files processed at the same time, 2 or more.
    reserved
        Reserved concurrency, at least `concurrency`; None reserves nothing.
    architecture
        `arm64` or `x86_64`.
    """

    memory: int
    timeout: int
    storage: int
    concurrency: int
    reserved: int | None
    architecture: str
