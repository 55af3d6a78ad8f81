"""The account and region of a deployment, and the prefix of its names."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class AwsContext:
    """The account and region that a stack is deployed to.

    Attributes
    ----------
    partition
        `aws`, `aws-cn` or `aws-us-gov`.
    region
        Region code, such as `eu-central-1`.
    account_id
        Account id, twelve digits.
    prefix
        Prefix of names that must be known before their resource exists, such as `strongroom-dev`.
    """

    partition: str
    region: str
    account_id: str
    prefix: str

    @property
    def dns_suffix(self) -> str:
        """End of the DNS names of AWS's services in this partition; a test holds it against botocore's endpoint data."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def name(self, purpose: str) -> str:
        """Return a physical name that no other stack of the account uses."""
        return f"{self.prefix}-{purpose}"

    @property
    def transactions_table(self) -> str:
        """Name of the table; it is fixed because the policy of the table's key names the table."""
        return self.name("transactions")

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def role_arn(self, purpose: str) -> str:
        """Return the ARN of one of the stack's roles."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.name(purpose)}"

    def iam_arn(self, name: str) -> str:
        """Return the ARN of what is given as `role/…`, `user/…` or `policy/…`; a full ARN is returned unchanged."""
        return name if name.startswith("arn:") else f"arn:{self.partition}:iam::{self.account_id}:{name}"


def current_context(prefix: str) -> AwsContext:
    """Return the account and region that the provider is configured for."""
    return AwsContext(
        partition=aws.get_partition().partition,
        region=aws.get_region().region,
        account_id=aws.get_caller_identity().account_id,
        prefix=prefix,
    )


def caller_arn() -> str:
    """Return the ARN of the user or role whose credentials the provider has, as IAM conditions compare it.

    The ARN of a session lacks the path of its role, so the role itself is read: the caller needs `iam:GetRole` for it.
    """
    return aws.iam.get_session_context(arn=aws.get_caller_identity().arn).issuer_arn


def available_zone_ids() -> Sequence[str]:
    """Return the ids of the region's availability zones that need no opt-in.

    Ids, because the same zone name stands for different zones in different accounts.
    """
    return aws.get_availability_zones(
        state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    ).zone_ids
