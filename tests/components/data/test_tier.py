"""The data tier under Pulumi's mocks: encryption, object lock, access logs, perimeter and tags of the buckets."""

import json

import pytest

from components.data.buckets import BUCKETS
from tests.components.sample import CONTEXT
from tests.support.mocks import Recorder

BUCKET = "aws:s3/bucket:Bucket"


def test_output_and_audit_buckets_are_locked_as_the_table_of_buckets_says(tiers: Recorder) -> None:
    locks = {
        lock.name: lock.inputs
        for lock in tiers.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    }
    assert (
        set(locks) == {f"data-{name}" for name, row in BUCKETS.items() if row.locked} >= {"data-output", "data-audit"}
    )
    for lock in locks.values():
        assert lock["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "years": 10}
    enabled = {bucket.name for bucket in tiers.of_type(BUCKET) if bucket.inputs["objectLockEnabled"]}
    assert enabled == set(locks)


def test_every_bucket_but_the_access_log_bucket_logs_access_under_a_prefix_of_its_own(tiers: Recorder) -> None:
    logging = {resource.name: resource.inputs for resource in tiers.of_type("aws:s3/bucketLogging:BucketLogging")}
    buckets = {bucket.name for bucket in tiers.of_type(BUCKET)}
    assert buckets - set(logging) == {"data-access-logs"}
    assert {inputs["targetBucket"] for inputs in logging.values()} == {"data-access-logs"}
    assert len({inputs["targetPrefix"] for inputs in logging.values()}) == len(logging)


def test_only_the_access_log_bucket_is_encrypted_with_the_key_of_s3(tiers: Recorder) -> None:
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    defaults = {
        encryption.name: encryption.inputs["rules"][0]["applyServerSideEncryptionByDefault"]
        for encryption in tiers.of_type(token)
    }
    assert {name for name, default in defaults.items() if default["sseAlgorithm"] == "AES256"} == {"data-access-logs"}
    assert defaults["data-audit"]["kmsMasterKeyId"] == "arn:keys-audit"
    assert defaults["data-artifacts"]["kmsMasterKeyId"] == "arn:keys-logs"
    assert defaults["data-input"]["kmsMasterKeyId"] == "arn:keys-records"


def test_an_enforced_perimeter_denies_object_access_outside_the_vpc_endpoint(tiers: Recorder) -> None:
    for policy in tiers.of_type("aws:s3/bucketPolicy:BucketPolicy"):
        statements = json.loads(policy.inputs["policy"])["Statement"]
        (perimeter,) = [statement for statement in statements if statement["Sid"] == "DenyOutsideNetwork"]
        assert perimeter["Condition"]["StringNotEquals"] == {"aws:SourceVpce": "network-s3-id"}


@pytest.mark.parametrize(
    "token",
    [
        "bucketPolicy:BucketPolicy",
        "bucketPublicAccessBlock:BucketPublicAccessBlock",
        "bucketVersioning:BucketVersioning",
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucketOwnershipControls:BucketOwnershipControls",
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ],
)
def test_every_bucket_has_each_of_its_guards(tiers: Recorder, token: str) -> None:
    buckets = {bucket.name for bucket in tiers.of_type(BUCKET)}
    assert buckets == {f"data-{name}" for name in BUCKETS}
    assert {guard.name for guard in tiers.of_type(f"aws:s3/{token}")} == buckets


def test_every_bucket_has_the_classification_of_its_data(tiers: Recorder) -> None:
    for bucket in tiers.of_type(BUCKET):
        row = BUCKETS[bucket.name.removeprefix("data-")]
        assert bucket.inputs["tags"]["data-classification"] == row.classification
        assert bucket.inputs["tags"]["owner"] == "o"


def test_the_table_has_a_policy_that_lets_only_the_functions_and_break_glass_use_items(tiers: Recorder) -> None:
    attached = tiers.inputs_of("aws:dynamodb/resourcePolicy:ResourcePolicy", "data-transactions")
    assert attached["resourceArn"] == "arn:data-transactions"
    (deny,) = [each for each in json.loads(attached["policy"])["Statement"] if each["Sid"] == "DenyOtherUse"]
    roles = {role.name: role.inputs["name"] for role in tiers.of_type("aws:iam/role:Role")}
    functions = [CONTEXT.iam_arn(f"role/{roles[name]}") for name in ("processor", "reconciler")]
    assert deny["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [*functions, "arn:break-glass"]}}


def test_the_name_of_the_table_is_the_one_that_the_policy_of_its_key_names(tiers: Recorder) -> None:
    name = tiers.inputs_of("aws:dynamodb/table:Table", "data-transactions")["name"]
    policy = json.loads(tiers.inputs_of("aws:kms/key:Key", "keys-records")["policy"])
    (deny,) = [each for each in policy["Statement"] if each["Sid"] == "DenyOtherTablesToAdministrators"]
    assert deny["Condition"]["StringNotEquals"] == {"kms:EncryptionContext:aws:dynamodb:tableName": name}
