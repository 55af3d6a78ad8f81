"""Tagging rules: every resource has tags for its owner, its data and its origin."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from policy.model import (
    UNKNOWN,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    Undecided,
    is_absent,
    rule,
)
from policy.rules._helpers.parameter_types import text_list_parameter, text_lists_parameter
from policy.rules._helpers.taggable_types import is_taggable, sdk_version
from policy.rules._helpers.tags import effective_tags


@rule(
    name="resource-is-tagged",
    on="aws:*",
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0.1:12.5.1", "NIST-800-53r5:CM-8", "NIST-800-53r5:RA-2"),
    remedy="Set the tags on the resource, with a transform of its component or stack, or in the provider's default tags.",
    parameters={
        "required": text_list_parameter(
            "Tags that every taggable resource has; a list in the settings replaces the default",
            (
                "environment",
                "owner",
                "cost-centre",
                "data-classification",
                "project",
                "stack",
                "managed-by",
                "repository",
            ),
        ),
        "allowed": text_lists_parameter(
            "Allowed values by tag; the settings replace the defaults tag by tag",
            {"environment": ["local", "dev", "prod"], "data-classification": ["restricted", "internal", "audit"]},
        ),
    },
)
def resource_is_tagged(resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Every taggable resource has the required tags, each with an allowed value.

    Inventories, bills and incident response rely on tags. `required` lists the tags, `allowed` the values of some of them.
    """
    taggable = is_taggable(resource.type)
    if taggable is None and not (resource.has("tags") or resource.has("tagsAll")):
        raise NotApplicable(f"type is not in {sdk_version()}, which determines what can be tagged")
    if taggable is False:
        raise NotApplicable("type cannot be tagged")

    allowed = cast("Mapping[str, Sequence[str]]", parameters["allowed"])
    tags, complete = effective_tags(resource)
    for name in cast("Sequence[str]", parameters["required"]):
        value = tags.get(name)
        if name not in tags:
            yield Finding(f"lacks the tag {name}") if complete else Undecided("tags")
        elif value is UNKNOWN:
            yield Undecided(f"tags.{name}")
        elif is_absent(value):
            yield Finding(f"has an empty tag {name}")
        elif name in allowed and value not in allowed[name]:
            yield Finding(f"has the tag {name}={value}, expected {' or '.join(allowed[name])}")
