"""The processor's settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.shared.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The processor's settings.

    Attributes
    ----------
    input_bucket, output_bucket, quarantine_bucket, transactions_table
        Names.
    token_key_id
        The KMS key (HMAC_256) that account tokens are derived from.
    account_last4
        Whether accepted records keep the last four characters of an account.
    malware_scan
        Whether a file is processed only once GuardDuty has found no threats in it.
    max_receives
        Deliveries before a message goes to the dead-letter queue; an error on the last one makes the file FAILED.
        None if not configured: the manifest of such a file stays PROCESSING.
    """

    input_bucket: str
    output_bucket: str
    quarantine_bucket: str
    transactions_table: str
    token_key_id: str
    account_last4: bool
    malware_scan: bool
    max_receives: int | None


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
        output_bucket=environment.text("OUTPUT_BUCKET"),
        quarantine_bucket=environment.text("QUARANTINE_BUCKET"),
        transactions_table=environment.text("TRANSACTIONS_TABLE"),
        token_key_id=environment.text("TOKEN_KEY_ID"),
        account_last4=environment.boolean("ACCOUNT_LAST4"),
        malware_scan=environment.boolean("MALWARE_SCAN"),
        max_receives=environment.positive("MAX_RECEIVES") if "MAX_RECEIVES" in variables else None,
    )
    environment.check()
    return settings
