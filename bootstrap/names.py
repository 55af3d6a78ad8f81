"""Names in an account. An account holds one stack, so they do not contain the stack's name."""

from dataclasses import dataclass

from components.context import AwsContext

PROJECT = "strongroom"
"""Project whose stacks are deployed."""
SECRETS_ALIAS = "alias/strongroom-state"
"""Alias of the key for the engine's state and secrets."""
BOUNDARY = "strongroom-boundary"
"""Managed policy that bounds every role of a stack."""
DEPLOY_ROLE = "strongroom-deploy"
PREVIEW_ROLE = "strongroom-preview"
GITHUB = "token.actions.githubusercontent.com"
"""Host of GitHub's OIDC provider."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Where a stack keeps its second copy.

    Attributes
    ----------
    region
        Region code, such as `eu-west-1`.
    role_arn
        Role of another account that the deployment assumes; empty for the stack's own account.
    """

    region: str
    role_arn: str = ""

    def account_id(self, context: AwsContext) -> str:
        """Return the account of the copies; `context` is the stack's."""
        return self.role_arn.split(":")[4] if self.role_arn else context.account_id


def stack_context(context: AwsContext, stack: str) -> AwsContext:
    """Return the context of the stack that is going to be deployed."""
    return AwsContext(
        partition=context.partition, region=context.region, account_id=context.account_id, prefix=f"{PROJECT}-{stack}"
    )


def boundary_arn(context: AwsContext) -> str:
    """Return the ARN of the permissions boundary."""
    return context.iam_arn(f"policy/{BOUNDARY}")


def provider_arn(context: AwsContext) -> str:
    """Return the ARN of GitHub's OIDC provider."""
    return f"arn:{context.partition}:iam::{context.account_id}:oidc-provider/{GITHUB}"


def role_arn(context: AwsContext, name: str) -> str:
    """Return the ARN of one of this program's roles."""
    return context.iam_arn(f"role/{name}")


def log_group_arns(context: AwsContext) -> list[str]:
    """Return the ARNs of the stack's log groups."""
    return [context.arn("logs", f"log-group:/aws/*/{context.prefix}{end}") for end in ("", "-*", ":*")]


def dashboard_arn(context: AwsContext) -> str:
    """Return the ARN of the stack's dashboard."""
    return f"arn:{context.partition}:cloudwatch::{context.account_id}:dashboard/{context.prefix}*"
