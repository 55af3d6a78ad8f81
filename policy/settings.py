"""Settings of a stack: levels, parameters and waivers, from `policy/config/<stack>.yaml` and the files it extends."""

import difflib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from policy.model import Level, Parameters, Resource, Rule
from policy.settings_schema import problems
from policy.waivers import Note, Waiver, parse_waiver

CONFIG_FOLDER = Path(__file__).resolve().parent / "config"


class _Loader(yaml.SafeLoader):
    """YAML that leaves dates as text, as JSON does: an impossible date then invalidates its waiver alone."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class SettingsError(Exception):
    """Settings that cannot be used; the message names the file, the key, the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one stack. By default every rule is mandatory, with its default parameters, and nothing is waived.

    Attributes
    ----------
    parameters
        By rule and name; a parameter that is left out has the rule's default.
    notes
        One for each malformed waiver, which has no effect.
    """

    levels: Mapping[str, Level] = field(default_factory=dict)
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[Note, ...] = ()

    def level(self, rule: Rule) -> Level:
        """Return the enforcement level of a rule."""
        return self.levels.get(rule.name, Level.MANDATORY)

    def waiver(self, rule: Rule, resource: Resource, today: date) -> Waiver | None:
        """Return the valid waiver for a rule's findings on a resource, if there is one."""
        return next(
            (
                waiver
                for waiver in self.waivers
                if waiver.rule == rule.name and waiver.covers(resource.urn) and waiver.is_valid(today)
            ),
            None,
        )

    def extended_by(self, nearer: "Settings") -> "Settings":
        """Return these settings with those of a file that extends them.

        Levels and parameters of the nearer file win, and a parameter that is a map is merged entry by entry. The
        waivers of both apply.
        """
        return Settings(
            levels={**self.levels, **nearer.levels},
            parameters=_merged(self.parameters, nearer.parameters),
            waivers=self.waivers + nearer.waivers,
            notes=self.notes + nearer.notes,
        )


def _merged(base: Mapping[str, Any], nearer: Mapping[str, Any]) -> dict[str, Any]:
    both_maps = {
        key
        for key in base.keys() & nearer.keys()
        if isinstance(base[key], Mapping) and isinstance(nearer[key], Mapping)
    }
    return {**base, **nearer, **{key: _merged(base[key], nearer[key]) for key in both_maps}}


def settings_for_stack(name: str | None, folder: Path = CONFIG_FOLDER) -> Settings:
    """Return the settings of a stack: those of `<name>.yaml` in a folder, or the defaults where there is no such file.

    Raises
    ------
    SettingsError
        The file cannot be used.
    """
    file = folder / f"{name}.yaml"
    return load_settings(file) if name and file.is_file() else Settings()


def load_settings(file: Path) -> Settings:
    """Return the settings in a file, merged with those of the files that it extends.

    Raises
    ------
    SettingsError
        A file is missing, is not YAML or extends itself, or anything in it but a waiver is not allowed.
    """
    return _load(file, ())


def _load(file: Path, extending: tuple[Path, ...]) -> Settings:
    """Load a file that the files in `extending` extend, the nearest last."""
    try:
        content = yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506 (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    content = {} if content is None else content
    try:
        own = parse_settings(content)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None
    own = Settings(
        levels=own.levels,
        parameters=own.parameters,
        waivers=own.waivers,
        notes=tuple(Note(note.kind, f"{file.name}: {note.message}") for note in own.notes),
    )
    if "extends" not in content:
        return own
    base = _base_file(file, content["extends"], (*extending, file))
    return _load(base, (*extending, file)).extended_by(own)


def _base_file(file: Path, name: str, chain: tuple[Path, ...]) -> Path:
    """Return the file that `name` in `file` refers to, unless it is missing or part of the chain already."""
    base = file.parent / name
    if not base.is_file():
        nearest = difflib.get_close_matches(name, [path.name for path in file.parent.glob("*.yaml")], n=1)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise SettingsError(f"{file}: extends is {name!r}, expected a file relative to {file.parent}{hint}")
    visited = [path.resolve() for path in chain]
    if base.resolve() in visited:
        loop = " extends ".join(path.name for path in (*chain[visited.index(base.resolve()) :], base))
        raise SettingsError(f"{file}: extends is {name!r}, which makes a loop: {loop}; remove one of these lines")
    return base


def parse_settings(content: object) -> Settings:
    """Return the settings that the content of one file describes, without those that it extends.

    A malformed waiver is left out and noted, so that its finding counts.

    Raises
    ------
    SettingsError
        Anything but a waiver is not allowed.
    """
    errors: list[str] = []
    malformed: dict[int, list[str]] = defaultdict(list)
    for problem in problems(content):
        match problem.path:
            case ("waivers", int(index), *_):
                malformed[index].append(problem.message)
            case _:
                errors.append(problem.message)
    if errors or not isinstance(content, Mapping):
        raise SettingsError("; ".join(errors))
    return Settings(
        levels={name: Level(level) for name, level in content.get("levels", {}).items()},
        parameters=content.get("parameters", {}),
        waivers=tuple(
            parse_waiver(entry) for index, entry in enumerate(content.get("waivers", [])) if index not in malformed
        ),
        notes=tuple(
            Note("waiver-malformed", f"a malformed waiver has no effect: {'; '.join(messages)}")
            for messages in malformed.values()
        ),
    )
