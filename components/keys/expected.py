"""What is meant of keys."""

from dataclasses import dataclass

from pulumi import Input

from components.expected import Controls, document


@dataclass(frozen=True, kw_only=True)
class ExpectedKey:
    """A key.

    Attributes
    ----------
    arn
        The key.
    rotation_days
        Days between rotations; none for an HMAC key, which knows none.
    policy
        Its policy, as JSON.
    """

    arn: Input[str]
    rotation_days: int | None
    policy: Input[str]

    def controls(self) -> Controls:
        """Return what is meant."""
        return (
            "key",
            self.arn,
            {
                "kms-enabled": "Enabled",
                "kms-rotation": self.rotation_days,
                "kms-policy": document(self.policy),
            },
        )
