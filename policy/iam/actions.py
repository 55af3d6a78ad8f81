"""Which actions a statement can grant on every resource only, since they know no narrower one."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from policy.iam.patterns import matches

_NEEDED = frozenset(
    {
        # What Lambda needs for a function in a VPC: its interfaces have no ARN that a policy could name beforehand
        # (Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:describenetworkinterfaces",
        "ec2:unassignprivateipaddresses",
    }
)


def needs_every_resource(action: str) -> bool:
    """Tell whether an action, or each that a pattern such as `ec2:Describe*` is for, has to be granted on `*`.

    Patterns of what only describes and lists are for such actions nearly always; but S3 lists what is in a bucket.
    """
    service, _, name = action.lower().partition(":")
    if f"{service}:{name}" in _NEEDED:
        return True
    known = _by_service().get(service, frozenset())
    if "*" not in name and "?" not in name:
        return name in known
    return service != "s3" and name.startswith(("describe", "list")) and any(matches(one, name) for one in known)


@cache
def _by_service() -> Mapping[str, frozenset[str]]:
    lines = (Path(__file__).with_name("actions.txt")).read_text("utf-8").lower().splitlines()
    services = (line.split(":", 1) for line in lines if not line.startswith("#"))
    return {service: frozenset(actions.split()) for service, actions in services}
