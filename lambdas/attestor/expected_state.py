"""The expected state, as the deployment stores it.

It is one JSON object: `{"schema": 1, "not_attested": [control, …], "resources": [{"kind": …, "id": …, "location": …,
"expected": {control: value, …}}, …]}`. The location, `{"region": …, "role_arn": …}`, is null for a resource at home. A resource has a value for every control of its kind, so that no control is forgotten, except for those that
are not attested, because an emulator does not return them; null means that the setting must be absent.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.controls import KINDS
from lambdas.attestor.controls.control import Control
from lambdas.attestor.policy_documents import canonical
from lambdas.attestor.reading import Location
from lambdas.shared.errors import SafeError

SCHEMA = 1


class InvalidExpectedState(SafeError):
    """The attestor cannot use the expected state; the message says where and why."""


@dataclass(frozen=True, kw_only=True)
class ObjectReference:
    """The object that holds an expected state.

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
    """A control of one resource and its expected value; each check is equal to itself only.

    Attributes
    ----------
    control
        The control.
    resource
        Name, id, URL or ARN of the resource: the identifier that its service knows it by.
    expected
        The expected value, as in JSON; a policy document in its canonical form.
    location
        Where the resource is; None for the attestor's own region and account.
    """

    control: Control
    resource: str
    expected: Any
    location: Location | None = None


def parse(content: bytes, sha256: str) -> tuple[Check, ...]:
    """Return the checks of an expected state, after validating all of it.

    Raises
    ------
    InvalidExpectedState
        The checksum or the form is wrong.
    """
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise InvalidExpectedState(f"expected SHA-256 {sha256}, found {actual}. Deploy again to store the state again")
    try:
        state = json.loads(content)
    except ValueError as error:
        raise InvalidExpectedState(f"it is not JSON: {error}") from None
    if not isinstance(state, dict) or state.get("schema") != SCHEMA or not isinstance(state.get("resources"), list):
        raise InvalidExpectedState(
            f'expected an object with "schema": {SCHEMA} and a list of resources. '
            "Deploy the function and the expected state together"
        )
    not_attested = state.get("not_attested", [])
    if not isinstance(not_attested, list) or not all(isinstance(name, str) for name in not_attested):
        raise InvalidExpectedState("not_attested: expected a list of controls and kinds of resources")
    checks: dict[tuple[str, str], Check] = {}
    for position, resource in enumerate(state["resources"], start=1):
        for check in _checks(resource, f"resource {position}", not_attested):
            if checks.setdefault((check.control.id, check.resource), check) is not check:
                raise InvalidExpectedState(f"resource {position}: duplicate resource {check.resource}")
    return tuple(checks.values())


def _checks(resource: Any, position: str, not_attested: Collection[str]) -> Iterator[Check]:
    if not isinstance(resource, Mapping) or resource.get("kind") not in KINDS:
        raise InvalidExpectedState(f"{position}: expected a kind, one of {', '.join(KINDS)}")
    kind, identifier, expected = resource["kind"], resource.get("id"), resource.get("expected")
    if not isinstance(identifier, str) or not identifier or not isinstance(expected, Mapping):
        raise InvalidExpectedState(f"{position}: expected an id and an object of expected values")
    location = _location(resource.get("location"), position)
    controls = [control for control in KINDS[kind] if control.id not in not_attested]
    known = {control.id for control in controls}
    if set(expected) != known:
        missing, unknown = sorted(known - set(expected)), sorted(set(expected) - known)
        raise InvalidExpectedState(f"{position}, {kind} {identifier}: controls missing {missing}, unknown {unknown}")
    for control in controls:
        value = expected[control.id]
        if control.is_policy and value is not None:
            try:
                value = canonical(value)
            except ValueError as error:
                raise InvalidExpectedState(
                    f"{position}, {kind} {identifier}: {control.id} is not a policy document: {error}"
                ) from None
        yield Check(control=control, resource=identifier, expected=value, location=location)


def _location(stated: Any, position: str) -> Location | None:
    if stated is None:
        return None
    region, role_arn = (stated.get("region"), stated.get("role_arn")) if isinstance(stated, Mapping) else (None, None)
    if not isinstance(region, str) or not isinstance(role_arn, str | None):
        raise InvalidExpectedState(f"{position}: expected a location with a region and a role_arn, or null")
    return Location(region=region, role_arn=role_arn)
