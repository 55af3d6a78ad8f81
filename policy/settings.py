"""Levels, parameters and waivers of a stack, from `policy/config/<stack>.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from policy import rules
from policy.model import RULES, Level

FOLDER = Path(__file__).parent / "config"
_SOON = timedelta(days=30)
_FIELDS = ("rule", "resource", "reason", "owner", "expires")
_PARAMETERS = {"requiredTags": list, "allowedTagValues": dict, "minimumRetentionDays": int}

__all__ = ["FOLDER", "ConfigError", "PackConfig", "Waiver", "load", "rules"]


class ConfigError(Exception):
    """A configuration cannot be used; the message names the key, the value and what is allowed."""


@dataclass(frozen=True)
class Waiver:
    """An exception from one rule for one resource.

    Attributes
    ----------
    rule, resource
        The rule's name, and the resource as `type::name`.
    reason, owner
        Why, and who answers for it.
    expires
        The last day on which it holds.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def holds(self, today: date) -> bool:
        """Whether it still holds."""
        return today <= self.expires

    def ends_soon(self, today: date) -> bool:
        """Whether it holds for at most thirty days more."""
        return self.holds(today) and self.expires - today <= _SOON


@dataclass(frozen=True)
class PackConfig:
    """What a stack sets; without a file every rule is mandatory and nothing is waived."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def level(self, rule: str) -> Level:
        """Return a rule's level."""
        return self.levels.get(rule, Level.MANDATORY)


def load(file: Path) -> PackConfig:
    """Read a configuration.

    Raises
    ------
    ConfigError
        It cannot be read, or something in it is not allowed.
    """
    try:
        data = yaml.safe_load(file.read_text()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{file.name} cannot be read: {error}") from None
    if not isinstance(data, dict) or (foreign := data.keys() - {"levels", "parameters", "waivers"}):
        raise ConfigError(
            f"{file.name}: allowed are levels, parameters and waivers, found {sorted(foreign) if isinstance(data, dict) else data!r}"
        )
    levels = {}
    for name, level in (data.get("levels") or {}).items():
        if name == "all":
            raise ConfigError(
                f"{file.name}: levels.all would end enforcement as a whole; set the level of single rules"
            )
        if name not in RULES or level not in list(Level):
            raise ConfigError(
                f"{file.name}: levels.{name} is {level!r}; rules are {', '.join(sorted(RULES))}, levels are {', '.join(Level)}"
            )
        levels[name] = Level(level)
    parameters = data.get("parameters") or {}
    for name, value in parameters.items():
        if name not in _PARAMETERS or not isinstance(value, _PARAMETERS[name]):
            raise ConfigError(f"{file.name}: parameters.{name} is {value!r}; allowed are {', '.join(_PARAMETERS)}")
    waivers = tuple(_waiver(file, number, one) for number, one in enumerate(data.get("waivers") or []))
    return PackConfig(levels, parameters, waivers)


def _waiver(file: Path, number: int, data: Any) -> Waiver:
    where = f"{file.name}: waivers[{number}]"
    if not isinstance(data, dict) or set(data) != set(_FIELDS) or not all(data.values()):
        raise ConfigError(f"{where} needs exactly {', '.join(_FIELDS)}, none of them empty")
    if data["rule"] not in RULES:
        raise ConfigError(f"{where}.rule is {data['rule']!r}; rules are {', '.join(sorted(RULES))}")
    if not isinstance(data["expires"], date):
        raise ConfigError(f"{where}.expires is {data['expires']!r}; allowed is a date such as 2027-06-30")
    if "::" not in str(data["resource"]) or "*" in str(data["resource"]):
        raise ConfigError(
            f"{where}.resource is {data['resource']!r}; allowed is type::name of one resource, without patterns"
        )
    return Waiver(**{name: data[name] for name in _FIELDS})
