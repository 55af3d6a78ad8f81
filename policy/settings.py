"""What a stack sets: levels, parameters and waivers, from `policy/config/<stack>.yaml`, checked by its schema."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from policy import schema
from policy.model import Level, Parameters, Resource, Rule
from policy.rules import RULES
from policy.waivers import Note, Waiver, waiver_from

FOLDER = Path(__file__).resolve().parent / "config"


class _Loader(yaml.SafeLoader):
    """YAML whose dates stay text, as in JSON: what is no day of the calendar is then a problem of its waiver alone."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class SettingsError(Exception):
    """A configuration cannot be used; the message names the key, the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack sets. Without any, every rule is mandatory with its defaults and nothing is waived.

    Attributes
    ----------
    parameters
        By rule; what is left out has the rule's default.
    notes
        Waivers that are malformed: they cover nothing.
    """

    levels: Mapping[str, Level] = field(default_factory=dict)
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[Note, ...] = ()

    def level(self, rule: Rule) -> Level:
        """Return a rule's level."""
        return self.levels.get(rule.name, Level.MANDATORY)

    def waiver(self, rule: Rule, resource: Resource, today: date) -> Waiver | None:
        """Return the waiver that holds today for a rule's findings on a resource."""
        return next(
            (one for one in self.waivers if one.rule == rule.name and one.names(resource.urn) and one.holds(today)),
            None,
        )


def for_stack(name: str | None, folder: Path = FOLDER) -> Settings:
    """Return the settings of a stack: its file's, or the built-in ones where it has none.

    Raises
    ------
    SettingsError
        The file cannot be used.
    """
    file = folder / f"{name}.yaml"
    return load(file) if name and file.is_file() else Settings()


def load(file: Path) -> Settings:
    """Read a settings file.

    Raises
    ------
    SettingsError
        It cannot be read, or something in it other than a waiver is not allowed.
    """
    try:
        content = yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506 (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    try:
        return settings_from({} if content is None else content)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None


def settings_from(content: object) -> Settings:
    """Make settings of what a file holds; a malformed waiver is left out and noted, so that its finding counts.

    Raises
    ------
    SettingsError
        Something in it other than a waiver is not allowed.
    """
    allowed = settings_schema()
    problems = [one for one in schema.problems(content, allowed) if one.path[:1] != ("waivers",) or len(one.path) == 1]
    if problems:
        raise SettingsError("; ".join(_told(one) for one in problems))
    given = cast("Mapping[str, Any]", content)
    waivers, notes = _waivers(given.get("waivers", []), allowed["properties"]["waivers"]["items"])
    return Settings(
        levels={name: Level(level) for name, level in given.get("levels", {}).items()},
        parameters=given.get("parameters", {}),
        waivers=waivers,
        notes=notes,
    )


@cache
def settings_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a settings file, as the rules and their parameters make it."""
    level = {"type": "string", "enum": [level.value for level in Level]}
    text = {"type": "string", "pattern": r"\S"}
    waiver = {
        "rule": {"type": "string", "enum": list(RULES)},
        "resource": {
            "type": "string",
            "pattern": r"^(urn:pulumi:.+::.+::)?[^*?:]+:[^*?:]+:[^*?:]+::[^*?]+$",
            "description": "one resource as type::name or as its URN, without patterns",
        },
        "reason": {**text, "description": "why the resource must break the rule"},
        "owner": {**text, "description": "who answers for it"},
        "expires": {"type": "string", "format": "date", "description": "the last day on which it holds"},
    }
    parameters = {
        rule.name: _closed({name: {**one.schema, "default": one.default} for name, one in rule.parameters.items()})
        for rule in RULES.values()
        if rule.parameters
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of the policy pack for one stack",
        "description": "policy/config/<stack>.yaml. Without a file every rule is mandatory with its defaults and "
        "nothing is waived. Rendered from the rules by `python -m policy schema settings`.",
        **_closed(
            {
                "levels": {
                    "description": "Rules that are told instead of enforced, or the other way round",
                    **_closed(dict.fromkeys(RULES, level)),
                },
                "parameters": {"description": "By rule, what differs from its defaults", **_closed(parameters)},
                "waivers": {
                    "description": "Exceptions from one rule for one resource; one that is malformed or over covers nothing",
                    "type": "array",
                    "items": {**_closed(waiver), "required": list(waiver)},
                },
            }
        ),
    }


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _waivers(entries: Sequence[Any], allowed: Mapping[str, Any]) -> tuple[tuple[Waiver, ...], tuple[Note, ...]]:
    waivers, notes = [], []
    for index, entry in enumerate(entries):
        wrong = [_told(one) for one in schema.problems(entry, allowed)]
        if wrong:
            notes.append(Note("waiver-malformed", f"waivers[{index}] covers nothing: {'; '.join(wrong)}"))
        else:
            waivers.append(waiver_from(entry))
    return tuple(waivers), tuple(notes)


def _told(problem: schema.Problem) -> str:
    """Tell a problem, with the nearest name that exists for a misspelt one."""
    near = difflib.get_close_matches(str(problem.value), problem.choices, n=1)
    return f"{problem}{f' (did you mean {near[0]}?)' if near else ''}"
