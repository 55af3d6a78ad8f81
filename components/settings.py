"""What differs between stacks, read from the Pulumi config once and checked before any resource exists."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import pulumi

LOG_RETENTION_DAYS = (2557, 2922, 3288, 3653)
"""The retentions that CloudWatch Logs takes and that are no less than the seven years of SEC 17a-4 and the like."""

ENVIRONMENTS = ("local", "dev", "prod")
ARCHITECTURES = ("arm64", "x86_64")
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
"""What every tagged AWS service takes as a value."""


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
    key_rotation_days: int
    key_deletion_days: int
    function_memory: int
    function_timeout: int
    function_concurrency: int
    function_architecture: str
    account_last4: bool
    prefix_list_rules: bool
    full_read_back: bool
    page_subscriptions: list[str]
    ticket_subscriptions: list[str]

    def __post_init__(self) -> None:
        self._one_of("environment", ENVIRONMENTS)
        for key in ("owner", "cost_centre", "repository"):
            value = getattr(self, key)
            self._check(key, _TAG_VALUE.fullmatch(value), "1 to 256 letters, digits, spaces or any of .:/=+@-_")
        self._network()
        self._between("zones", 2, 4)
        self._between("raw_retention_days", 1, 3653)
        self._one_of("log_retention_days", LOG_RETENTION_DAYS)
        self._between("key_rotation_days", 90, 2560)
        self._between("key_deletion_days", 7, 30)
        self._between("function_memory", 128, 10240)
        self._between("function_timeout", 30, 900)
        self._between("function_concurrency", 2, 1000)
        self._one_of("function_architecture", ARCHITECTURES)
        for key in ("page_subscriptions", "ticket_subscriptions"):
            for address in getattr(self, key):
                proper = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[\w-]*:(sqs|lambda):[\w-]+:\d{12}:\S+", address)
                self._check(key, proper, "e-mail addresses, and ARNs of queues or functions")

    def _network(self) -> None:
        allowed = "a private IPv4 block of /16 to /20, such as 10.20.0.0/16"
        try:
            network = ipaddress.IPv4Network(self.cidr)
        except ValueError:
            network = None
        self._check("cidr", network is not None and network.is_private and 16 <= network.prefixlen <= 20, allowed)

    def _one_of(self, key: str, allowed: tuple[object, ...]) -> None:
        self._check(key, getattr(self, key) in allowed, "one of " + ", ".join(str(value) for value in allowed))

    def _between(self, key: str, least: int, most: int) -> None:
        self._check(key, least <= getattr(self, key) <= most, f"a whole number from {least} to {most}")

    def _check(self, key: str, holds: object, allowed: str) -> None:
        if not holds:
            raise _error(key, repr(getattr(self, key)), allowed)


_READERS = {int: "get_int", bool: "get_bool", str: "get"}
_WANTED = {int: "a whole number", bool: "true or false", str: "a text", list[str]: "a list of texts"}


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
    if value is None:
        raise _error(key, "nothing", _WANTED[wanted])
    if wanted == list[str] and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
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
