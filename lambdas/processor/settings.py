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
    input_bucket, output_bucket, quarantine_bucket, transactions_table
        Names.
    token_key_id
        The KMS key (HMAC_256) that account tokens are derived from.
    account_last4
        Whether accepted records tell the last four characters of an account.
    max_receives
        Deliveries of a message before it is a dead letter, as the queue has it; on the last one the file's manifest
        says FAILED. None if the function is not told: the manifest of such a file stays PROCESSING.
    """

    input_bucket: str
    output_bucket: str
    quarantine_bucket: str
    transactions_table: str
    token_key_id: str
    account_last4: bool
    max_receives: int | None


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises
    ------
    BadSettings
        A variable is missing or has a value that is not allowed.
    """
    names = ("INPUT_BUCKET", "OUTPUT_BUCKET", "QUARANTINE_BUCKET", "TRANSACTIONS_TABLE", "TOKEN_KEY_ID")
    wrong = [f"{name} is missing" for name in names if not environment.get(name)]
    last4 = environment.get("ACCOUNT_LAST4", "")
    if last4 not in ("true", "false"):
        wrong.append(f"ACCOUNT_LAST4 is {last4!r}, expected true or false")
    receives = environment.get("MAX_RECEIVES")
    if receives is not None and not (receives.isascii() and receives.isdecimal() and int(receives) > 0):
        wrong.append(f"MAX_RECEIVES is {receives!r}, expected a number from 1, or no such variable")
    if wrong:
        raise BadSettings(f"environment of the function: {'; '.join(wrong)}. Set it where the function is deployed")
    return Settings(
        input_bucket=environment["INPUT_BUCKET"],
        output_bucket=environment["OUTPUT_BUCKET"],
        quarantine_bucket=environment["QUARANTINE_BUCKET"],
        transactions_table=environment["TRANSACTIONS_TABLE"],
        token_key_id=environment["TOKEN_KEY_ID"],
        account_last4=last4 == "true",
        max_receives=None if receives is None else int(receives),
    )
