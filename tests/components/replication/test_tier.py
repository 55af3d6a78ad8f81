"""The second copy under Pulumi's mocks, and what its role and its buckets allow."""

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws
import pytest

from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.data.tier import Data, DataArgs
from components.keys.tier import key_access
from components.principals import Principals
from components.replication.policies import ROLE, Copy, replication_permissions
from components.replication.replica import READER, Replica, ReplicaArgs
from components.replication.tier import Replication, ReplicationArgs
from lambdas.attestor.reading import Location
from tests.components.sample import CONTEXT, RETENTION
from tests.support.iam.builders import allow, policy
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Request, aws
from tests.support.mocks import Recorder, deployed

COPIED = {"output": "restricted", "audit": "audit"}
OTHER = "222222222222"
HERE = replace(CONTEXT, region="eu-west-1")
THERE = replace(HERE, account_id=OTHER)
KEYS = {name: f"arn:aws:kms:eu-central-1:123456789012:key/{name}" for name in ("records", "logs", "audit")}


def people(context: AwsContext) -> Principals:
    return Principals(deploy=(context.iam_arn("role/deploy"),), break_glass=(context.iam_arn("role/help"),))


PEOPLE = people(CONTEXT)


class Stack(Recorder):
    """The resources of a stack whose copies are in a region, and in an account."""

    replica: Replica
    replication: Replication

    def __init__(self, copies: AwsContext) -> None:
        super().__init__()
        self.copies = copies

    def declare(self) -> Any:
        data_args = DataArgs(
            context=CONTEXT, principals=PEOPLE, key_arns=KEYS, retention=RETENTION, trail_arn=None, endpoint_id="vpce-1", malware_scan=False,
            replication_role_arn=CONTEXT.role_arn(ROLE),
        )  # fmt: skip
        principals = people(self.copies)
        replica_args = ReplicaArgs(
            source=CONTEXT, context=self.copies, principals=principals, key_access=key_access(principals, RETENTION, 30),
            rotation_days=365, deletion_days=30, retention=RETENTION, endpoint_id="vpce-1", attestor="attestor",
            boundary_arn=f"arn:aws:iam::{self.copies.account_id}:policy/boundary",
        )  # fmt: skip
        data = Data("data", data_args)
        there = pulumi_aws.Provider("replica", region=self.copies.region)
        self.replica = Replica("replica", replica_args, pulumi.ResourceOptions(providers=[there]))
        self.replication = Replication(
            "replication",
            ReplicationArgs(context=CONTEXT, principals=PEOPLE, data=data, key_arns=KEYS, replica=self.replica),
        )
        return pulumi.Output.all(*self.replica.bucket_names.values())


def stack_with(copies: AwsContext) -> Stack:
    recorder = Stack(copies)
    return deployed(recorder.declare, recorder)


@pytest.fixture(scope="module")
def stack() -> Stack:
    return stack_with(HERE)


@pytest.fixture(scope="module")
def foreign() -> Stack:
    return stack_with(THERE)


def test_results_and_evidence_have_a_second_copy() -> None:
    assert {name: row.classification for name, row in BUCKETS.items() if row.replicated} == COPIED
    assert all(row.locked for row in BUCKETS.values() if row.replicated)


def test_the_copies_are_created_by_the_provider_of_the_other_region_and_nothing_else_is(stack: Stack) -> None:
    there = {resource.name for resource in stack.resources if "::replica::" in (resource.provider or "")}
    assert there == {"replica-output", "replica-audit", "replica-access-logs"}
    elsewhere = {resource.typ for resource in stack.resources if resource.name.startswith("replication")}
    assert {typ for typ in elsewhere if typ.startswith("aws:")} == {
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
    }


@pytest.mark.parametrize("bucket", COPIED)
def test_a_copy_has_versions_a_lock_a_key_of_its_own_and_the_class_of_the_original(stack: Stack, bucket: str) -> None:
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
def test_a_rule_copies_all_objects_within_15_minutes_and_no_delete_markers(stack: Stack, bucket: str) -> None:
    inputs = stack.inputs_of("aws:s3/bucketReplicationConfig:BucketReplicationConfig", f"replication-{bucket}")
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


def _owner(stack: Recorder, bucket: str) -> str:
    return stack.copies.account_id if isinstance(stack, Stack) and "replica" in bucket else CONTEXT.account_id


def allowed(stack: Recorder, role: str, action: str, bucket: str, document: Any = ROLE_DOCUMENT) -> bool:
    text = stack.inputs_of("aws:s3/bucketPolicy:BucketPolicy", bucket)["policy"]
    attached = json.loads(re.sub(r'"arn:(data|replica)-', r'"arn:aws:s3:::\1-', text))  # the mocks' ARNs are short
    request = Request(
        aws(role, "session"), f"s3:{action}", f"arn:aws:s3:::{bucket}/key", account=_owner(stack, bucket),
        context={"aws:SecureTransport": True, "s3:TlsVersion": "1.3"},
    )  # fmt: skip
    return decide(request, Policies(identity=[document], resource=attached)).allowed


@pytest.mark.parametrize("action", READS)
def test_the_role_reads_originals_with_their_locks_despite_readers_and_perimeter(stack: Stack, action: str) -> None:
    assert allowed(stack, REPLICATOR, action, "data-output")
    assert not allowed(stack, REPLICATOR, action, "data-input")


@pytest.mark.parametrize("action", ["ReplicateObject", "ReplicateTags"])
def test_only_the_role_writes_copies(stack: Stack, action: str) -> None:
    everything = policy(allow())
    assert allowed(stack, REPLICATOR, action, "replica-output")
    assert not allowed(stack, REPLICATOR, action, "data-output")
    for role in (*PEOPLE.deploy, *PEOPLE.break_glass, CONTEXT.role_arn("processor"), CONTEXT.role_arn("other")):
        assert not allowed(stack, role, action, "replica-output", everything)


@pytest.mark.parametrize("action", ["ReplicateDelete", "DeleteObject", "DeleteObjectVersion", "GetObject", "PutObject"])
def test_the_role_deletes_nothing_and_reads_no_copies(stack: Stack, action: str) -> None:
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
            context=CONTEXT, principals=PEOPLE, key_arns=KEYS, retention=RETENTION, trail_arn=None, endpoint_id="vpce-1", malware_scan=False
        )  # fmt: skip
        return pulumi.Output.all(*(bucket.arn for bucket in Data("data", args).buckets.values()))

    alone = deployed(program, Recorder())
    assert not allowed(alone, REPLICATOR, "GetObjectVersionForReplication", "data-output")


@pytest.mark.parametrize("bucket", COPIED)
def test_s3_tells_a_topic_that_nobody_else_can_use_of_copies_that_are_late(stack: Stack, bucket: str) -> None:
    (topic,) = stack.inputs_of("aws:s3/bucketNotification:BucketNotification", f"replication-{bucket}")["topics"]
    assert topic == {
        "topicArn": "arn:replication",
        "events": ["s3:Replication:OperationMissedThreshold", "s3:Replication:OperationNotTracked"],
    }
    document = json.loads(stack.inputs_of("aws:sns/topicPolicy:TopicPolicy", "replication")["policy"])
    (publish,) = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    assert publish["Principal"] == {"Service": "s3.amazonaws.com"}
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_copies_in_the_account_are_attested_in_their_region_by_the_attestor_itself(stack: Stack) -> None:
    assert {r.kind for r in stack.replica.expected_state} == {"bucket", "key"}
    assert {r.location for r in stack.replica.expected_state} == {Location(region="eu-west-1")}
    assert {r.location for r in stack.replication.expected_state} == {None}


def test_copies_in_another_account_are_attested_with_a_bounded_role_there(foreign: Stack) -> None:
    reader = f"arn:aws:iam::{OTHER}:role/strongroom-test-{READER}"
    assert {r.kind for r in foreign.replica.expected_state} == {"bucket", "key", "role"}
    assert {r.location for r in foreign.replica.expected_state} == {Location(region="eu-west-1", role_arn=reader)}
    role = foreign.inputs_of("aws:iam/role:Role", "replica-attestor")
    assert role["permissionsBoundary"] == f"arn:aws:iam::{OTHER}:policy/boundary"
    assert role["tags"]["data-classification"] == "internal"
    trust = json.loads(role["assumeRolePolicy"])

    def assumes(name: str) -> bool:
        caller = aws(CONTEXT.role_arn(name), "session")
        request = Request(caller, "sts:AssumeRole", reader, account=OTHER)
        return decide(request, Policies(identity=[policy(allow())], trust=trust)).allowed

    assert assumes("attestor")
    assert not assumes("processor")


def test_the_role_in_another_account_reads_settings_and_no_objects(foreign: Stack) -> None:
    (document,) = [
        json.loads(resource.inputs["policy"])
        for resource in foreign.of_type("aws:iam/rolePolicy:RolePolicy")
        if resource.name == "replica-attestor"
    ]
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert {"s3:GetBucketPolicy", "kms:GetKeyPolicy", "iam:GetRole"} <= actions
    assert not [action for action in actions if not re.match(r"\w+:(Get|List|Describe)", action)]
    assert not [action for action in actions if action.startswith("s3:GetObject")]


@pytest.mark.parametrize("bucket", COPIED)
def test_another_account_lets_only_the_replication_role_write_and_encrypt(foreign: Stack, bucket: str) -> None:
    key_policy = json.loads(foreign.inputs_of("aws:kms/key:Key", f"replica-{bucket}")["policy"])

    def encrypts(role: str, action: str = "kms:Encrypt") -> bool:
        caller = aws(CONTEXT.role_arn(role), "session")
        request = Request(caller, action, f"arn:aws:kms:eu-west-1:{OTHER}:key/to", account=OTHER)
        return decide(request, Policies(identity=[policy(allow())], key=key_policy)).allowed

    assert allowed(foreign, REPLICATOR, "ReplicateObject", f"replica-{bucket}", policy(allow()))
    assert not allowed(foreign, CONTEXT.role_arn("processor"), "ReplicateObject", f"replica-{bucket}", policy(allow()))
    assert encrypts(ROLE)
    assert encrypts(ROLE, "kms:GenerateDataKey")
    assert not encrypts(ROLE, "kms:Decrypt")
    assert not encrypts("processor")
