"""The statements of a policy document.

A document is JSON text or an object. Its statements are one object or a list; actions, resources and principals are one
text or a list. Names of elements, actions and condition keys are case-insensitive.
Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policy.iam.conditions import Condition
from policy.iam.patterns import covers_everything, matches
from policy.model import Block, UnknownRead, Value, is_absent, is_known

EVERYONE = "*"
_ACCOUNT = re.compile(r"(arn:aws[a-z-]*:iam::)?\d{12}(:root)?")


@dataclass(frozen=True)
class Principal:
    """A principal in a statement.

    Attributes
    ----------
    kind
        `AWS`, `Service`, `Federated` or `CanonicalUser`; `*` where the statement has `"Principal": "*"`.
    name
        An ARN, an account id or a service's domain name; `*` for everyone.
    """

    kind: str
    name: str

    @property
    def is_everyone(self) -> bool:
        """Whether it is everyone; AWS rejects a wildcard inside an ARN."""
        return covers_everything(self.name) and self.kind in ("AWS", EVERYONE)


class Statement:
    """One statement of a policy document.

    Every reader raises `UnknownRead` while a part of the statement is not known yet.

    Attributes
    ----------
    path
        Where the statement is in its resource, such as `policy.Statement[0]`.
    """

    def __init__(self, content: Value, path: str) -> None:
        self._content = content
        self.path = path

    @cached_property
    def _elements(self) -> Mapping[str, Value]:
        if not is_known(self._content):
            raise UnknownRead(self.path)
        return (
            {key.lower(): value for key, value in self._content.items()} if isinstance(self._content, Mapping) else {}
        )

    @property
    def label(self) -> str:
        """The name for messages: the Sid, else the path."""
        return str(self._elements.get("sid") or self.path)

    @property
    def allows(self) -> bool:
        """Whether its effect is Allow."""
        return str(self._elements.get("effect")) == "Allow"

    @property
    def denies(self) -> bool:
        """Whether its effect is Deny."""
        return str(self._elements.get("effect")) == "Deny"

    @property
    def actions(self) -> tuple[str, ...]:
        """The patterns in Action."""
        return _texts(self._elements.get("action"))

    @property
    def not_actions(self) -> tuple[str, ...]:
        """The patterns in NotAction."""
        return _texts(self._elements.get("notaction"))

    @property
    def resources(self) -> tuple[str, ...]:
        """The patterns in Resource."""
        return _texts(self._elements.get("resource"))

    @property
    def not_resources(self) -> tuple[str, ...]:
        """The patterns in NotResource."""
        return _texts(self._elements.get("notresource"))

    @property
    def principals(self) -> tuple[Principal, ...]:
        """The principals in Principal."""
        return _principals(self._elements.get("principal"))

    @property
    def not_principals(self) -> tuple[Principal, ...]:
        """The principals in NotPrincipal."""
        return _principals(self._elements.get("notprincipal"))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, all of which have to hold."""
        operators = self._elements.get("condition")
        return tuple(
            Condition.of(str(operator), str(key), _texts(values))
            for operator, keys in (operators.items() if isinstance(operators, Mapping) else ())
            for key, values in (keys.items() if isinstance(keys, Mapping) else ())
        )

    @property
    def is_for_everyone(self) -> bool:
        """Whether it applies to everyone, or with NotPrincipal to everyone but a few."""
        return bool(self.not_principals) or any(principal.is_everyone for principal in self.principals)

    @property
    def services(self) -> tuple[str, ...]:
        """The AWS services among its principals."""
        return tuple(principal.name for principal in self.principals if principal.kind == "Service")

    @property
    def is_public(self) -> bool:
        """Whether it allows something to everyone, and no condition restricts the callers."""
        restricted = any(condition.restricts_callers for condition in self.conditions)
        return self.allows and self.is_for_everyone and not restricted

    @property
    def delegates_to_account(self) -> bool:
        """Whether all its principals are accounts: their identities then need permissions of their own as well."""
        accounts = [principal.kind == "AWS" and _ACCOUNT.fullmatch(principal.name) for principal in self.principals]
        return bool(accounts) and all(accounts) and not self.not_principals

    def matches_action(self, action: str) -> bool:
        """Tell whether it applies to an action, such as `s3:PutObject`."""
        if self.not_actions:
            return not any(matches(action, pattern, ignore_case=True) for pattern in self.not_actions)
        return any(matches(action, pattern, ignore_case=True) for pattern in self.actions)

    def matches_resource(self, arn: str) -> bool:
        """Tell whether it applies to a resource."""
        if self.not_resources:
            return not any(matches(arn, pattern) for pattern in self.not_resources)
        return any(matches(arn, pattern) for pattern in self.resources)


def statements(holder: Block, key: str = "policy") -> list[Statement]:
    """Return the statements of the document in a property; none where the property is not a document.

    Raises
    ------
    UnknownRead
        The document is not known yet.
    """
    path = f"{holder.path}{key}"
    content = _document(holder.value(key))
    statement = next((value for name, value in content.items() if name.lower() == "statement"), None)
    if isinstance(statement, Mapping):
        return [Statement(statement, f"{path}.Statement")]
    if not isinstance(statement, str) and isinstance(statement, Sequence):
        return [Statement(item, f"{path}.Statement[{index}]") for index, item in enumerate(statement)]
    if statement is not None and not is_known(statement):
        raise UnknownRead(f"{path}.Statement")
    return []


def _document(value: Value) -> Mapping[str, Value]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _texts(value: Value) -> tuple[str, ...]:
    if is_absent(value):
        return ()
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _principals(value: Value) -> tuple[Principal, ...]:
    if isinstance(value, Mapping):
        return tuple(Principal(kind, name) for kind, names in value.items() for name in _texts(names))
    return tuple(Principal(EVERYONE, name) for name in _texts(value))
