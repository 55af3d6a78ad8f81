"""Everything that can carry tags says what it is, whose it is and what it holds."""

import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from policy.model import UNKNOWN, Parameters, Resource, Stack, Undecided, rule

REQUIRED = (
    "environment",
    "owner",
    "cost-centre",
    "data-classification",
    "project",
    "stack",
    "managed-by",
    "repository",
)
ALLOWED = {"environment": ("local", "dev", "prod"), "data-classification": ("restricted", "internal", "audit")}


@cache
def _classes() -> dict[str, tuple[str, str]]:
    """Module and class by type token, read off the AWS package without importing all of it."""
    spec = find_spec("pulumi_aws")
    table = (
        re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(), re.DOTALL)
        if spec and spec.origin
        else None
    )
    modules = json.loads(table.group(1)) if table else []
    return {token: (module["fqn"], name) for module in modules for token, name in module["classes"].items()}


@cache
def taggable(kind: str) -> bool:
    """Whether a type takes tags: the AWS package gives it a `tags_all`. Types that it does not know are not judged."""
    if kind not in _classes():
        return False
    module, name = _classes()[kind]
    return hasattr(getattr(importlib.import_module(module), name), "tags_all")


@rule(
    "resource-is-tagged",
    on=taggable,
    controls=("NIST-800-53r5:CM-8", "NIST-800-53r5:AC-16", "PCI-DSS-4.0:12.5.1"),
    remedy="Set the tags; the program's stack transformation adds them to every resource.",
)
def resource_is_tagged(resource: Resource, _: Stack, parameters: Parameters) -> Iterator[str]:
    """What has no owner and no classification is nobody's to protect."""
    source = "tags" if resource.properties.has("tags") else "tagsAll"
    tags = resource.properties.names(source)
    undecided = ""
    for key in parameters.get("requiredTags", REQUIRED):
        value = tags.get(key)
        allowed = {**ALLOWED, **parameters.get("allowedTagValues", {})}.get(key)
        if value is UNKNOWN:
            undecided = undecided or key if allowed else undecided
        elif not value:
            yield f"lacks the tag {key}"
        elif allowed and value not in allowed:
            yield f"has the tag {key} with a value other than {', '.join(allowed)}"
    if undecided:
        raise Undecided(f"tags.{undecided}")
