"""The intent: what was meant to be deployed, as the deployment wrote it down.

It is one JSON object: `{"schema": 1, "resources": [{"kind": …, "id": …, "expected": {control: value, …}}, …]}`. A resource
has a value for every control of its kind, so that nothing goes unattested by being forgotten; null means "none, on
purpose".
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.controls import BY_ID, KINDS, Control
from lambdas.attestor.policies import canonical
from lambdas.shared.errors import SafeError

SCHEMA = 1


class BadIntent(SafeError):
    """The intent is not what the attestor can compare with; the message says where and why."""


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """Where an intent stands, and what it has to be.

    Attributes
    ----------
    key, version_id
        The object's version in the audit bucket.
    sha256
        SHA-256 of its content, 64 hexadecimal digits.
    """

    key: str
    version_id: str
    sha256: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """A control of a resource with the value that was meant; each is one of its own, whatever it says.

    Attributes
    ----------
    control
        The control.
    resource
        Name, id, URL or ARN of the resource, whichever its service is asked by.
    expected
        The value, as JSON has it; a policy document in its canonical form.
    """

    control: Control
    resource: str
    expected: Any


def parse(content: bytes, sha256: str) -> tuple[Check, ...]:
    """Read an intent, and check it whole before anything is compared with it.

    Raises
    ------
    BadIntent
        Its checksum or its form is not what was expected.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BadIntent(f"expected SHA-256 {sha256}, found {found}: deploy again to write the intent anew")
    try:
        whole = json.loads(content)
    except ValueError as error:
        raise BadIntent(f"it is no JSON: {error}") from None
    if not isinstance(whole, dict) or whole.get("schema") != SCHEMA or not isinstance(whole.get("resources"), list):
        raise BadIntent(
            f'expected an object with "schema": {SCHEMA} and a list of resources: deploy function and intent together'
        )
    checks: dict[tuple[str, str], Check] = {}
    for position, resource in enumerate(whole["resources"], start=1):
        for check in _checks(resource, f"resource {position}"):
            if checks.setdefault((check.control.id, check.resource), check) is not check:
                raise BadIntent(f"resource {position}: {check.resource} stands in it twice")
    return tuple(checks.values())


def _checks(resource: Any, place: str) -> Iterator[Check]:
    if not isinstance(resource, Mapping) or resource.get("kind") not in KINDS:
        raise BadIntent(f"{place}: expected a kind, one of {', '.join(KINDS)}")
    kind, identity, expected = resource["kind"], resource.get("id"), resource.get("expected")
    if not isinstance(identity, str) or not identity or not isinstance(expected, Mapping):
        raise BadIntent(f"{place}: expected an id and an object of expected values")
    if set(expected) != set(KINDS[kind]):
        missing, unknown = sorted(set(KINDS[kind]) - set(expected)), sorted(set(expected) - set(KINDS[kind]))
        raise BadIntent(f"{place}, {kind} {identity}: controls missing {missing}, unknown {unknown}")
    for name in KINDS[kind]:
        control, value = BY_ID[name], expected[name]
        if control.policy and value is not None:
            try:
                value = canonical(value)
            except ValueError as error:
                raise BadIntent(f"{place}, {kind} {identity}: {name} is no policy document: {error}") from None
        yield Check(control=control, resource=identity, expected=value)
