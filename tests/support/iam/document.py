"""Policy documents, read strictly: what AWS would refuse, or would take for something else than was meant, is an error.

Sources, in the IAM User Guide: "Grammar of the IAM JSON policy language" and the pages of the single elements.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from tests.support.iam.conditions import Condition, parse_condition
from tests.support.iam.patterns import ARN_PARTS, Template

VERSION = "2012-10-17"
_PAIRS = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_ELEMENTS = {"Sid", "Effect", "Condition"}.union(*_PAIRS)
_ACTION = re.compile(r"\*|[a-z0-9-]+:[a-z0-9*?]+", re.IGNORECASE)
_PRINCIPAL_ARN = re.compile(
    r"arn:aws[a-z-]*:(iam::\d{12}:(root|user/[^*?]+|role/[^*?]+)|sts::\d{12}:(assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?]+))"
)
_PRINCIPALS = {
    "AWS": re.compile(rf"\*|\d{{12}}|{_PRINCIPAL_ARN.pattern}"),
    "Service": re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?"),
    "Federated": re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider/[^*?]+|[a-z0-9.-]+\.[a-z]+"),
}


class PolicyError(ValueError):
    """A policy document is not what AWS's grammar allows; the message names the document, the place and the rule."""


class Kind(Enum):
    """What a document is attached to, which decides on its elements."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"


@dataclass(frozen=True)
class Names:
    """An Action, Resource or Principal element, or its opposite.

    Attributes
    ----------
    values
        As written; principals as `type:name`, an account always by its number.
    negated
        True for NotAction, NotResource and NotPrincipal.
    """

    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes
    ----------
    name
        The Sid, or `#2` for the second statement where it has none.
    principals, resources
        None where the kind of document has no such element.
    """

    name: str
    allows: bool
    principals: Names | None
    actions: Names
    resources: Names | None
    templates: tuple[Template, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Document:
    """A policy that has been read.

    Attributes
    ----------
    name
        What decisions and errors call it.
    """

    name: str
    statements: tuple[Statement, ...]


def parse(document: Mapping[str, Any], kind: Kind, name: str) -> Document:
    """Read a policy document.

    Raises
    ------
    PolicyError
        It is malformed.
    """
    _known(document, {"Version", "Id", "Statement"}, name)
    if document.get("Version") != VERSION:
        raise PolicyError(
            f"{name}: Version is {document.get('Version')!r}, expected {VERSION!r}: without it variables are plain text"
        )
    if kind is Kind.IDENTITY and "Id" in document:
        raise PolicyError(f"{name}: an identity policy has no Id")
    listed = document.get("Statement")
    several = [listed] if isinstance(listed, Mapping) else listed
    if not isinstance(several, Sequence) or isinstance(several, str) or not several:
        raise PolicyError(f"{name}: Statement is {listed!r}, expected one or more statements")
    statements = tuple(_statement(one, kind, name, place) for place, one in enumerate(several, start=1))
    names = [one.name for one in statements]
    for one in names:
        if names.count(one) > 1:
            raise PolicyError(f"{name}: the Sid {one} stands {names.count(one)} times, expected once")
    return Document(name, statements)


def _statement(statement: Any, kind: Kind, document: str, place: int) -> Statement:
    if not isinstance(statement, Mapping):
        raise PolicyError(f"{document}, statement {place}: found {statement!r}, expected an object")
    sid = statement.get("Sid")
    where = f"{document}, statement {place}" + (f" ({sid})" if sid else "")
    _known(statement, _ELEMENTS, where)
    # SQS, SNS and S3 take more in a Sid; IAM takes these alone.
    if sid is not None and not (isinstance(sid, str) and re.fullmatch(r"[A-Za-z0-9]+", sid)):
        raise PolicyError(f"{where}: Sid is {sid!r}, expected letters and digits of ASCII")
    effect = statement.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise PolicyError(f"{where}: Effect is {effect!r}, expected 'Allow' or 'Deny'")
    resources = _one_of(statement, "Resource", kind is not Kind.TRUST, kind, where)
    templates = tuple(_checked(_resource, one, "Resource", where) for one in resources.values) if resources else ()
    actions = _one_of(statement, "Action", True, kind, where)
    assert actions is not None
    for one in actions.values:
        if not _ACTION.fullmatch(one):
            raise PolicyError(f"{where}: the action {one!r} is not * and not service:Name, wildcards in the name only")
    return Statement(
        name=sid or f"#{place}",
        allows=effect == "Allow",
        principals=_principals(statement, kind, where),
        actions=actions,
        resources=resources,
        templates=templates,
        conditions=tuple(_conditions(statement.get("Condition", {}), where)),
    )


def _known(found: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    unknown = sorted(set(found) - set(allowed))
    if unknown:
        raise PolicyError(f"{where}: unknown element {', '.join(unknown)}; expected of {', '.join(sorted(allowed))}")


def _one_of(statement: Mapping[str, Any], element: str, expected: bool, kind: Kind, where: str) -> Names | None:
    """Read an element or its opposite, whose value is a text or a list of texts."""
    found = _present(statement, element, expected, kind, where)
    return Names(_texts(statement[found], found, where), found.startswith("Not")) if found else None


def _present(statement: Mapping[str, Any], element: str, expected: bool, kind: Kind, where: str) -> str | None:
    present = [one for one in (element, f"Not{element}") if one in statement]
    if len(present) > 1:
        raise PolicyError(f"{where}: {element} and Not{element} exclude each other")
    if present and not expected:
        raise PolicyError(f"{where}: the {kind.value} policy has a {present[0]}, which that kind does not take")
    if expected and not present:
        raise PolicyError(f"{where}: neither {element} nor Not{element}, one of which a {kind.value} policy needs")
    return present[0] if present else None


def _texts(value: Any, element: str, where: str) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, Sequence) or not several or not all(isinstance(one, str) and one for one in several):
        raise PolicyError(f"{where}: {element} is {value!r}, expected a text or a list of one or more")
    return tuple(several)


def _resource(value: str) -> Template:
    if value == "*":
        return Template.parse(value)
    parts = value.split(":", ARN_PARTS - 1)
    if parts[0] != "arn" or (len(parts) < ARN_PARTS and not value.endswith("*")):
        raise ValueError(f"{value!r} is not * and no ARN, arn:partition:service:region:account:resource")
    if "${" in ":".join(parts[: ARN_PARTS - 1]):
        raise ValueError(f"{value!r} has a variable before its fifth colon, where AWS fills in none")
    if len(parts) > 2 and set("*?") & set(parts[2]):
        raise ValueError(f"{value!r} has a wildcard in its service, where AWS takes none")
    return Template.parse(value)


def _principals(statement: Mapping[str, Any], kind: Kind, where: str) -> Names | None:
    element = _present(statement, "Principal", kind is not Kind.IDENTITY, kind, where)
    if element is None:
        return None
    negated = element == "NotPrincipal"
    if negated and (kind is Kind.TRUST or statement["Effect"] == "Allow"):
        raise PolicyError(f"{where}: NotPrincipal stands in a Deny of a resource policy only; all else would be let in")
    value = statement[element]
    if value == "*":
        return Names(("*",), negated)
    if not isinstance(value, Mapping) or not value:
        raise PolicyError(f"{where}: {element} is {value!r}, expected '*' or an object with {', '.join(_PRINCIPALS)}")
    # CanonicalUser is left out: it names an account of S3 by an id that no other place knows.
    _known(value, _PRINCIPALS, f"{where}, {element}")
    values = []
    for sort, names in value.items():
        for one in _texts(names, f"{element}.{sort}", where):
            if not _PRINCIPALS[sort].fullmatch(one):
                raise PolicyError(f"{where}: {one!r} is no principal of type {sort}; wildcards match no part of a name")
            values.append(one if one == "*" else f"{sort}:{_account_number(one)}")
    return Names(tuple(values), negated)


def _account_number(name: str) -> str:
    """Return an account's number for its ARN; the two are the same principal."""
    return name.split(":")[4] if name.endswith(":root") else name


def _conditions(condition: Any, where: str) -> Iterator[Condition]:
    if not isinstance(condition, Mapping):
        raise PolicyError(f"{where}: Condition is {condition!r}, expected an object of operators")
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping) or not keys:
            raise PolicyError(f"{where}, Condition.{operator}: found {keys!r}, expected an object of condition keys")
        if len({key.lower() for key in keys}) < len(keys):
            raise PolicyError(f"{where}, Condition.{operator}: a key stands twice, names of keys have no case")
        for key, value in keys.items():
            values = value if isinstance(value, list | tuple) else [value]
            if not all(isinstance(one, str | bool | int | float) for one in values):
                raise PolicyError(f"{where}, Condition.{operator}.{key}: found {value!r}, expected texts")
            yield _checked(partial(parse_condition, operator, key), values, f"Condition.{operator}.{key}", where)


def _checked(read: Any, value: Any, element: str, where: str) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise PolicyError(f"{where}, {element}: {error}") from error
