"""The cases of each rule: the rule, a sentence, the verdict, and a stack whose first resource is evaluated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policy.evaluation import Verdict
from policy.model import UNKNOWN, ResourceData, Value
from tests.policy.support import KEY_ARN, declare, urn

PASS, FAIL, OPEN, NONE = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE


@dataclass(frozen=True)
class Case:
    rule: str
    sentence: str
    verdict: Verdict
    resources: tuple[ResourceData, ...]

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.sentence}"


def case(rule: str, sentence: str, verdict: Verdict, *resources: ResourceData) -> Case:
    return Case(rule, sentence, verdict, resources)


def beside(
    kind: str, owner: ResourceData, by: str, inputs: Mapping[str, Value] | None = None, name: str = "side"
) -> ResourceData:
    """Return a side resource as a preview shows it: the owner's name is unknown, the dependency on it is known."""
    return declare(kind, name, {by: UNKNOWN, **(inputs or {})}, dependencies={by: [owner.urn]})


def document(*statements: Mapping[str, Any], **rest: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **rest})


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::ledger/*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def deny(action: Any, resource: Any, condition: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition, **rest}


def key_arn(name: str) -> str:
    return f"{KEY_ARN.rpartition('/')[0]}/{name}"


def made(kind: str, name: str, inputs: Mapping[str, Value], /, **origins: Sequence[str]) -> ResourceData:
    """Return a resource with properties that depend on other resources, by URN."""
    return declare(kind, name, inputs, dependencies=origins)


__all__ = [
    "FAIL",
    "NONE",
    "OPEN",
    "PASS",
    "UNKNOWN",
    "Case",
    "allow",
    "beside",
    "case",
    "declare",
    "deny",
    "document",
    "key_arn",
    "made",
    "urn",
]
