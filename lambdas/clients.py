"""How the functions' boto3 clients are set up."""

import os

from botocore.config import Config


def config(*, attempts: int, read_timeout: int) -> Config:
    """Return the settings of a client.

    Parameters
    ----------
    attempts
        How often a call is made while AWS throttles, fails or cannot be reached; 1 leaves it to the caller.
    read_timeout
        Seconds without a byte of an answer.
    """
    # Whoever names an endpoint of his own may have one address for all buckets, and no name for each.
    elsewhere = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=5,
        read_timeout=read_timeout,
        s3={"addressing_style": "path" if elsewhere else "auto"},
    )
