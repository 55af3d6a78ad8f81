"""Conditions on CloudTrail events, in the grammar of CloudWatch's filter patterns.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters", and AWS CloudTrail User Guide, "CloudTrail
record contents". The grammar allows `*` only at the ends of a text. A comparison with a field that an event lacks never
holds, not even `!=`. A pattern has at most 1,024 characters, so conditions are kept short.
"""

import re
from collections.abc import Iterable, Sequence

MAX_PATTERN = 1024
"""Characters of a filter pattern; source: CloudWatch Logs API reference, PutMetricFilter."""
ROLE = "$.userIdentity.sessionContext.sessionIssuer.arn"
"""ARN of the assumed role, with its path."""
CALLER = "$.userIdentity.arn"
BUCKET = "$.requestParameters.bucketName"
CALLED_DIRECTLY = "$.userIdentity.invokedBy NOT EXISTS"
"""The call was not made by an AWS service on behalf of its user."""


def pattern(*conditions: str) -> str:
    """Return the pattern of events that meet all conditions."""
    return f"{{{all_of(conditions)}}}"


def all_of(conditions: Iterable[str]) -> str:
    """Return the condition that all conditions hold; empty ones are left out."""
    return " && ".join(condition for condition in conditions if condition)


def any_of(conditions: Iterable[str]) -> str:
    """Return the condition that at least one condition holds."""
    alternatives = [f"({condition})" if "&&" in condition else condition for condition in conditions]
    return alternatives[0] if len(alternatives) == 1 else f"({' || '.join(alternatives)})"


def equals(field: str, *texts: str) -> str:
    """Return the condition that a field equals one of several texts, which may have `*` at their ends."""
    return any_of(f"{field}={_quoted(text)}" for text in texts)


def absent(field: str) -> str:
    """Return the condition that an event lacks a field."""
    return f"{field} NOT EXISTS"


def called_directly_or_through(service: str) -> str:
    """Return the condition that excludes calls made by AWS services, except `service`, which anybody may use."""
    return any_of([CALLED_DIRECTLY, equals("$.userIdentity.invokedBy", f"{service}.amazonaws.com")])


def called_by(*principals: str) -> str:
    """Return the condition that one of the principals called: patterns of ARNs with `*` and `?` anywhere."""
    return any_of(_matches(_field(principal), principal) for principal in principals)


def not_called_by(*principals: str) -> str:
    """Return the condition that none of the principals called; without principals it is empty."""
    return all_of(
        any_of([absent(field), all_of(_differs(field, principal) for principal in group)])
        for field, group in _by_field(principals).items()
    )


def pattern_excluding(principals: Sequence[str], *conditions: str) -> str:
    """Return the pattern of events that meet all conditions and that none of the principals called.

    AWS allows five filters with regular expressions in a log group, so the pattern has one only if it would otherwise be
    too long, or not exact because of a wildcard within a principal's name.
    """
    plain = pattern(*conditions, not_called_by(*principals))
    is_exact = not any(re.search(r"[*?].|\?", principal) for principal in principals)
    if is_exact and len(plain) <= MAX_PATTERN:
        return plain
    groups = _by_field(principals).items()
    return pattern(
        *conditions,
        *(any_of([absent(field), f"{field}!=%{'|'.join(map(_expression, group))}%"]) for field, group in groups),
    )


def _by_field(principals: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for principal in principals:
        groups.setdefault(_field(principal), []).append(principal)
    return groups


def _expression(principal: str) -> str:
    escaped = re.sub(r"[.+]", lambda sign: f"\\{sign[0]}", principal)
    return f"^{escaped.replace('*', '.*').replace('?', '.')}$"


def _field(principal: str) -> str:
    return ROLE if ":role/" in principal else CALLER


def _matches(field: str, principal: str) -> str:
    return all_of(f"{field}={_quoted(part)}" for part in _parts(principal))


def _differs(field: str, principal: str) -> str:
    return any_of(f"{field}!={_quoted(part)}" for part in _parts(principal))


def _parts(principal: str) -> Sequence[str]:
    """Return what an ARN must begin with, contain and end with; the order of what it contains is not checked."""
    pieces = re.split(r"[*?]+", principal)
    if len(pieces) == 1:
        return pieces
    first, *between, last = pieces
    return [f"{first}*", *(f"*{piece}*" for piece in between), *([f"*{last}"] if last else [])]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
