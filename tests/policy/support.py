"""Builders of small stacks, and short ways to judge them."""

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
        "log-group-is-retained",
    )
]
"""Rules of both kinds, on few properties."""


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
    """Judge a stack by one rule; the results are in the resources' order."""
    stack = Stack(resources, complete=complete)
    return list(evaluate(stack, settings or Settings(), TODAY, [RULES[rule]]).results)


def verdict(rule: str, *resources: ResourceData, complete: bool = True, settings: Settings | None = None) -> Result:
    """Judge a stack that has one resource for the rule."""
    (result,) = verdicts(rule, *resources, complete=complete, settings=settings)
    return result
