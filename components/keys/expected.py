"""The expected state of keys."""

from pulumi import Input

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import key


def expected_key(*, arn: Input[str], rotation_days: int | None, policy: Input[str]) -> ExpectedResource:
    """Return the expected state of a key; `rotation_days` is None for an HMAC key, which KMS cannot rotate."""
    return ExpectedResource(id=arn, values={key.rotation: rotation_days, key.key_policy: document(policy)})
