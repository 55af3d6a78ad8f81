"""The function's settings, from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.telemetry import Told


class BadSettings(Told):
    """The environment of the function is not what it needs; the message names each variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the function is told where it is deployed.

    Attributes
    ----------
    input_bucket, transactions_table
        Names.
    allowed_seconds
        How old a version may be before it has to have a manifest: as long as its message may be delivered again.
    """

    input_bucket: str
    transactions_table: str
    allowed_seconds: int


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    BadSettings
        A variable is missing or has a value that is not allowed.
    """
    wrong = [f"{name} is missing" for name in ("INPUT_BUCKET", "TRANSACTIONS_TABLE") if not environment.get(name)]
    allowed = environment.get("ALLOWED_SECONDS", "")
    if not (allowed.isascii() and allowed.isdecimal() and int(allowed) > 0):
        wrong.append(f"ALLOWED_SECONDS is {allowed!r}, expected a number from 1")
    if wrong:
        raise BadSettings(f"environment of the function: {'; '.join(wrong)}. Set it where the function is deployed")
    return Settings(
        input_bucket=environment["INPUT_BUCKET"],
        transactions_table=environment["TRANSACTIONS_TABLE"],
        allowed_seconds=int(allowed),
    )
