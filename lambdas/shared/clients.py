"""Configuration of the functions' boto3 clients."""

import os

from botocore.config import Config


def client_config(*, attempts: int, read_timeout: int) -> Config:
    """Return the configuration of a client.

    Parameters
    ----------
    attempts
        Calls in all while AWS throttles, fails or cannot be reached; 1 leaves retries to the caller.
    read_timeout
        Seconds to wait for the next byte of a response.
    """
    # A custom endpoint, such as an emulator's, may not resolve a host name for each bucket.
    custom_endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=5,
        read_timeout=read_timeout,
        s3={
            "addressing_style": "path" if custom_endpoint else "auto",
            # In us-east-1, boto3 would use the global name s3.amazonaws.com, which the DNS firewall blocks.
            "us_east_1_regional_endpoint": "regional",
        },
    )
