"""What differs between stacks, read from the Pulumi config once and checked before any resource exists."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import pulumi

from components.audit.tier import ExistingTrail, trail_arn
from components.boundary import with_boundary
from components.context import AwsContext
from components.emulation import ignore_properties_not_read_back
from components.monitoring.catalogue import ThresholdError, check_thresholds
from components.principals import Principals, overlap
from components.processing.tier import FunctionSize
from components.retention import ObjectLock, Retention
from components.tags import Transformation, tagging

LOG_RETENTION_DAYS = (2557, 2922, 3288, 3653)
"""The retentions that CloudWatch Logs takes and that are no less than the seven years of SEC 17a-4 and the like."""

ENVIRONMENTS = ("local", "dev", "prod")
ARCHITECTURES = ("arm64", "x86_64")
LOCK_MODES = ("governance", "compliance")
PERIMETERS = ("off", "enforced")
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
"""What every tagged AWS service takes as a value."""
_SUBSCRIBER = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[\w-]*:(sqs|lambda):[\w-]+:\d{12}:\S+")
_PRINCIPAL = re.compile(r"(arn:aws[\w-]*:iam::\d{12}:)?(role|user)/(?=.*[\w+=,.@-])[\w+=,.@/*?-]+")
"""A name of wildcards alone would be everybody."""
_PRINCIPALS = (
    "deploy_principals",
    "break_glass_principals",
    "uploaders",
    "readers",
    "quarantine_operators",
    "auditors",
)
_BOUNDARY = re.compile(r"(arn:aws[\w-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+)?")
_TRAIL = re.compile(r"(arn:aws[\w-]*:cloudtrail:[\w-]+:\d{12}:trail/[\w.-]+)?")


class SettingError(pulumi.RunError):
    """A setting is missing or has a value that is not allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One stack's settings; their types, defaults and descriptions stand in `Pulumi.yaml`.

    Raises
    ------
    SettingError
        A value is not allowed; the message names the key, the value and what is allowed.
    """

    environment: str
    owner: str
    cost_centre: str
    repository: str
    protection: bool
    cidr: str
    zones: int
    raw_retention_days: int
    log_retention_days: int
    object_lock_mode: str
    object_lock_years: int
    key_rotation_days: int
    key_deletion_days: int
    deploy_principals: list[str]
    break_glass_principals: list[str]
    uploaders: list[str]
    readers: list[str]
    quarantine_operators: list[str]
    auditors: list[str]
    perimeter: str
    permissions_boundary: str
    function_memory: int
    function_timeout: int
    function_concurrency: int
    function_reserved: int
    function_architecture: str
    account_last4: bool
    trail_arn: str
    trail_log_group: str
    trail_insights: bool
    dns_firewall: bool
    request_metrics: bool
    saved_queries: bool
    prefix_list_rules: bool
    full_read_back: bool
    page_subscriptions: list[str]
    ticket_subscriptions: list[str]
    alarm_thresholds: dict[str, float]

    @property
    def retention(self) -> Retention:
        """How long data are kept."""
        return Retention(
            raw_days=self.raw_retention_days,
            log_days=self.log_retention_days,
            lock=ObjectLock(mode=self.object_lock_mode.upper(), years=self.object_lock_years),
            protection=self.protection,
        )

    @property
    def existing_trail(self) -> ExistingTrail | None:
        """The trail that records the account already; none for one of the stack's own."""
        return (
            ExistingTrail(arn=self.trail_arn, log_group_name=self.trail_log_group or None) if self.trail_arn else None
        )

    def own_trail(self, context: AwsContext) -> str | None:
        """Return the ARN that the stack's own trail will have; none where it takes an existing one."""
        return None if self.trail_arn else trail_arn(context)

    @property
    def function_size(self) -> FunctionSize:
        """How much the processor may take."""
        return FunctionSize(
            memory=self.function_memory,
            timeout=self.function_timeout,
            concurrency=self.function_concurrency,
            reserved=self.function_reserved or None,
            architecture=self.function_architecture,
        )

    def transformations(self, project: str, stack: str) -> list[Transformation]:
        """Return what is done to every resource of a stack: tags, a boundary, what is not compared."""
        found = [tagging(self._tags(project, stack))]
        if self.permissions_boundary:
            found.append(with_boundary(self.permissions_boundary))
        if not self.full_read_back:
            found.append(ignore_properties_not_read_back)
        return found

    def _tags(self, project: str, stack: str) -> dict[str, str]:
        return {
            "environment": self.environment,
            "owner": self.owner,
            "cost-centre": self.cost_centre,
            "project": project,
            "stack": stack,
            "managed-by": "pulumi",
            "repository": self.repository,
        }

    def principals(self, context: AwsContext) -> Principals:
        """Return who may come near the records; a short pattern is of the account that is deployed to."""
        return Principals(
            **{
                key.removesuffix("_principals"): tuple(context.principal(one) for one in getattr(self, key))
                for key in _PRINCIPALS
            }
        )

    def __post_init__(self) -> None:
        self._one_of("environment", ENVIRONMENTS)
        for key in ("owner", "cost_centre", "repository"):
            self._fits(key, _TAG_VALUE, "1 to 256 letters, digits, spaces or any of .:/=+@-_")
        self._network()
        self._between("zones", 2, 4)
        self._retention()
        self._principals()
        self._function()
        self._fits("permissions_boundary", _BOUNDARY, "the ARN of a managed policy, or nothing")
        self._trail()
        for key in ("page_subscriptions", "ticket_subscriptions"):
            self._fits(key, _SUBSCRIBER, "e-mail addresses, and ARNs of queues or functions")
        try:
            check_thresholds(self.alarm_thresholds)
        except ThresholdError as error:
            raise SettingError(f"Setting strongroom:alarm_thresholds: {error}") from None

    def _retention(self) -> None:
        self._between("raw_retention_days", 1, 3653)
        self._one_of("log_retention_days", LOG_RETENTION_DAYS)
        self._one_of("object_lock_mode", LOCK_MODES)
        self._between("object_lock_years", 7, 100)
        self._between("key_rotation_days", 90, 2560)
        self._between("key_deletion_days", 7, 30)

    def _principals(self) -> None:
        """Check who is named; who brings input must not be one who reads, or accounts could be tried out."""
        for key in _PRINCIPALS:
            self._fits(key, _PRINCIPAL, "patterns as role/name, user/name, or their full ARN; wildcards are * and ?")
        for key in ("readers", "quarantine_operators", "auditors"):
            both = [one for one in self.uploaders for other in getattr(self, key) if overlap(one, other)]
            self._check(
                "uploaders", not both, f"anybody but {key}, who could then try out accounts: {both} may be both"
            )
        self._one_of("perimeter", PERIMETERS)
        if self.perimeter == "enforced":
            self._check("deploy_principals", self.deploy_principals, "at least one while the perimeter is enforced")

    def _function(self) -> None:
        self._between("function_memory", 128, 10240)
        self._between("function_timeout", 30, 900)
        self._between("function_concurrency", 2, 1000)
        least = self.function_concurrency
        enough = self.function_reserved == 0 or self.function_reserved >= least
        self._check("function_reserved", enough, f"0 for none, or at least function_concurrency, which is {least}")
        self._one_of("function_architecture", ARCHITECTURES)

    def _trail(self) -> None:
        self._fits("trail_arn", _TRAIL, "the ARN of an existing trail, or nothing for one of the stack's own")
        alone = bool(self.trail_log_group) and not self.trail_arn
        self._check(
            "trail_log_group", not alone, "nothing without trail_arn: the stack's own trail has its own log group"
        )

    def _network(self) -> None:
        allowed = "a private IPv4 block of /16 to /20, such as 10.20.0.0/16"
        try:
            network = ipaddress.IPv4Network(self.cidr)
        except ValueError:
            network = None
        self._check("cidr", network is not None and network.is_private and 16 <= network.prefixlen <= 20, allowed)

    def _fits(self, key: str, pattern: re.Pattern[str], allowed: str) -> None:
        value = getattr(self, key)
        texts = value if isinstance(value, list) else [value]
        self._check(key, all(pattern.fullmatch(text) for text in texts), allowed)

    def _one_of(self, key: str, allowed: tuple[object, ...]) -> None:
        self._check(key, getattr(self, key) in allowed, "one of " + ", ".join(str(value) for value in allowed))

    def _between(self, key: str, least: int, most: int) -> None:
        self._check(key, least <= getattr(self, key) <= most, f"a whole number from {least} to {most}")

    def _check(self, key: str, holds: object, allowed: str) -> None:
        if not holds:
            raise _error(key, repr(getattr(self, key)), allowed)


_READERS = {int: "get_int", bool: "get_bool", str: "get"}
_WANTED = {
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    list[str]: "a list of texts",
    dict[str, float]: "numbers by name",
}


def read(config: pulumi.Config) -> Settings:
    """Read the settings of the stack that is being deployed.

    Raises
    ------
    SettingError
        One is missing, is of another type, or has a value that is not allowed.
    """
    types = get_type_hints(Settings)
    return Settings(**{field.name: _value(config, field.name, types[field.name]) for field in fields(Settings)})


def _value(config: pulumi.Config, key: str, wanted: Any) -> Any:
    try:
        value = getattr(config, _READERS[wanted])(key) if wanted in _READERS else config.get_object(key)
    except pulumi.ConfigTypeError:
        raise _error(key, repr(config.get(key)), _WANTED[wanted]) from None
    if value is None and wanted == dict[str, float]:
        return {}  # Pulumi.yaml, where defaults stand, knows no type for it
    if value is None:
        raise _error(key, "nothing", _WANTED[wanted])
    if wanted == list[str] and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise _error(key, repr(value), _WANTED[wanted])
    if wanted == dict[str, float] and not isinstance(value, dict):
        raise _error(key, repr(value), _WANTED[wanted])
    return value


def _error(key: str, value: str, allowed: str) -> SettingError:
    return SettingError(
        f"Setting strongroom:{key} is {value}; allowed is {allowed}. Set it in the stack's file: pulumi config set strongroom:{key} …"
    )


def first_zones(zone_ids: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the first availability zones of a region.

    Raises
    ------
    SettingError
        The region has fewer.
    """
    if len(zone_ids) < count:
        raise _error(
            "zones", str(count), f"at most {len(zone_ids)}, which is how many zones this region offers the account"
        )
    return tuple(sorted(zone_ids)[:count])
