"""Converts a program's inputs to Terraform's configuration."""

from collections.abc import Mapping
from typing import Any

from offline.aws.translation.conversion import format_path, to_terraform
from offline.aws.translation.fields import Fields
from offline.aws.translation.package import PACKAGE


class InvalidInputsError(Exception):
    """Inputs are invalid; `failures` holds pairs of property path and reason."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in failures))
        self.failures = failures


def configuration(fields: Fields, inputs: Mapping[str, Any], region: str | None, version: str) -> dict[str, Any]:
    """Return the inputs of a resource or a function by Terraform names.

    Parameters
    ----------
    region
        The provider's region; None before it is configured.
    version
        The version of the Terraform provider.

    Raises
    ------
    InvalidInputsError
        The inputs name another region or a property that the provider does not have.
    """
    given = dict(inputs)
    field = fields.by_pulumi.get("region")
    if given.get("region") is not None and (field is None or not field.settable):
        _check_region(given.pop("region"), region, version)
    config, missing = to_terraform(fields, given)
    if missing:
        reason = (
            f"does not exist in {fields.terraform} of the Terraform AWS provider {version}, "
            f"which is older than the installed {PACKAGE}: remove it, or use a newer provider"
        )
        raise InvalidInputsError([(format_path(path), reason) for path in missing])
    return config


def _check_region(requested: Any, region: str | None, version: str) -> None:
    if requested != region:
        reason = (
            f"is {requested}, but the provider's region is {region}: Terraform AWS provider {version} has no region per "
            f"resource; use an aws.Provider with that region"
        )
        raise InvalidInputsError([("region", reason)])
