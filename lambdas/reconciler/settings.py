"""The reconciler's settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.shared.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The reconciler's settings.

    Attributes
    ----------
    input_bucket, transactions_table
        Names.
    allowed_seconds
        Age at which a file must have a manifest: until then, its message may still be delivered again.
    """

    input_bucket: str
    transactions_table: str
    allowed_seconds: int


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Return the settings that the environment variables hold.

    Raises
    ------
    InvalidSettings
        A variable is missing or invalid.
    """
    environment = Environment(variables)
    settings = Settings(
        input_bucket=environment.text("INPUT_BUCKET"),
        transactions_table=environment.text("TRANSACTIONS_TABLE"),
        allowed_seconds=environment.positive("ALLOWED_SECONDS"),
    )
    environment.check()
    return settings
