"""Requests that a policy has to deny for every caller."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policy.iam.conditions import all_hold
from policy.iam.documents import Statement
from policy.iam.patterns import covers_everything
from policy.model import UnknownRead


@dataclass(frozen=True)
class Request:
    """A request that any principal may send.

    Attributes
    ----------
    resource
        ARN, None where it is not known yet.
    context
        Condition keys in lower case, each with its value, or None for a key that is absent. Any other key may have any
        value.
    """

    action: str
    resource: str | None
    context: Mapping[str, str | None]


def is_denied(request: Request, document: Sequence[Statement]) -> bool:
    """Tell whether the statements of a document deny a request in every case, whoever sends it.

    The senders are a stranger, whom no statement exempts, and each principal whom a statement exempts. AWS services may
    always be exempted.

    Raises
    ------
    UnknownRead
        No known statement denies the request, and one with an unknown value might.
    """
    return all(_is_denied_to(caller, request, document) for caller in [{}, *_exempted_callers(document)])


def _exempted_callers(document: Sequence[Statement]) -> Iterator[Mapping[str, str | None]]:
    """Yield the context of each principal whom a Deny exempts; a statement that is not known yet exempts nobody."""
    for statement in document:
        try:
            conditions = statement.conditions if statement.denies else ()
        except UnknownRead:
            continue
        for condition in conditions:
            yield from ({condition.key: value} for value in condition.exempted_principals)


def _is_denied_to(caller: Mapping[str, str | None], request: Request, document: Sequence[Statement]) -> bool:
    request = replace(request, context={**request.context, **caller})
    undecided: UnknownRead | None = None
    for statement in document:
        try:
            if _denies(request, statement):
                return True
        except UnknownRead as unknown:
            undecided = undecided or unknown
    if undecided is not None:
        raise undecided
    return False


def _denies(request: Request, statement: Statement) -> bool:
    return (
        statement.denies
        and statement.is_for_everyone
        and statement.matches_action(request.action)
        and all_hold(statement.conditions, request.context)
        and _matches_resource(request, statement)
    )


def _matches_resource(request: Request, statement: Statement) -> bool:
    if request.resource is None:
        if any(covers_everything(pattern) for pattern in statement.resources):
            return True
        raise UnknownRead("arn")
    return any(
        statement.matches_resource(f"arn:{partition}:{_without_partition(request.resource)}")
        for partition in _PARTITIONS
    )


_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""The name of a bucket does not tell its partition, and is unique across all of them."""


def _without_partition(arn: str) -> str:
    return re.sub(r"^arn:[^:]*:", "", arn)
