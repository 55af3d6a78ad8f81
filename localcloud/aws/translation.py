"""Values from Pulumi's names to Terraform's, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.aws.cty import UNKNOWN
from localcloud.aws.names import Field, Fields


def to_terraform(fields: Fields, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return values by Terraform's names, and the paths of the properties that it does not have."""
    result: dict[str, Any] = {}
    missing: list[str] = []
    for name, value in values.items():
        if name == "__defaults":
            continue
        field = fields.by_pulumi.get(name)
        if field is None:
            missing.append(name)
            continue
        result[field.terraform], below = _field_to_terraform(field, value)
        missing += [f"{name}{path}" for path in below]
    return result, missing


def _field_to_terraform(field: Field, value: Any) -> tuple[Any, list[str]]:
    if value is None:
        return None, []
    if value is UNKNOWN:
        # A block that may be there is proposed as one whose content is unknown; Terraform has no unknown block.
        if field.flat:
            return [_unknown_element(field)], []
        return ([_unknown_element(field)] if field.attribute is None and field.mode in ("list", "set") else UNKNOWN), []
    if field.mode in ("list", "set"):
        elements = [value] if field.flat or not isinstance(value, list) else value
        pairs = [_element(field, one) for one in elements]
        where = [""] if field.flat else [f"[{n}]" for n in range(len(elements))]
        return [one for one, _ in pairs], [
            place + path for place, (_, paths) in zip(where, pairs, strict=True) for path in paths
        ]
    if field.mode == "map" and field.fields is not None and isinstance(value, dict):
        made = {key: _element(field, one) for key, one in value.items()}
        return {key: one for key, (one, _) in made.items()}, [
            f".{key}{path}" for key, (_, paths) in made.items() for path in paths
        ]
    return _element(field, value)


def _unknown_element(field: Field) -> Any:
    if field.attribute is not None or field.fields is None:
        return UNKNOWN
    return {one.terraform: UNKNOWN for one in field.fields.all if one.attribute is not None and one.attribute.settable}


def _element(field: Field, value: Any) -> tuple[Any, list[str]]:
    if field.fields is not None and isinstance(value, dict):
        result, missing = to_terraform(field.fields, value)
        return result, [f".{name}" for name in missing]
    return value, []


def to_pulumi(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by Pulumi's names; what is none is left out."""
    result: dict[str, Any] = {}
    for field in fields.all:
        value = values.get(field.terraform)
        if value is None:
            continue
        if field.flat and isinstance(value, list):
            if value:
                result[field.pulumi] = _from_terraform(field, value[0])
        else:
            result[field.pulumi] = _from_terraform(field, value)
    return result


def _from_terraform(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_from_terraform(field, one) for one in value]
    if isinstance(value, dict):
        if field.fields is None:
            return value
        if field.mode == "map":
            return {key: to_pulumi(field.fields, one) if isinstance(one, dict) else one for key, one in value.items()}
        return to_pulumi(field.fields, value)
    return value


def pulumi_path(fields: Fields, path: Sequence[str | int]) -> str:
    """Return a path of Terraform's as Pulumi writes it: `rules[0].expiration.days`."""
    text = ""
    level: Fields | None = fields
    flat = False
    for step in path:
        if isinstance(step, int):
            text += "" if flat else f"[{step}]"
            continue
        field = level.by_terraform.get(step) if level is not None else None
        text += ("." if text else "") + (field.pulumi if field else step)
        level, flat = (field.fields, field.flat) if field else (None, False)
    return text
