"""The second copy under Pulumi's mocks, and what its role and its buckets allow."""

import json
import re
from typing import Any

import pulumi
import pytest

from components.data.buckets import BUCKETS
from components.data.tier import Data, DataArgs
from components.keys.tier import key_access
from components.principals import Principals
from components.replication.policies import ROLE, Copy, replication_permissions
from components.replication.tier import Replication, ReplicationArgs
from tests.components.sample import CONTEXT, RETENTION
from tests.support.iam.builders import allow, policy
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Request, aws
from tests.support.mocks import Recorder, deployed

COPIED = {"output": "restricted", "audit": "audit"}
PEOPLE = Principals(
    deploy=("arn:aws:iam::123456789012:role/deploy",), break_glass=("arn:aws:iam::123456789012:role/help",)
)
KEYS = {name: f"arn:aws:kms:eu-central-1:123456789012:key/{name}" for name in ("records", "logs", "audit")}


def declare() -> Any:
    role = CONTEXT.role_arn(ROLE)
    data = Data(
        "data",
        DataArgs(
            context=CONTEXT, principals=PEOPLE, key_arns=KEYS, retention=RETENTION, trail_arn=None, endpoint_id="vpce-1",
            replication_role_arn=role,
        ),
    )  # fmt: skip
    copies = Replication(
        "replica",
        ReplicationArgs(
            context=CONTEXT, region="eu-west-1", principals=PEOPLE, data=data, key_arns=KEYS,
            key_access=key_access(PEOPLE, RETENTION, 30), rotation_days=365, deletion_days=30, retention=RETENTION,
            endpoint_id="vpce-1",
        ),
    )  # fmt: skip
    return pulumi.Output.all(copies.role_arn, *copies.bucket_names.values())


@pytest.fixture(scope="module")
def stack() -> Recorder:
    return deployed(declare, Recorder())


def test_results_and_evidence_have_a_second_copy() -> None:
    assert {name: row.classification for name, row in BUCKETS.items() if row.replicated} == COPIED
    assert all(row.locked for row in BUCKETS.values() if row.replicated)


def test_everything_of_the_copies_is_in_the_other_region_and_nothing_else_is(stack: Recorder) -> None:
    regional = [resource for resource in stack.resources if resource.inputs.get("region") == "eu-west-1"]
    copies = {"replica-output", "replica-audit", "replica-access-logs"}
    assert {resource.name for resource in regional} == copies
    here = {
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
    }
    others = [
        r for r in stack.resources if r.name.startswith("replica") and r not in regional and r.typ.startswith("aws:")
    ]
    assert {resource.typ for resource in others} == here


@pytest.mark.parametrize("bucket", COPIED)
def test_a_copy_has_versions_a_lock_a_key_of_its_own_and_the_class_of_the_original(
    stack: Recorder, bucket: str
) -> None:
    name = f"replica-{bucket}"
    lock = stack.inputs_of("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", name)
    assert lock["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "years": 10}
    versioning = stack.inputs_of("aws:s3/bucketVersioning:BucketVersioning", name)
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    default = stack.inputs_of(token, name)["rules"][0]["applyServerSideEncryptionByDefault"]
    assert default == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": f"arn:{name}"}
    assert stack.inputs_of("aws:kms/key:Key", name)["enableKeyRotation"] is True
    assert stack.inputs_of("aws:s3/bucket:Bucket", name)["tags"]["data-classification"] == COPIED[bucket]


@pytest.mark.parametrize("bucket", COPIED)
def test_a_rule_copies_all_objects_within_15_minutes_and_no_delete_markers(stack: Recorder, bucket: str) -> None:
    inputs = stack.inputs_of("aws:s3/bucketReplicationConfig:BucketReplicationConfig", f"replica-{bucket}")
    (rule,) = inputs["rules"]
    assert inputs["bucket"] == f"data-{bucket}"
    assert rule["status"] == "Enabled"
    assert rule["filter"] == {"prefix": ""}
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    assert rule["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    assert rule["sourceSelectionCriteria"]["replicaModifications"] == {"status": "Disabled"}
    destination = rule["destination"]
    assert destination["bucket"] == f"arn:replica-{bucket}"
    assert destination["encryptionConfiguration"] == {"replicaKmsKeyId": f"arn:replica-{bucket}"}
    assert destination["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert destination["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


SOURCE, TARGET = "arn:aws:s3:::data-output", "arn:aws:s3:::replica-output"
COPY = Copy(
    source_arn=SOURCE,
    source_key_arn="arn:aws:kms:eu-central-1:123456789012:key/from",
    replica_arn=TARGET,
    replica_key_arn="arn:aws:kms:eu-west-1:123456789012:key/to",
)
ROLE_DOCUMENT = replication_permissions([COPY], region="eu-central-1", replica_region="eu-west-1")
DELEGATING = policy(allow(Principal={"AWS": "arn:aws:iam::123456789012:root"}))
REPLICATOR = CONTEXT.role_arn(ROLE)
READS = (
    "GetObjectVersionForReplication",
    "GetObjectVersionAcl",
    "GetObjectVersionTagging",
    "GetObjectRetention",
    "GetObjectLegalHold",
)


def allowed(stack: Recorder, role: str, action: str, bucket: str, document: Any = ROLE_DOCUMENT) -> bool:
    text = stack.inputs_of("aws:s3/bucketPolicy:BucketPolicy", bucket)["policy"]
    attached = json.loads(re.sub(r'"arn:(data|replica)-', r'"arn:aws:s3:::\1-', text))  # the mocks' ARNs are short
    request = Request(
        aws(role, "session"), f"s3:{action}", f"arn:aws:s3:::{bucket}/key", account="123456789012",
        context={"aws:SecureTransport": True, "s3:TlsVersion": "1.3"},
    )  # fmt: skip
    return decide(request, Policies(identity=[document], resource=attached)).allowed


@pytest.mark.parametrize("action", READS)
def test_the_role_reads_originals_with_their_locks_despite_readers_and_perimeter(stack: Recorder, action: str) -> None:
    assert allowed(stack, REPLICATOR, action, "data-output")
    assert not allowed(stack, REPLICATOR, action, "data-input")


@pytest.mark.parametrize("action", ["ReplicateObject", "ReplicateTags"])
def test_only_the_role_writes_copies(stack: Recorder, action: str) -> None:
    everything = policy(allow())
    assert allowed(stack, REPLICATOR, action, "replica-output")
    assert not allowed(stack, REPLICATOR, action, "data-output")
    for role in (*PEOPLE.deploy, *PEOPLE.break_glass, CONTEXT.role_arn("processor"), CONTEXT.role_arn("other")):
        assert not allowed(stack, role, action, "replica-output", everything)


@pytest.mark.parametrize("action", ["ReplicateDelete", "DeleteObject", "DeleteObjectVersion", "GetObject", "PutObject"])
def test_the_role_deletes_nothing_and_reads_no_copies(stack: Recorder, action: str) -> None:
    assert not allowed(stack, REPLICATOR, action, "replica-output")


def test_the_role_uses_keys_through_s3_for_its_buckets_only() -> None:
    def used(action: str, key: str, region: str, bucket: str) -> bool:
        context: dict[str, Any] = {
            "kms:ViaService": f"s3.{region}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": bucket,
        }
        request = Request(aws(REPLICATOR, "s3"), action, key, context=context)
        return decide(request, Policies(identity=[ROLE_DOCUMENT], key=DELEGATING)).allowed

    assert used("kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/from", "eu-central-1", SOURCE)
    assert used("kms:Encrypt", "arn:aws:kms:eu-west-1:123456789012:key/to", "eu-west-1", TARGET)
    assert not used(
        "kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/from", "eu-central-1", "arn:aws:s3:::other"
    )
    assert not used("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/to", "eu-west-1", TARGET)
    assert not used("kms:Encrypt", "arn:aws:kms:eu-central-1:123456789012:key/from", "eu-central-1", SOURCE)


def test_without_a_second_copy_the_name_of_the_role_is_exempt_from_nothing() -> None:
    def program() -> Any:
        args = DataArgs(
            context=CONTEXT, principals=PEOPLE, key_arns=KEYS, retention=RETENTION, trail_arn=None, endpoint_id="vpce-1"
        )  # fmt: skip
        return pulumi.Output.all(*(bucket.arn for bucket in Data("data", args).buckets.values()))

    alone = deployed(program, Recorder())
    assert not allowed(alone, REPLICATOR, "GetObjectVersionForReplication", "data-output")
