"""What the alarms monitor: names in AWS, as outputs while the program runs and as plain text once they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar, cast

from pulumi import Input, Output

from components.context import AwsContext
from components.principals import Principals

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class FunctionTargets(Generic[T]):
    """A function: its name, its log group and the ARN of its role."""

    name: T
    log_group: T
    role_arn: T


@dataclass(frozen=True, kw_only=True)
class ProcessingTargets(Generic[T]):
    """The processing tier.

    Attributes
    ----------
    processor
        The function that processes files, the only one that reads input.
    timeout
        Its timeout in seconds.
    concurrency
        The most files that it processes at the same time.
    queue, dead_letter_queue
        Names of the work queue and of its dead-letter queue.
    """

    processor: FunctionTargets[T]
    timeout: int
    concurrency: int
    queue: T
    dead_letter_queue: T


@dataclass(frozen=True, kw_only=True)
class StorageTargets(Generic[T]):
    """The data tier.

    Attributes
    ----------
    buckets
        Names of the buckets, by their names in `components/data/buckets.py`.
    table, index
        Names of the table and of its index.
    replicas
        Names of the buckets of the second copy, by the name of the bucket that is copied; None without one.
    are_replicas_own
        Whether they are in the stack's account, so that its trail and its alarms see them.
    request_metrics
        Whether S3 counts the requests of the buckets with records, at extra cost.
    """

    buckets: Mapping[str, T]
    table: T
    index: str
    replicas: Mapping[str, T] | None
    are_replicas_own: bool
    request_metrics: bool

    def names(self, bucket: str) -> tuple[T, ...]:
        """Return the name of a bucket, and of its copy if that is in the account."""
        copies = (self.replicas or {}) if self.are_replicas_own else {}
        return (self.buckets[bucket], *((copies[bucket],) if bucket in copies else ()))


@dataclass(frozen=True, kw_only=True)
class DnsFirewallTargets(Generic[T]):
    """The DNS firewall.

    Attributes
    ----------
    log_group
        Log group of its queries.
    rule_group_id, association_id, domain_list_ids, query_log_id
        Ids of the rule group, its association with the VPC, the domain lists, and the query log's configuration.
    """

    log_group: T
    rule_group_id: T
    association_id: T
    domain_list_ids: tuple[T, ...]
    query_log_id: T


@dataclass(frozen=True, kw_only=True)
class NetworkTargets(Generic[T]):
    """The network tier.

    Attributes
    ----------
    vpc_id, route_table_id, subnet_ids, security_group_ids
        Ids of the VPC and of everything in it that a request may name.
    endpoint_ids
        Ids of the VPC endpoints.
    dns_firewall
        The DNS firewall; None without it.
    """

    vpc_id: T
    route_table_id: T
    subnet_ids: tuple[T, ...]
    security_group_ids: tuple[T, ...]
    endpoint_ids: tuple[T, ...]
    dns_firewall: DnsFirewallTargets[T] | None

    @property
    def dns_log_group(self) -> T | None:
        """Log group of the DNS firewall's queries; None without the firewall."""
        return self.dns_firewall.log_group if self.dns_firewall else None


@dataclass(frozen=True, kw_only=True)
class TrailTargets(Generic[T]):
    """The trail, which must record what `components.audit.tier.event_selectors` lists.

    Attributes
    ----------
    arn
        ARN of the trail.
    log_group
        Log group of its events.
    """

    arn: T
    log_group: T


@dataclass(frozen=True, kw_only=True)
class MalwareScanTargets(Generic[T]):
    """The malware scan of uploads: the id of its plan, and the ARN of the role that it acts through."""

    plan_id: T
    role_arn: T


@dataclass(frozen=True, kw_only=True)
class MonitoringTargets(Generic[T]):
    """Everything that the alarms monitor; alarms for a target that is None are omitted.

    Attributes
    ----------
    context
        Account, region and prefix of the stack's names.
    processing, storage, network
        The tiers.
    key_arns
        ARNs of the customer keys.
    log_groups
        Further log groups that are evidence, such as that of the flow logs.
    reconciler, redrive, attestor
        The functions.
    malware_scan
        The malware scan of uploads.
    trail
        The trail, whose log group the filters read.
    principals
        People and pipelines that may access the records.
    """

    context: AwsContext
    processing: ProcessingTargets[T]
    storage: StorageTargets[T]
    network: NetworkTargets[T]
    key_arns: tuple[T, ...]
    log_groups: tuple[T, ...]
    reconciler: FunctionTargets[T] | None
    redrive: FunctionTargets[T] | None
    attestor: FunctionTargets[T] | None
    malware_scan: MalwareScanTargets[T] | None
    trail: TrailTargets[T] | None
    principals: Principals

    @property
    def functions(self) -> tuple[FunctionTargets[T], ...]:
        """The functions, whose code and roles are monitored."""
        functions = (self.processing.processor, self.reconciler, self.redrive, self.attestor)
        return tuple(function for function in functions if function is not None)

    @property
    def all_log_groups(self) -> tuple[T, ...]:
        """Names of all log groups, whose lines are evidence."""
        optional = (self.trail.log_group if self.trail else None, self.network.dns_log_group)
        return (
            *(group for group in optional if group is not None),
            *(function.log_group for function in self.functions),
            *self.log_groups,
        )


def resolved(targets: MonitoringTargets[Input[str]]) -> Output[MonitoringTargets[str]]:
    """Return the targets once all their names are known."""
    return cast("Output[MonitoringTargets[str]]", _resolved(targets))


def _resolved(value: Any) -> Output[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        parts: Mapping[str, Output[Any]] = {
            field.name: _resolved(getattr(value, field.name)) for field in fields(value)
        }
        return Output.all(**parts).apply(lambda known: type(value)(**known))
    if isinstance(value, Mapping):
        return Output.all(**{name: _resolved(member) for name, member in value.items()})
    if isinstance(value, tuple):
        return Output.all(*map(_resolved, value)).apply(tuple)
    return Output.from_input(value)
