"""What the processor's tests need of AWS: buckets, a table and a key, empty for each test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from lambdas.processor import handler
from lambdas.shared.source import Source
from tests.lambdas.processor.material import CARD, GOOD, csv_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

CONTENT = csv_of([GOOD, {**GOOD, "transaction_id": "T-2", "account": CARD, "amount": "-1"}, {**GOOD, "amount": "x"}])


@dataclass
class Cloud:
    """The processor's surroundings."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"

    def upload(self, content: bytes = CONTENT, key: str = "in/file.csv") -> Source:
        version = self.s3.put_object(Bucket="input", Key=key, Body=content)["VersionId"]
        return Source(bucket="input", key=key, version_id=version)

    def objects(self, bucket: str) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {entry["Key"]: self.s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}

    def manifest(self, source: Source) -> dict[str, Any]:
        whole: dict[str, Any] = json.loads(self.objects("output")[f"{source.file_id}/manifest.json"])
        return whole

    def items(self) -> list[dict[str, Any]]:
        return [plain(item) for item in self.dynamodb.scan(TableName="transactions")["Items"]]

    def item(self, source: Source) -> dict[str, Any]:
        (found,) = [item for item in self.items() if item["pk"] == f"file#{source.file_id}"]
        return found

    def put(self, source: Source, **attributes: str | int) -> None:
        item: Any = {"pk": {"S": f"file#{source.file_id}"}, "sk": {"S": "manifest"}}
        for name, value in attributes.items():
            item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        self.dynamodb.put_item(TableName="transactions", Item=item)


def plain(item: Any) -> Any:
    """Read attributes that say their type."""

    def value(typed: Any) -> Any:
        ((kind, content),) = typed.items()
        if kind == "N":
            return int(content) if content.isdecimal() else float(content)
        if kind == "M":
            return plain(content)
        return [value(entry) for entry in content] if kind == "L" else content

    return {name: value(typed) for name, typed in item.items()}


@pytest.fixture
def cloud(shared_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "MAX_RECEIVES"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", shared_session)
        s3, dynamodb, kms = boto3.client("s3"), boto3.client("dynamodb"), boto3.client("kms")
        for bucket in ("input", "output", "quarantine"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(
            TableName="transactions",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip
        key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
        for name, value in {
            "INPUT_BUCKET": "input", "OUTPUT_BUCKET": "output", "QUARANTINE_BUCKET": "quarantine",
            "TRANSACTIONS_TABLE": "transactions", "TOKEN_KEY_ID": key, "ACCOUNT_LAST4": "true",
            "MALWARE_SCAN": "false",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        forget()
        yield Cloud(s3, dynamodb)
    forget()


def forget() -> None:
    """Start cold."""
    for cached in (handler._settings, handler._s3, handler._dynamodb, handler._tokens):
        cached.cache_clear()
