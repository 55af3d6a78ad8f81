"""What the tests of several folders share: the package's folder, and the AWS provider's options for an emulator."""

from pathlib import Path
from typing import Any

import offline

ROOT = Path(str(offline.__file__)).parents[1]
"""The folder that contains the package, from which its modules can be run."""

_SERVICES = (
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)


def provider_options(endpoint: str) -> dict[str, Any]:
    """Return options that send every service of the tests to an endpoint."""
    return {
        "region": "us-east-1",
        "accessKey": "test",
        "secretKey": "test",
        "skipCredentialsValidation": True,
        "skipMetadataApiCheck": True,
        "s3UsePathStyle": True,
        "endpoints": [dict.fromkeys(_SERVICES, endpoint)],
    }
