"""A strict parser of policy documents: what AWS rejects, or silently interprets in another way, is an error.

Sources, in the IAM User Guide: "Grammar of the IAM JSON policy language" and the pages on each element.
"""

import re
from collections import Counter
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
    """A policy document does not follow AWS's grammar; the message names the document, the place and the rule."""


class Kind(Enum):
    """The kind of a policy, which determines its elements."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"


@dataclass(frozen=True)
class Names:
    """An Action, Resource or Principal element, or its opposite.

    Attributes
    ----------
    values
        As written; principals as `type:name`, and an account always as its id.
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
        None where this kind of policy does not have the element.
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
    """A parsed policy document.

    Attributes
    ----------
    name
        The name of the document in decisions and errors.
    """

    name: str
    statements: tuple[Statement, ...]


def parse(document: Mapping[str, Any], kind: Kind, name: str) -> Document:
    """Parse a policy document.

    Raises
    ------
    PolicyError
        The document is malformed.
    """
    _known(document, {"Version", "Id", "Statement"}, name)
    if document.get("Version") != VERSION:
        raise PolicyError(
            f"{name}: Version is {document.get('Version')!r}, expected {VERSION!r}: without it variables are plain text"
        )
    if kind is Kind.IDENTITY and "Id" in document:
        raise PolicyError(f"{name}: an identity policy has no Id")
    listed = document.get("Statement")
    items = [listed] if isinstance(listed, Mapping) else listed
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        raise PolicyError(f"{name}: Statement is {listed!r}, expected one or more statements")
    statements = tuple(_statement(item, kind, name, number) for number, item in enumerate(items, start=1))
    sids = Counter(statement.name for statement in statements)
    for sid, count in sids.items():
        if count > 1:
            raise PolicyError(f"{name}: the Sid {sid} is used {count} times, expected once")
    return Document(name, statements)


def _statement(statement: Any, kind: Kind, document: str, number: int) -> Statement:
    if not isinstance(statement, Mapping):
        raise PolicyError(f"{document}, statement {number}: found {statement!r}, expected an object")
    sid = statement.get("Sid")
    where = f"{document}, statement {number}" + (f" ({sid})" if sid else "")
    _known(statement, _ELEMENTS, where)
    # SQS, SNS and S3 accept more characters in a Sid; IAM accepts only these.
    if sid is not None and not (isinstance(sid, str) and re.fullmatch(r"[A-Za-z0-9]+", sid)):
        raise PolicyError(f"{where}: Sid is {sid!r}, expected ASCII letters and digits")
    effect = statement.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise PolicyError(f"{where}: Effect is {effect!r}, expected 'Allow' or 'Deny'")
    resources = _names(statement, "Resource", kind is not Kind.TRUST, kind, where)
    templates = (
        tuple(_checked(_resource, resource, "Resource", where) for resource in resources.values) if resources else ()
    )
    actions = _names(statement, "Action", True, kind, where)
    assert actions is not None
    for action in actions.values:
        if not _ACTION.fullmatch(action):
            raise PolicyError(
                f"{where}: the action is {action!r}, expected * or service:Name with wildcards only in the name"
            )
    return Statement(
        name=sid or f"#{number}",
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
        raise PolicyError(
            f"{where}: unknown element {', '.join(unknown)}, expected some of {', '.join(sorted(allowed))}"
        )


def _names(statement: Mapping[str, Any], element: str, expected: bool, kind: Kind, where: str) -> Names | None:
    """Return an element or its negation, whose value is text or a list of texts."""
    name = _present(statement, element, expected, kind, where)
    return Names(_texts(statement[name], name, where), name.startswith("Not")) if name else None


def _present(statement: Mapping[str, Any], element: str, expected: bool, kind: Kind, where: str) -> str | None:
    present = [name for name in (element, f"Not{element}") if name in statement]
    if len(present) > 1:
        raise PolicyError(f"{where}: has both {element} and Not{element}, expected one of them")
    if present and not expected:
        raise PolicyError(f"{where}: has a {present[0]}, which the {kind.value} policy must not have")
    if expected and not present:
        raise PolicyError(
            f"{where}: has neither {element} nor Not{element}, one of which the {kind.value} policy needs"
        )
    return present[0] if present else None


def _texts(value: Any, element: str, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not items or not all(isinstance(item, str) and item for item in items):
        raise PolicyError(f"{where}: {element} is {value!r}, expected text or a list of texts")
    return tuple(items)


def _resource(value: str) -> Template:
    if value == "*":
        return Template.parse(value)
    parts = value.split(":", ARN_PARTS - 1)
    if parts[0] != "arn" or (len(parts) < ARN_PARTS and not value.endswith("*")):
        raise ValueError(f"{value!r}, expected * or an ARN, arn:partition:service:region:account:resource")
    if "${" in ":".join(parts[: ARN_PARTS - 1]):
        raise ValueError(f"{value!r} has a variable before the fifth colon, where AWS does not support it")
    if len(parts) > 2 and set("*?") & set(parts[2]):
        raise ValueError(f"{value!r} has a wildcard in the service, where AWS does not support it")
    return Template.parse(value)


def _principals(statement: Mapping[str, Any], kind: Kind, where: str) -> Names | None:
    element = _present(statement, "Principal", kind is not Kind.IDENTITY, kind, where)
    if element is None:
        return None
    negated = element == "NotPrincipal"
    if negated and (kind is Kind.TRUST or statement["Effect"] == "Allow"):
        raise PolicyError(
            f"{where}: has NotPrincipal, which only a Deny in a resource policy may have; an Allow would admit everyone else"
        )
    value = statement[element]
    if value == "*":
        return Names(("*",), negated)
    if not isinstance(value, Mapping) or not value:
        raise PolicyError(f"{where}: {element} is {value!r}, expected '*' or an object with {', '.join(_PRINCIPALS)}")
    # CanonicalUser is not supported: it names an S3 account by an id that appears nowhere else.
    _known(value, _PRINCIPALS, f"{where}, {element}")
    values = []
    for sort, names in value.items():
        for name in _texts(names, f"{element}.{sort}", where):
            if not _PRINCIPALS[sort].fullmatch(name):
                raise PolicyError(
                    f"{where}: {name!r} is not a principal of type {sort}; a part of a name cannot have wildcards"
                )
            values.append(name if name == "*" else f"{sort}:{_account_id(name)}")
    return Names(tuple(values), negated)


def _account_id(name: str) -> str:
    """Return the account id for the ARN of an account's root, which is the same principal; any other name as it is."""
    return name.split(":")[4] if name.endswith(":root") else name


def _conditions(condition: Any, where: str) -> Iterator[Condition]:
    if not isinstance(condition, Mapping):
        raise PolicyError(f"{where}: Condition is {condition!r}, expected an object of operators")
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping) or not keys:
            raise PolicyError(f"{where}, Condition.{operator}: found {keys!r}, expected an object of condition keys")
        if len({key.lower() for key in keys}) < len(keys):
            raise PolicyError(
                f"{where}, Condition.{operator}: a key is used twice; the names of keys are case-insensitive"
            )
        for key, value in keys.items():
            values = value if isinstance(value, list | tuple) else [value]
            if not all(isinstance(item, str | bool | int | float) for item in values):
                raise PolicyError(
                    f"{where}, Condition.{operator}.{key}: found {value!r}, expected text, numbers or booleans"
                )
            yield _checked(partial(parse_condition, operator, key), values, f"Condition.{operator}.{key}", where)


def _checked(read: Any, value: Any, element: str, where: str) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise PolicyError(f"{where}, {element}: {error}") from error
