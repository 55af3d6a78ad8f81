"""Where a stack is deployed, as every policy document needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class AwsContext:
    """An account and a region, and what the stack's own names there begin with.

    Attributes
    ----------
    partition
        `aws`, `aws-cn` or `aws-us-gov`.
    region
        Code of the region, such as `eu-central-1`.
    account_id
        The account's twelve digits.
    prefix
        What names begin with that have to be known before their resource is made, such as `strongroom-dev`.
    """

    partition: str
    region: str
    account_id: str
    prefix: str

    def name(self, what: str) -> str:
        """Return a name in AWS that no other stack of the account has."""
        return f"{self.prefix}-{what}"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def role_arn(self, name: str) -> str:
        """Return the ARN of a role of this stack, by what it is for."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.name(name)}"

    def principal(self, pattern: str) -> str:
        """Return the ARN of a user or role of this account, given as `role/…` or `user/…`; an ARN stays as it is."""
        return pattern if pattern.startswith("arn:") else f"arn:{self.partition}:iam::{self.account_id}:{pattern}"


def current_context(prefix: str) -> AwsContext:
    """Return the place that the provider's credentials and region lead to."""
    return AwsContext(
        partition=aws.get_partition().partition,
        region=aws.get_region().region,
        account_id=aws.get_caller_identity().account_id,
        prefix=prefix,
    )


def offered_zones() -> Sequence[str]:
    """Return the availability zones of the region, by id, since names mean different zones in different accounts.

    Only those that need no opt-in.
    """
    return aws.get_availability_zones(
        state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    ).zone_ids
