"""What is watched, by name: outputs while a program runs, plain text once they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar, cast

from pulumi import Input, Output

from components.context import AwsContext
from components.principals import Principals

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class FunctionTargets(Generic[T]):
    """A function.

    Attributes
    ----------
    name, log_group
        Names of the function and of its log group.
    role_arn
        Its role.
    """

    name: T
    log_group: T
    role_arn: T


@dataclass(frozen=True, kw_only=True)
class ProcessingTargets(Generic[T]):
    """The way of a file.

    Attributes
    ----------
    processor
        The function that works on files, the only one that reads input.
    timeout
        Seconds that it may take for one.
    concurrency
        Files that it works on at once, at most.
    queue, dead_letters
        Names of the work queue and of the one for dead letters.
    """

    processor: FunctionTargets[T]
    timeout: int
    concurrency: int
    queue: T
    dead_letters: T


@dataclass(frozen=True, kw_only=True)
class StorageTargets(Generic[T]):
    """Where records and evidence are.

    Attributes
    ----------
    input, output, quarantine
        Names of the buckets of records.
    guarded
        Names of the other buckets of the stack: of code, of evidence, of access logs.
    evidence
        Name of the bucket of evidence; none where there is none.
    table, index
        Names of the table and of its index.
    request_metrics
        Whether S3 counts the requests of the buckets of records; it costs extra.
    """

    input: T
    output: T
    quarantine: T
    guarded: tuple[T, ...]
    evidence: T | None
    table: T
    index: str
    request_metrics: bool

    @property
    def records(self) -> tuple[T, ...]:
        """The buckets of records."""
        return (self.input, self.output, self.quarantine)


@dataclass(frozen=True, kw_only=True)
class NetworkTargets(Generic[T]):
    """The private network.

    Attributes
    ----------
    ids
        Of the VPC, and of all in it that a request may name: subnets, route tables, security groups.
    endpoint_ids
        Of its VPC endpoints.
    dns_log_group
        Name of the group where the DNS firewall's questions are; none where there is no firewall.
    """

    ids: tuple[T, ...]
    endpoint_ids: tuple[T, ...]
    dns_log_group: T | None


@dataclass(frozen=True, kw_only=True)
class TrailTargets(Generic[T]):
    """The trail; an alarm on what it does not record never comes on.

    It has to record management events, uses of the objects of records and of the table, ends of evidence, and refusals at
    the endpoints.

    Attributes
    ----------
    arn
        The trail.
    log_group
        Name of the group where CloudWatch Logs has its events.
    """

    arn: T
    log_group: T


@dataclass(frozen=True, kw_only=True)
class MonitoringTargets(Generic[T]):
    """All that is watched; what is none leaves its alarms out.

    Attributes
    ----------
    context
        Where it is, and what the stack's own names begin with.
    processing, storage, network
        The tiers.
    key_arns
        The customer keys.
    log_groups
        Names of further log groups that are evidence, such as that of flow logs.
    service_role_arns
        The stack's roles that are no function's, such as those of the trail and of schedules.
    reconciler, attestor
        These functions.
    trail
        The trail: the filters of who did what stand on its log group.
    principals
        Who may come near the records: patterns of ARNs.
    """

    context: AwsContext
    processing: ProcessingTargets[T]
    storage: StorageTargets[T]
    network: NetworkTargets[T]
    key_arns: tuple[T, ...]
    log_groups: tuple[T, ...]
    service_role_arns: tuple[T, ...]
    reconciler: FunctionTargets[T] | None
    attestor: FunctionTargets[T] | None
    trail: TrailTargets[T] | None
    principals: Principals

    @property
    def functions(self) -> tuple[FunctionTargets[T], ...]:
        """The functions, whose code and roles are guarded."""
        return tuple(one for one in (self.processing.processor, self.reconciler, self.attestor) if one is not None)

    @property
    def all_log_groups(self) -> tuple[T, ...]:
        """Names of all log groups, whose lines are evidence."""
        special = (self.trail.log_group if self.trail else None, self.network.dns_log_group)
        named = (*special, *(one.log_group for one in self.functions))
        return (*(one for one in named if one is not None), *self.log_groups)


def plain(targets: MonitoringTargets[Input[str]]) -> Output[MonitoringTargets[str]]:
    """Return what is watched, once all its names are known."""
    return cast("Output[MonitoringTargets[str]]", _known(targets))


def _known(value: Any) -> Output[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        parts: Mapping[str, Output[Any]] = {one.name: _known(getattr(value, one.name)) for one in fields(value)}
        return Output.all(**parts).apply(lambda known: type(value)(**known))
    if isinstance(value, tuple):
        return Output.all(*map(_known, value)).apply(tuple)
    return Output.from_input(value)
