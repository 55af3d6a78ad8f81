"""From a program's inputs to Terraform's configuration, or what is wrong with them."""

from collections.abc import Mapping
from typing import Any

from localcloud.aws.fields import Fields
from localcloud.aws.sdk import PACKAGE
from localcloud.aws.translation import to_terraform, written


class CheckFailed(Exception):  # noqa: N818
    """Inputs are not acceptable; `failures` holds pairs of property path and reason."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in failures))
        self.failures = failures


def configuration(fields: Fields, inputs: Mapping[str, Any], region: str | None, version: str) -> dict[str, Any]:
    """Return the inputs of a resource or a function by Terraform's names.

    Parameters
    ----------
    region
        The provider's; none before it is configured.
    version
        The Terraform provider's.

    Raises
    ------
    CheckFailed
        They ask for another region, or for what the provider does not have.
    """
    given = dict(inputs)
    field = fields.by_pulumi.get("region")
    if given.get("region") is not None and (field is None or not field.settable):
        _check_region(given.pop("region"), region, version)
    config, missing = to_terraform(fields, given)
    if missing:
        reason = (
            f"is not in {fields.terraform} of the Terraform AWS provider {version}, "
            f"which is older than the installed {PACKAGE}"
        )
        raise CheckFailed([(written(path), reason) for path in missing])
    return config


def _check_region(asked: Any, region: str | None, version: str) -> None:
    if asked != region:
        reason = (
            f"is {asked}, and the provider's is {region}: a region of a resource's own needs a newer provider "
            f"than Terraform AWS {version}; use an explicit aws.Provider of that region"
        )
        raise CheckFailed([("region", reason)])
