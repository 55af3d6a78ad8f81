"""Requests that a policy has to deny, whoever makes them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policy.iam.conditions import hold
from policy.iam.documents import Statement
from policy.iam.patterns import covers_everything
from policy.model import UnknownRead


@dataclass(frozen=True)
class Request:
    """A request by somebody whom no statement names.

    Attributes
    ----------
    resource
        ARN; None where it is not known yet.
    context
        Condition keys in lower case that the request has, or lacks (None); any other key may have any value.
    """

    action: str
    resource: str | None
    context: Mapping[str, str | None]


def is_denied(request: Request, found: Sequence[Statement]) -> bool:
    """Tell whether a document surely denies a request.

    Raises
    ------
    UnknownRead
        No statement that is known does, and one that is not known might.
    """
    doubt: UnknownRead | None = None
    for statement in found:
        try:
            if _denies(request, statement):
                return True
        except UnknownRead as unknown:
            doubt = doubt or unknown
    if doubt is not None:
        raise doubt
    return False


def _denies(request: Request, statement: Statement) -> bool:
    return (
        statement.denies
        and statement.is_for_anybody
        and statement.is_about_action(request.action)
        and hold(statement.conditions, request.context)
        and _is_about(request, statement)
    )


def _is_about(request: Request, statement: Statement) -> bool:
    if request.resource is None:
        if any(covers_everything(one) for one in statement.resources):
            return True
        raise UnknownRead("arn")
    return any(statement.is_about_resource(f"arn:{partition}:{_rest(request.resource)}") for partition in _PARTITIONS)


_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""A bucket's name does not tell its partition, and no bucket is in two."""


def _rest(arn: str) -> str:
    return re.sub(r"^arn:[^:]*:", "", arn)
