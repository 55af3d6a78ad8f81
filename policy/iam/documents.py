"""Policy documents as statements.

A document comes as a JSON text or as a group of values; its statements are one object or a list; actions, resources
and principals are one text or a list; names of elements, actions and condition keys know no case.
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

ANYBODY = "*"
_ACCOUNT = re.compile(r"(arn:aws[a-z-]*:iam::)?\d{12}(:root)?")


@dataclass(frozen=True)
class Principal:
    """Whom a statement is about.

    Attributes
    ----------
    kind
        `AWS`, `Service`, `Federated` or `CanonicalUser`; `*` for the word that means everybody.
    name
        An ARN, an account, a service's domain name; `*` for everybody.
    """

    kind: str
    name: str

    @property
    def is_anybody(self) -> bool:
        """Whether it is everybody in the world; a wildcard inside an ARN is refused by AWS."""
        return covers_everything(self.name) and self.kind in ("AWS", ANYBODY)


class Statement:
    """One statement.

    Every reader raises `UnknownRead` where a part of the statement is not known yet.

    Attributes
    ----------
    path
        Where it stands in its resource, such as `policy.Statement[0]`.
    """

    def __init__(self, content: Value, path: str) -> None:
        self._content = content
        self.path = path

    @cached_property
    def _parts(self) -> Mapping[str, Value]:
        if not is_known(self._content):
            raise UnknownRead(self.path)
        return {key.lower(): one for key, one in self._content.items()} if isinstance(self._content, Mapping) else {}

    @property
    def label(self) -> str:
        """How a message names it: by its Sid, else by its place."""
        return str(self._parts.get("sid") or self.path)

    @property
    def allows(self) -> bool:
        """Whether it allows; else it denies."""
        return str(self._parts.get("effect")) == "Allow"

    @property
    def denies(self) -> bool:
        """Whether it denies."""
        return str(self._parts.get("effect")) == "Deny"

    @property
    def actions(self) -> tuple[str, ...]:
        """Patterns of the actions it is about."""
        return _texts(self._parts.get("action"))

    @property
    def not_actions(self) -> tuple[str, ...]:
        """Patterns of the actions that it leaves out; empty where it has no NotAction."""
        return _texts(self._parts.get("notaction"))

    @property
    def resources(self) -> tuple[str, ...]:
        """Patterns of the resources it is about."""
        return _texts(self._parts.get("resource"))

    @property
    def not_resources(self) -> tuple[str, ...]:
        """Patterns of the resources that it leaves out; empty where it has no NotResource."""
        return _texts(self._parts.get("notresource"))

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Whom it is about."""
        return _principals(self._parts.get("principal"))

    @property
    def not_principals(self) -> tuple[Principal, ...]:
        """Whom it leaves out; empty where it has no NotPrincipal."""
        return _principals(self._parts.get("notprincipal"))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions; each has to hold."""
        found = self._parts.get("condition")
        return tuple(
            Condition.of(str(operator), str(key), _texts(values))
            for operator, keys in (found.items() if isinstance(found, Mapping) else ())
            for key, values in (keys.items() if isinstance(keys, Mapping) else ())
        )

    @property
    def is_for_anybody(self) -> bool:
        """Whether its principal is everybody; who is left out by name leaves everybody else."""
        return bool(self.not_principals) or any(one.is_anybody for one in self.principals)

    @property
    def services(self) -> tuple[str, ...]:
        """The AWS services among its principals."""
        return tuple(one.name for one in self.principals if one.kind == "Service")

    @property
    def is_open(self) -> bool:
        """Whether it allows something to everybody, and no condition says who everybody is."""
        return self.allows and self.is_for_anybody and not any(one.narrows_callers for one in self.conditions)

    @property
    def leaves_to_account(self) -> bool:
        """Whether it is for accounts as a whole, whose identities need rights of their own besides."""
        accounts = [one.kind == "AWS" and _ACCOUNT.fullmatch(one.name) for one in self.principals]
        return bool(accounts) and all(accounts) and not self.not_principals

    def is_about_action(self, action: str) -> bool:
        """Tell whether it is about an action, such as `s3:PutObject`."""
        if self.not_actions:
            return not any(matches(action, one, ignore_case=True) for one in self.not_actions)
        return any(matches(action, one, ignore_case=True) for one in self.actions)

    def is_about_resource(self, arn: str) -> bool:
        """Tell whether it is about a resource."""
        if self.not_resources:
            return not any(matches(arn, one) for one in self.not_resources)
        return any(matches(arn, one) for one in self.resources)


def statements(holder: Block, key: str = "policy") -> list[Statement]:
    """Return the statements of the document that a property holds; none where it holds no document.

    Raises
    ------
    UnknownRead
        The document is not known yet.
    """
    path = f"{holder.path}{key}"
    content = _document(holder.value(key))
    found = next((one for name, one in content.items() if name.lower() == "statement"), None)
    if isinstance(found, Mapping):
        return [Statement(found, f"{path}.Statement")]
    if not isinstance(found, str) and isinstance(found, Sequence):
        return [Statement(one, f"{path}.Statement[{index}]") for index, one in enumerate(found)]
    if found is not None and not is_known(found):
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
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in many)


def _principals(value: Value) -> tuple[Principal, ...]:
    if isinstance(value, Mapping):
        return tuple(Principal(kind, name) for kind, names in value.items() for name in _texts(names))
    return tuple(Principal(ANYBODY, name) for name in _texts(value))
