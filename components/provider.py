"""A provider of another region or account, with the options of the stack's default provider."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.context import AwsContext


def provider_at(name: str, context: AwsContext, role_arn: str) -> aws.Provider:
    """Return a provider of a region and an account.

    An explicit provider takes none of the stack's `aws:` settings by itself. Those about credentials, endpoints and tags apply
    here too; region and account differ, which is the purpose.

    Parameters
    ----------
    context
        Region and account. The provider refuses to work in another account.
    role_arn
        Role that it assumes; empty for none.
    """
    config = pulumi.Config("aws")
    # As in the config: the SDK passes keys inside objects on as they are.
    roles: list[Any] = config.get_object("assumeRoles") or []
    return aws.Provider(
        name,
        region=context.region,
        allowed_account_ids=[context.account_id],
        assume_roles=[*roles, {"roleArn": role_arn}] if role_arn else roles or None,
        profile=config.get("profile"),
        access_key=config.get_secret("accessKey"),
        secret_key=config.get_secret("secretKey"),
        token=config.get_secret("token"),
        default_tags=config.get_object("defaultTags"),
        endpoints=config.get_object("endpoints"),
        s3_use_path_style=config.get_bool("s3UsePathStyle"),
        skip_credentials_validation=config.get_bool("skipCredentialsValidation"),
        skip_metadata_api_check=config.get_bool("skipMetadataApiCheck"),
        skip_requesting_account_id=config.get_bool("skipRequestingAccountId"),
    )
