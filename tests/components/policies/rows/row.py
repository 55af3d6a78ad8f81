"""The parts of a row: principal, action, resource, condition keys, and the expected answer.

The answer is "yes", the Sid of the Deny that decides, or "no: DOCUMENT" with the kind of document that lacks an Allow.
"""

from collections.abc import Mapping, Sequence

from tests.components.policies.attached import CONTEXT, REGION
from tests.support.iam.builders import HOME
from tests.support.iam.conditions import ContextValue
from tests.support.iam.request import Principal, service

Keys = Mapping[str, ContextValue | Sequence[ContextValue]]
Row = tuple[Principal, str, str, Keys, str]

S3, CLOUDWATCH, LAMBDA, EC2, TRAILS, FLOWS = (
    service(f"{name}.amazonaws.com") for name in ("s3", "cloudwatch", "lambda", "ec2", "cloudtrail", "vpc-flow-logs")
)
ACCESS_LOGGING = service("logging.s3.amazonaws.com")
LOGS, OTHER_LOGS = service(f"logs.{REGION}.amazonaws.com"), service("logs.us-east-1.amazonaws.com")
PLAIN: Keys = {"aws:SecureTransport": False}
VIA_S3: Keys = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
VIA_DYNAMODB: Keys = {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}
TABLE_NAME = "kms:EncryptionContext:aws:dynamodb:tableName"
VIA_TABLE: Keys = {**VIA_DYNAMODB, TABLE_NAME: CONTEXT.transactions_table}
ALGORITHM, KEY_ID, CUSTOMER_KEY = (
    f"s3:x-amz-server-side-encryption{suffix}" for suffix in ("", "-aws-kms-key-id", "-customer-algorithm")
)


def source(arn: str, account: str = HOME) -> Keys:
    return {"aws:SourceArn": arn, "aws:SourceAccount": account}
