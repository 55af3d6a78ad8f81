"""Builders of policies and principals for tests, with AWS's example accounts."""

from collections.abc import Mapping
from typing import Any

from tests.support.iam.request import Principal, aws

HOME = "111122223333"
AWAY = "444455556666"
USER = aws(f"arn:aws:iam::{HOME}:user/ann")
ROLE = aws(f"arn:aws:iam::{HOME}:role/worker")
SESSION = aws(f"arn:aws:sts::{HOME}:assumed-role/worker/shift")
STRANGER = aws(f"arn:aws:iam::{AWAY}:user/ann")
OBJECT = "arn:aws:s3:::ledger/2026/a.csv"
KEY = f"arn:aws:kms:eu-central-1:{HOME}:key/0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"


def root(account: str) -> Principal:
    return aws(f"arn:aws:iam::{account}:root")


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """A statement on all actions and resources, except for the given elements."""
    defaults = {"Action": "*", "Resource": "*"}
    kept = {name: value for name, value in defaults.items() if f"Not{name}" not in elements}
    return {"Effect": effect, **kept, **elements}


def allow(**elements: Any) -> dict[str, Any]:
    return statement("Allow", **elements)


def deny(**elements: Any) -> dict[str, Any]:
    return statement("Deny", **elements)


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
