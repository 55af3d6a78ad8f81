"""The expected state of keys."""

from dataclasses import dataclass

from pulumi import Input

from components.expected import Expected, document
from lambdas.attestor.controls import key


@dataclass(frozen=True, kw_only=True)
class ExpectedKey:
    """A key.

    Attributes
    ----------
    arn
        The key.
    rotation_days
        Days between rotations; none for an HMAC key, which is not rotated automatically.
    policy
        Its policy, as JSON.
    """

    arn: Input[str]
    rotation_days: int | None
    policy: Input[str]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.arn,
            {
                key.rotation: self.rotation_days,
                key.key_policy: document(self.policy),
            },
        )
