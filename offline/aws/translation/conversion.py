"""Converts values and paths between Pulumi's names and Terraform's."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from offline.aws.terraform.cty import UNKNOWN, Path
from offline.aws.translation.fields import Field, Fields


def to_terraform(fields: Fields, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Path]]:
    """Return values by Terraform names, and the paths of properties that Terraform does not have."""
    result: dict[str, Any] = {}
    missing: list[Path] = []
    for name, value in values.items():
        if name == "__defaults":
            continue
        field = fields.by_pulumi.get(name)
        if field is None:
            missing.append((name,))
            continue
        result[field.terraform], below = _field_to_terraform(field, value)
        missing += [(name, *path) for path in below]
    return result, missing


def _field_to_terraform(field: Field, value: Any) -> tuple[Any, list[Path]]:
    if value is None or value is UNKNOWN:
        # In an attribute the single element is unknown; for a block it is unknown whether it exists at all.
        return ([UNKNOWN] if value is UNKNOWN and field.flat and field.attribute is not None else value), []
    if field.mode in ("list", "set"):
        if field.flat:
            element, missing = _element(field, value)
            return [element], missing
        if isinstance(value, list):
            return _elements(field, enumerate(value))
        return value, []  # a wrong type, which coercion reports with its path
    if field.mode == "map" and isinstance(value, dict):
        converted, missing = _elements(field, value.items())
        return dict(zip(value, converted, strict=True)), missing
    return _element(field, value)


def _elements(field: Field, elements: Iterable[tuple[str | int, Any]]) -> tuple[list[Any], list[Path]]:
    converted: list[Any] = []
    missing: list[Path] = []
    for step, element in elements:
        value, below = _element(field, element)
        converted.append(value)
        missing += [(step, *path) for path in below]
    return converted, missing


def _element(field: Field, value: Any) -> tuple[Any, list[Path]]:
    if field.fields is not None and isinstance(value, dict):
        return to_terraform(field.fields, value)
    return value, []


def to_pulumi(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by Pulumi names, without those that are None."""
    result: dict[str, Any] = {}
    for field in fields.all:
        value = values.get(field.terraform)
        if value is None:
            continue
        if field.flat and isinstance(value, list):
            if value and value[0] is not None:
                result[field.pulumi] = _from_terraform(field, value[0])
        elif field.mode == "map" and isinstance(value, dict):
            result[field.pulumi] = {key: _from_terraform(field, item) for key, item in value.items()}
        else:
            result[field.pulumi] = _from_terraform(field, value)
    return result


def _from_terraform(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_from_terraform(field, element) for element in value]
    if isinstance(value, dict) and field.fields is not None:
        return to_pulumi(field.fields, value)
    return value


def to_pulumi_path(fields: Fields, path: Path) -> Path:
    """Return a Terraform path by Pulumi names, without the indexes of single elements."""
    steps: list[str | int] = []
    level: Fields | None = fields
    flat = inside_map = False
    for step in path:
        if isinstance(step, int):
            if not flat:
                steps.append(step)
        elif inside_map:
            inside_map = False
            steps.append(step)
        else:
            field = level.by_terraform.get(step) if level is not None else None
            steps.append(field.pulumi if field else step)
            level, flat = (field.fields, field.flat) if field else (None, False)
            inside_map = field is not None and field.mode == "map"
    return tuple(steps)


def format_path(path: Path) -> str:
    """Return a path in Pulumi's notation, such as `rules[0].expiration.days` or `tags["a.b"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$]*", step, re.ASCII):
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def parse_path(text: str) -> Path:
    """Return the path from Pulumi's notation; `[*]` becomes the step `*`."""
    steps: list[str | int] = []
    for step in re.finditer(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.\[\]]+)', text, re.DOTALL):
        quoted, number, name = step.groups()
        if quoted is not None:
            steps.append(re.sub(r"(?s)\\(.)", r"\1", quoted))
        elif number is not None:
            steps.append("*" if number == "*" else int(number))
        else:
            steps.append(name)
    return tuple(steps)
