"""Builders of small stacks, and functions that evaluate them."""

from collections.abc import Mapping, Sequence
from datetime import date

from policy.evaluation import Result, evaluate
from policy.model import ResourceData, Stack, Value
from policy.rules import RULES
from policy.settings import Settings

TODAY = date(2027, 1, 31)
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"
TAGS: Mapping[str, Value] = {
    "environment": "dev",
    "owner": "payments",
    "cost-centre": "4711",
    "data-classification": "restricted",
    "project": "ledger",
    "stack": "dev",
    "managed-by": "pulumi",
    "repository": "ledger",
}

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ENCRYPTION_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
TABLE = "aws:dynamodb/table:Table"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"

VAULT = "aws:backup/vault:Vault"

FEW = [
    RULES[name]
    for name in (
        "bucket-uses-customer-key",
        "table-uses-customer-key",
        "queue-uses-customer-key",
        "topic-uses-customer-key",
        "log-group-uses-customer-key",
        "resource-is-tagged",
        "log-group-has-retention-period",
    )
]
"""Rules on single resources and on the whole stack that read few properties."""


def urn(kind: str, name: str, *, stack: str = "dev", parents: str = "") -> str:
    return f"urn:pulumi:{stack}::ledger::{parents}{kind}::{name}"


def declare(
    kind: str,
    name: str = "it",
    inputs: Mapping[str, Value] | None = None,
    *,
    outputs: Mapping[str, Value] | None = None,
    dependencies: Mapping[str, Sequence[str]] | None = None,
    parents: str = "",
    default_tags: Value = None,
    managed: bool = True,
) -> ResourceData:
    return ResourceData(
        urn=urn(kind, name, parents=parents),
        inputs=inputs or {},
        outputs=outputs or {},
        dependencies=dependencies or {},
        default_tags=default_tags,
        managed=managed,
    )


def verdicts(
    rule: str, *resources: ResourceData, complete: bool = True, settings: Settings | None = None
) -> list[Result]:
    """Return the results of one rule on a stack, in the order of the resources."""
    stack = Stack(resources, complete=complete)
    return list(evaluate(stack, settings or Settings(), TODAY, [RULES[rule]]).results)


def verdict(rule: str, *resources: ResourceData, complete: bool = True, settings: Settings | None = None) -> Result:
    """Return the result of a rule on a stack with one resource that it applies to."""
    (result,) = verdicts(rule, *resources, complete=complete, settings=settings)
    return result
