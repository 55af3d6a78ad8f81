"""S3 and DynamoDB: encryption, versions, lock, lifecycle, denies, recovery."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]

KEY_OF = {
    "input_bucket": "records",
    "output_bucket": "records",
    "quarantine_bucket": "records",
    "artifact_bucket": "logs",
    "audit_bucket": "audit",
}
BUCKETS = [*KEY_OF, "access_log_bucket"]
EVIDENCE = ["output_bucket", "audit_bucket"]


def policy(client: Client, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(client("s3").get_bucket_policy(Bucket=name)["Policy"])
    return document


@pytest.mark.parametrize("bucket", KEY_OF)
def test_bucket_is_under_its_customer_key_with_a_bucket_key(
    outputs: dict[str, Any], client: Client, bucket: str
) -> None:
    (rule,) = client("s3").get_bucket_encryption(Bucket=outputs[bucket])["ServerSideEncryptionConfiguration"]["Rules"]
    key = outputs["key_arns"][KEY_OF[bucket]]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rule["BucketKeyEnabled"] is True


@pytest.mark.parametrize("bucket", BUCKETS)
def test_bucket_is_versioned_and_closed_to_the_public(outputs: dict[str, Any], client: Client, bucket: str) -> None:
    s3 = client("s3")
    assert s3.get_bucket_versioning(Bucket=outputs[bucket])["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=outputs[bucket])["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_ownership_controls(Bucket=outputs[bucket])["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_bucket_denies_plain_http_old_tls_and_other_keys(outputs: dict[str, Any], client: Client, bucket: str) -> None:
    statements = policy(client, outputs[bucket])["Statement"]
    denies = {statement["Sid"] for statement in statements if statement["Effect"] == "Deny"}
    keyed = {"DenyOtherAlgorithm", "DenyDefaultKey", "DenyOtherKey"} if bucket in KEY_OF else set()
    assert denies >= {"DenyPlainHttp", "DenyOldTls", "DenySseC"} | keyed


def test_results_come_from_the_processor_alone_and_input_is_read_by_it_alone(
    outputs: dict[str, Any], client: Client
) -> None:
    role = client("lambda").get_function(FunctionName=outputs["processor_function"])["Configuration"]["Role"]
    for bucket, sid in (
        ("output_bucket", "DenyOtherWriters"),
        ("quarantine_bucket", "DenyOtherWriters"),
        ("input_bucket", "DenyOtherReaders"),
    ):
        (deny,) = [one for one in policy(client, outputs[bucket])["Statement"] if one["Sid"] == sid]
        assert deny["Condition"]["ArnNotLike"] == {"aws:PrincipalArn": [role]}


@pytest.mark.parametrize("bucket", EVIDENCE)
def test_evidence_is_locked_for_ten_years_and_ended_by_nobody(
    outputs: dict[str, Any], client: Client, bucket: str
) -> None:
    lock = client("s3").get_object_lock_configuration(Bucket=outputs[bucket])["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Years": 10}
    (deny,) = [one for one in policy(client, outputs[bucket])["Statement"] if one["Sid"] == "DenyDeletion"]
    assert "Condition" not in deny
    assert {"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:DeleteBucket"} <= set(deny["Action"])


def lifecycle(client: Client, name: str) -> dict[str, dict[str, Any]]:
    rules = client("s3").get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    return {rule["ID"]: rule for rule in rules if rule["Status"] == "Enabled"}


@pytest.mark.parametrize("bucket", ["input_bucket", "quarantine_bucket"])
def test_raw_data_and_its_old_versions_end_after_their_days(
    outputs: dict[str, Any], client: Client, bucket: str
) -> None:
    rules = lifecycle(client, outputs[bucket])
    assert rules["expiration"]["Expiration"]["Days"] == 90
    assert rules["noncurrent-versions"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1


@pytest.mark.parametrize("bucket", EVIDENCE)
def test_no_version_of_evidence_ends_before_its_ten_years_and_storage_gets_cheaper(
    outputs: dict[str, Any], client: Client, bucket: str
) -> None:
    rules = lifecycle(client, outputs[bucket])
    assert rules["expiration"]["Expiration"]["Days"] >= 3653
    assert rules["noncurrent-versions"]["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 3653
    assert [one["StorageClass"] for one in rules["transitions"]["Transitions"]] == ["STANDARD_IA", "GLACIER_IR"]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_aborted_uploads_go(outputs: dict[str, Any], client: Client, bucket: str) -> None:
    rules = lifecycle(client, outputs[bucket])
    assert rules["aborted-uploads"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7


@pytest.mark.parametrize("bucket", KEY_OF)
def test_access_to_a_bucket_is_logged(outputs: dict[str, Any], client: Client, bucket: str) -> None:
    logging = client("s3").get_bucket_logging(Bucket=outputs[bucket])["LoggingEnabled"]
    assert logging["TargetBucket"] == outputs["access_log_bucket"]


def test_access_logs_are_under_s3s_own_key_which_is_all_that_their_delivery_takes(
    outputs: dict[str, Any], client: Client
) -> None:
    name = outputs["access_log_bucket"]
    (rule,) = client("s3").get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert lifecycle(client, name)["expiration"]["Expiration"]["Days"] == 3653


def test_a_locked_result_cannot_be_deleted_without_a_bypass(outputs: dict[str, Any], client: Client) -> None:
    s3, bucket = client("s3"), outputs["output_bucket"]
    version = s3.put_object(Bucket=bucket, Key="locked", Body=b"")["VersionId"]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="locked", VersionId=version)
    s3.delete_object(Bucket=bucket, Key="locked", VersionId=version, BypassGovernanceRetention=True)


def table(outputs: dict[str, Any], client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client("dynamodb").describe_table(TableName=outputs["transactions_table"])["Table"]
    return found


def test_table_is_under_the_records_key(outputs: dict[str, Any], client: Client) -> None:
    assert table(outputs, client)["SSEDescription"]["KMSMasterKeyArn"] == outputs["key_arns"]["records"]


def test_table_can_be_restored_to_any_second(outputs: dict[str, Any], client: Client) -> None:
    backups = client("dynamodb").describe_continuous_backups(TableName=outputs["transactions_table"])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_table_refuses_to_be_deleted(outputs: dict[str, Any], client: Client) -> None:
    dynamodb = client("dynamodb")
    assert table(outputs, client)["DeletionProtectionEnabled"] is True
    with pytest.raises(dynamodb.exceptions.ClientError, match="protected"):
        dynamodb.delete_table(TableName=outputs["transactions_table"])


def test_table_is_paid_by_request_and_indexes_manifests_by_status(outputs: dict[str, Any], client: Client) -> None:
    found = table(outputs, client)
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in found["GlobalSecondaryIndexes"]] == ["by_status"]
    assert {key["AttributeName"] for key in found["KeySchema"]} == {"pk", "sk"}
