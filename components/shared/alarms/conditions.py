"""Conditions on events of CloudTrail, in the grammar of CloudWatch's filter patterns.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters", and AWS CloudTrail User Guide, "CloudTrail
record contents". The grammar knows `*` at the ends of a text only; a comparison with a field that is not there does not
hold, not even `!=`. A pattern has at most 1,024 characters, so conditions are as short as they can be.
"""

import re
from collections.abc import Iterable, Sequence

ROLE = "$.userIdentity.sessionContext.sessionIssuer.arn"
"""Of whoever has assumed a role, the role itself, with its path."""
CALLER = "$.userIdentity.arn"
BUCKET = "$.requestParameters.bucketName"
NOT_BY_A_SERVICE = "$.userIdentity.invokedBy NOT EXISTS"


def pattern(*conditions: str) -> str:
    """Return the pattern of events that meet all conditions."""
    return f"{{{every(conditions)}}}"


def every(conditions: Iterable[str]) -> str:
    """Return the condition that all of some hold."""
    return " && ".join(one for one in conditions if one)


def either(conditions: Iterable[str]) -> str:
    """Return the condition that any of some holds."""
    found = [f"({one})" if "&&" in one else one for one in conditions]
    return found[0] if len(found) == 1 else f"({' || '.join(found)})"


def equals(field: str, *texts: str) -> str:
    """Return the condition that a field is one of some texts, which may have `*` at their ends."""
    return either(f"{field}={_quoted(text)}" for text in texts)


def missing(field: str) -> str:
    """Return the condition that a field is not there."""
    return f"{field} NOT EXISTS"


def by_itself(service: str) -> str:
    """Return the condition that no service is behind a call, save the one named: through it anybody may call."""
    return either([NOT_BY_A_SERVICE, equals("$.userIdentity.invokedBy", f"{service}.amazonaws.com")])


def by(*principals: str) -> str:
    """Return the condition that one of some principals called, given as patterns of ARNs with `*` and `?` anywhere."""
    return either(_fits(_field(one), one) for one in principals)


def outside_deployment(*principals: str) -> str:
    """Return the condition that none of some principals called; of nobody it is empty."""
    groups: dict[str, list[str]] = {}
    for one in principals:
        groups.setdefault(_field(one), []).append(_differs(_field(one), one))
    return every(either([missing(field), every(differences)]) for field, differences in groups.items())


def by_none_of(*principals: str) -> str:
    """Return the condition that none of some principals called, who may be many.

    As a regular expression it is half as long as `by_others`, and exact; AWS takes five filters with one in a log group.
    """
    groups: dict[str, list[str]] = {}
    for one in principals:
        groups.setdefault(_field(one), []).append(_expression(one))
    return every(either([missing(field), f"{field}!=%{'|'.join(found)}%"]) for field, found in groups.items())


def _expression(principal: str) -> str:
    escaped = re.sub(r"[.+]", lambda sign: f"\\{sign[0]}", principal)
    return f"^{escaped.replace('*', '.*').replace('?', '.')}$"


def _field(principal: str) -> str:
    return ROLE if ":role/" in principal else CALLER


def _fits(field: str, principal: str) -> str:
    return every(f"{field}={_quoted(part)}" for part in _parts(principal))


def _differs(field: str, principal: str) -> str:
    return either(f"{field}!={_quoted(part)}" for part in _parts(principal))


def _parts(principal: str) -> Sequence[str]:
    """Return what a principal's ARN must begin with, hold and end with; the order of what it holds is not asked."""
    pieces = re.split(r"[*?]+", principal)
    if len(pieces) == 1:
        return pieces
    first, *between, last = pieces
    return [f"{first}*", *(f"*{piece}*" for piece in between), *([f"*{last}"] if last else [])]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
