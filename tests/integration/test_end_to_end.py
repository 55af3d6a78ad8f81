"""Files on their way: through, rejected, delivered again, and set aside."""

import gzip
import hashlib
import json
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.examination.export import export_period
from cli.examination.period import parse_period
from cli.processing import process_file
from cli.stack import EmulatedStack
from lambdas.shared.source import Source
from tests.integration.work import idle, new_processes, notification
from tests.support.waiting import until

Client = Callable[[str], Any]
ROOT = Path(__file__).parents[2]
REJECTS = ROOT / "samples" / "rejects.csv"


def test_a_file_goes_all_the_way_through(stack: EmulatedStack, outputs: dict[str, Any], client: Client) -> None:
    manifest = process_file(stack, REJECTS)
    assert (manifest["manifest_status"], manifest["records_read"], manifest["records_accepted"]) == ("COMPLETED", 15, 2)
    assert manifest["input_sha256"] == hashlib.sha256(REJECTS.read_bytes()).hexdigest()
    s3 = client("s3")
    stored = json.loads(
        s3.get_object(Bucket=outputs["output_bucket"], Key=f"{manifest['output_prefix']}manifest.json")["Body"].read()
    )
    assert stored == manifest
    key = f"{manifest['quarantine_prefix']}part-00000.jsonl.gz"
    rejected = gzip.decompress(s3.get_object(Bucket=outputs["quarantine_bucket"], Key=key)["Body"].read()).splitlines()
    assert len(rejected) == manifest["records_rejected"] == 13
    part = s3.get_object(Bucket=outputs["output_bucket"], Key=f"{manifest['output_prefix']}part-00000.jsonl.gz")
    record, _ = [json.loads(line) for line in gzip.decompress(part["Body"].read()).splitlines()]
    item = client("dynamodb").get_item(
        TableName=outputs["transactions_table"],
        Key={
            "pk": {"S": f"transaction#{record['transaction_id']}"},
            "sk": {"S": manifest["output_prefix"].rstrip("/")},
        },
    )["Item"]
    assert item["account_token"]["S"] == record["account_token"]


def test_results_are_under_the_records_key_and_locked(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    manifest = process_file(stack, REJECTS)
    found = client("s3").head_object(Bucket=outputs["output_bucket"], Key=f"{manifest['output_prefix']}manifest.json")
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"].rpartition("/")[2] == outputs["key_arns"]["records"].rpartition("/")[2]
    assert found["ObjectLockMode"] == "GOVERNANCE"
    assert found["ObjectLockRetainUntilDate"].year >= time.gmtime().tm_year + 9


def test_a_file_with_an_invalid_header_is_quarantined(stack: EmulatedStack) -> None:
    manifest = process_file(stack, ROOT / "samples" / "duplicate-column.csv")
    assert (manifest["manifest_status"], manifest["error"]) == ("QUARANTINED", "header: duplicate column: amount")


@contextmanager
def redelivery_at_once(outputs: dict[str, Any], client: Client) -> Iterator[None]:
    """Let a message that failed come again after a second, instead of three minutes."""
    sqs, url = client("sqs"), outputs["work_queue_url"]
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


def upload(outputs: dict[str, Any], client: Client, key: str) -> Source:
    answer = client("s3").put_object(Bucket=outputs["input_bucket"], Key=key, Body=REJECTS.read_bytes())
    return Source(bucket=outputs["input_bucket"], key=key, version_id=answer["VersionId"])


def status(outputs: dict[str, Any], client: Client, source: Source) -> str | None:
    key = {"pk": {"S": f"file#{source.file_id}"}, "sk": {"S": "manifest"}}
    item = client("dynamodb").get_item(TableName=outputs["transactions_table"], Key=key, ConsistentRead=True)
    found: str | None = item.get("Item", {}).get("manifest_status", {}).get("S")
    return found


def logged(outputs: dict[str, Any], client: Client, *words: str) -> bool:
    """Tell whether the function's log has a line with all of some words."""
    pages = client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=outputs["log_group_names"]["processor"])
    return any(all(word in one["message"] for word in words) for page in found for one in page["events"])


def test_a_file_that_failed_for_want_of_a_key_is_processed_when_it_comes_again(
    outputs: dict[str, Any], client: Client
) -> None:
    kms, key = client("kms"), outputs["key_arns"]["tokens"]
    with redelivery_at_once(outputs, client), new_processes(outputs, client):
        kms.disable_key(KeyId=key)
        try:
            source = upload(outputs, client, "again.csv")
            failed = until(lambda: logged(outputs, client, '"ERROR"', "DisabledException"))
            before = status(outputs, client, source)
        finally:
            kms.enable_key(KeyId=key)
        assert failed
        assert before != "COMPLETED"
        assert until(lambda: status(outputs, client, source) == "COMPLETED")


def test_a_poison_message_ends_in_the_dead_letter_queue_and_nothing_is_lost(
    outputs: dict[str, Any], client: Client
) -> None:
    sqs, dead = client("sqs"), outputs["dead_letter_queue_url"]
    with redelivery_at_once(outputs, client):
        sqs.send_message(QueueUrl=outputs["work_queue_url"], MessageBody="no notification")

        def arrived() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0).get("Messages", [])
            return found

        assert until(lambda: bool(arrived()), seconds=60)
        (message,) = arrived()
    assert message["Body"] == "no notification"
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])


def test_a_notification_that_comes_twice_changes_nothing(outputs: dict[str, Any], client: Client) -> None:
    source = upload(outputs, client, "twice.csv")
    assert until(lambda: status(outputs, client, source) == "COMPLETED")
    s3, prefix = client("s3"), f"{source.file_id}/"
    before = s3.list_object_versions(Bucket=outputs["output_bucket"], Prefix=prefix)["Versions"]
    body = notification(source.bucket, source.key, source.version_id)
    client("sqs").send_message(QueueUrl=outputs["work_queue_url"], MessageBody=body)
    assert until(lambda: idle(outputs, client))
    after = s3.list_object_versions(Bucket=outputs["output_bucket"], Prefix=prefix)["Versions"]
    assert [one["VersionId"] for one in after] == [one["VersionId"] for one in before]


@pytest.mark.parametrize("word", ["DE89370400440532013000", "4111111111111111"])
def test_no_log_has_an_account_or_a_card_number(outputs: dict[str, Any], client: Client, word: str) -> None:
    assert word.encode() in b"".join(file.read_bytes() for file in (ROOT / "samples").iterdir()).replace(b" ", b"")
    assert not logged(outputs, client, word)


def test_processed_files_and_evidence_are_exported_and_verified(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client, tmp_path: Path
) -> None:
    files = [ROOT / "samples" / name for name in ("payments.csv.gz", "rejects.jsonl", "duplicate-column.csv")]
    first = datetime.now(UTC)
    manifests = [process_file(stack, file) for file in files]
    last = datetime.now(UTC) + timedelta(days=1)
    period, path = parse_period(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"), tmp_path / "export.zip"
    contents = export_period(client("s3"), stack=stack.name, period=period, path=path, clock=lambda: datetime.now(UTC))
    assert contents.problems == []
    rows = {row["file_id"]: row for row in contents.rows}
    with zipfile.ZipFile(path) as package:
        package.extractall(tmp_path / "unpacked")
        for manifest, file in zip(manifests, files, strict=True):
            identity = "\n".join(manifest[name] for name in ("bucket", "key", "version_id"))
            row = rows[hashlib.sha256(identity.encode()).hexdigest()]
            assert (row["key"], row["manifest_status"]) == (file.name, manifest["manifest_status"])
            assert row["input_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
            if manifest["records_accepted"]:
                lines = package.read(row["csv_entry"]).splitlines()
                assert len(lines) == 1 + manifest["records_accepted"]
        evidence = f"audit-trail/{outputs['audit_bucket']}/attestation/{outputs['attestor_function']}/evidence/"
        assert any(name.startswith(evidence) for name in package.namelist())
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "unpacked", check=True)
