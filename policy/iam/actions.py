"""Actions that a policy can grant only on all resources (`*`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from policy.iam.patterns import matches

_VPC_ACTIONS = frozenset(
    {
        # Lambda needs these for a function in a VPC, on network interfaces whose ARNs nobody knows beforehand
        # (Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:describenetworkinterfaces",
        "ec2:unassignprivateipaddresses",
    }
)


def needs_every_resource(action: str) -> bool:
    """Tell whether an action, or the actions that a pattern such as `ec2:Describe*` matches, can be granted only on `*`.

    A Describe or List pattern counts if it matches such an action. S3 is the exception: its List actions read the
    contents of a bucket.
    """
    service, _, name = action.lower().partition(":")
    if f"{service}:{name}" in _VPC_ACTIONS:
        return True
    actions = _by_service().get(service, frozenset())
    if "*" not in name and "?" not in name:
        return name in actions
    return (
        service != "s3"
        and name.startswith(("describe", "list"))
        and any(matches(action_name, name) for action_name in actions)
    )


@cache
def _by_service() -> Mapping[str, frozenset[str]]:
    lines = (Path(__file__).with_name("actions.txt")).read_text("utf-8").lower().splitlines()
    services = (line.split(":", 1) for line in lines if not line.startswith("#"))
    return {service: frozenset(actions.split()) for service, actions in services}
