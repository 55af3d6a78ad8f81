"""The buckets of the stack, one row each.

Everything that differs between buckets is in this table: the data tier creates the buckets from it, and outputs,
monitoring targets, request metrics, the trail's data events, the endpoint policies, the alarms' bucket lists and the table
in docs/compliance.md are derived from it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from components.context import AwsContext
from components.data.lifecycle import Lifespan, access_log_lifespan, code_lifespan, evidence_lifespan, raw_lifespan
from components.data.policies import Access, access_log_delivery, trail_delivery
from components.expected import EXPECTED_STATE_KEYS
from components.principals import Principals
from components.retention import Retention
from components.shared.statements import Statement

Service = Literal["processor", "redrive", "attestor"]
"""A function that uses buckets; its role has its name (`AwsContext.role_arn`)."""
Group = Literal["deploy", "break_glass", "uploaders", "readers", "quarantine_operators", "auditors", "operators"]
"""A group of `Principals`."""
MALWARE_SCAN = "malware-scan"
"""Purpose of the role of the malware scan (`AwsContext.role_arn`)."""
KeyClass = Literal["records", "logs", "audit"]
Delivery = Callable[[str, str | None, AwsContext], list[Statement]]
"""Statements that let an AWS service write, given the bucket's ARN, the trail's ARN and the account."""


@dataclass(frozen=True, kw_only=True)
class BucketRow:
    """One bucket.

    Attributes
    ----------
    content
        What the bucket holds, for readers of the documentation.
    classification
        Data class, which is also the value of the tag. All uses of objects in `restricted` buckets are recorded by the
        trail, and their reads raise alarms; of other buckets, changes and deletions do.
    key
        Customer key of the objects; None for S3's own encryption, which a target of access logs requires.
    lifespan
        When objects expire.
    locked
        Whether new objects are locked against deletion and change.
    readers, writers
        The only principals who may read and write objects. If the entry names groups and none of them has members, IAM
        alone decides; a row without groups always restricts.
    listed_by
        Services outside the network that list objects without reading them.
    never_read, never_write
        Groups that may not read or write, whatever IAM allows.
    limited_writer
        A group of `writers` that may write only objects whose keys match a pattern, and the pattern.
    deletion_restricted
        Whether only break-glass principals may delete objects while protection is on.
    scanned
        Whether uploads are scanned for malware, in a stack with a malware scan.
    replicated
        Whether a second copy is kept in another region, if the settings name one.
    access_logged
        Whether access is logged to the access-log bucket.
    delivery
        Statements that let an AWS service write; None for none.
    output
        Name of the stack output.
    """

    content: str
    classification: Literal["restricted", "internal", "audit"]
    key: KeyClass | None
    lifespan: Callable[[Retention], Lifespan]
    output: str
    locked: bool = False
    readers: Sequence[Group | Service] = ()
    writers: Sequence[Group | Service] = ()
    listed_by: Sequence[Service] = ()
    never_read: Sequence[Group] = ()
    never_write: Sequence[Group] = ()
    limited_writer: tuple[Group, str] | None = None
    deletion_restricted: bool = False
    scanned: bool = False
    replicated: bool = False
    access_logged: bool = True
    delivery: Delivery | None = None

    @property
    def holds_records(self) -> bool:
        """Whether the bucket holds records, raw, processed or rejected."""
        return self.classification == "restricted"

    @property
    def holds_evidence(self) -> bool:
        """Whether the bucket holds evidence about the stack."""
        return self.classification == "audit"

    @property
    def named_readers(self) -> tuple[Group, ...]:
        """Groups of people who read objects in their daily work; break-glass principals do so in emergencies only."""
        daily: tuple[Group, ...] = ("uploaders", "readers", "quarantine_operators", "auditors")
        return tuple(group for group in daily if group in self.readers)


BUCKETS: Mapping[str, BucketRow] = {
    "access-logs": BucketRow(
        content="access logs of the other buckets",
        classification="internal",
        key=None,
        lifespan=access_log_lifespan,
        output="access_log_bucket",
        readers=("auditors", "break_glass"),
        deletion_restricted=True,
        access_logged=False,
        delivery=lambda bucket_arn, _, context: access_log_delivery(bucket_arn, context),
    ),
    "input": BucketRow(
        content="files as they arrive, with whole account numbers",
        classification="restricted",
        key="records",
        lifespan=raw_lifespan,
        output="input_bucket",
        # Only the processor needs whole account numbers.
        readers=("processor", "break_glass"),
        writers=("uploaders", "break_glass"),
        listed_by=("redrive",),
        never_write=("readers",),
        scanned=True,
    ),
    "output": BucketRow(
        content="accepted records with account tokens, and manifests",
        classification="restricted",
        key="records",
        lifespan=evidence_lifespan,
        output="output_bucket",
        locked=True,
        replicated=True,
        readers=("readers", "auditors", "processor", "break_glass"),
        writers=("processor",),
        never_read=("uploaders", "operators"),
        deletion_restricted=True,
    ),
    "quarantine": BucketRow(
        content="rejected records, masked, with their reasons",
        classification="restricted",
        key="records",
        lifespan=raw_lifespan,
        output="quarantine_bucket",
        readers=("quarantine_operators", "break_glass"),
        writers=("processor",),
        never_read=("uploaders", "operators"),
    ),
    "artifacts": BucketRow(
        content="code of the functions",
        classification="internal",
        key="logs",
        lifespan=code_lifespan,
        output="artifact_bucket",
        writers=("deploy",),
        never_read=("uploaders", "readers", "quarantine_operators", "auditors"),
    ),
    "audit": BucketRow(
        content="the trail's files, the expected state and the attestor's evidence",
        classification="audit",
        key="audit",
        lifespan=evidence_lifespan,
        output="audit_bucket",
        locked=True,
        replicated=True,
        readers=("auditors", "deploy", "attestor", "break_glass"),
        writers=("deploy", "attestor", "break_glass"),
        never_read=("uploaders",),
        limited_writer=("deploy", EXPECTED_STATE_KEYS),
        deletion_restricted=True,
        delivery=lambda bucket_arn, trail_arn, context: (
            trail_delivery(bucket_arn, trail_arn, context) if trail_arn else []
        ),
    ),
}
"""By name; `data-<name>` is the name of the resource."""


def service_roles(context: AwsContext) -> dict[str, str]:
    """Return the ARN of each service's role."""
    return {service: context.role_arn(service) for service in get_args(Service)}


def access(
    bucket: BucketRow,
    principals: Principals,
    service_roles: Mapping[str, str],
    *,
    protection: bool,
    scanner: str | None = None,
) -> Access:
    """Return the access restrictions of a bucket.

    Parameters
    ----------
    service_roles
        ARN of each service's role.
    scanner
        ARN of the role of the malware scan; None for a stack without one.
    protection
        Whether evidence refuses to be deleted.
    """

    def members(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            pattern
            for name in names
            for pattern in ((service_roles[name],) if name in service_roles else getattr(principals, name))
        )

    def only(names: Sequence[str]) -> tuple[str, ...]:
        return () if is_open(names, principals) else members(names)

    # The attestor is outside the network; the processor inside reaches S3 through the endpoint.
    outside_services = [
        *(name for name in ("attestor",) if name in (*bucket.readers, *bucket.writers)),
        *bucket.listed_by,
    ]
    limited = bucket.limited_writer
    own_scanner = scanner if bucket.scanned else None
    return Access(
        writers=only(bucket.writers),
        readers=only(bucket.readers),
        never_write=members(bucket.never_write),
        never_read=members(bucket.never_read),
        limited_writers=members(limited[:1]) if limited else (),
        limited_keys=limited[1] if limited else "",
        services=principals.services,
        scanner=own_scanner,
        unscanned_readers=principals.break_glass,
        deletion_principals=principals.break_glass if bucket.deletion_restricted and protection else None,
        guardrail_admins=principals.guardrail_admins,
        outside_network=(
            *principals.deploy,
            *principals.break_glass,
            *principals.clients,
            *principals.services,
            *members(outside_services),
            *([own_scanner] if own_scanner else []),
        ),
    )


def is_open(names: Sequence[str], principals: Principals) -> bool:
    """Return whether IAM alone decides: the entry of a row names groups of people, and none of them has members."""
    groups = _people(names)
    return not any(getattr(principals, group) for group in groups) and (bool(groups) or not names)


def open_doors(principals: Principals) -> list[str]:
    """Return what stands open to whoever IAM allows it, because groups have no members, as parts of a sentence."""
    doors = [
        f"{verb} the {name} bucket (name {' or '.join(_people(names))})"
        for name, bucket in BUCKETS.items()
        for verb, names in (("read", bucket.readers), ("write", bucket.writers))
        if names and is_open(names, principals)
    ]
    changes = "change policies, keys, locks, notifications and replication (name deploy_principals)"
    return [*doors, *([] if principals.guardrail_admins else [changes])]


def _people(names: Sequence[str]) -> list[str]:
    """Return the groups of people for daily work among the readers or writers of a bucket."""
    return [name for name in names if name not in get_args(Service) and name != "break_glass"]
