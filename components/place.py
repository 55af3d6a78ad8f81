"""Where a stack is deployed, as every policy document needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account and a region.

    Attributes
    ----------
    partition
        `aws`, `aws-cn` or `aws-us-gov`.
    region
        Code of the region, such as `eu-central-1`.
    account_id
        The account's twelve digits.
    """

    partition: str
    region: str
    account_id: str
