"""The reconciler under Pulumi's mocks, and its archive on the emulator."""

import io
import json
import zipfile
from typing import Any

import boto3
import pytest
from botocore.config import Config

from components.processing.policies import reconciler_permissions
from components.processing.queue import MAX_RECEIVES, WorkQueue, WorkQueueArgs
from components.processing.reconciler import Reconciler, ReconcilerArgs
from components.shared.function_code import function_code
from lambdas.reconciler.settings import settings_from
from offline.emulator import Emulator
from tests.components.sample import CONTEXT, RETENTION
from tests.support.mocks import Recorder, deployed


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    def program() -> Any:
        queue = WorkQueue(
            "work",
            WorkQueueArgs(
                key_arn="arn:records",
                sender_arn="arn:input",
                account_id=CONTEXT.account_id,
                consumers=["arn:processor"],
                dead_letter_consumers=["arn:redrive"],
                worker_timeout=60,
                delay=0,
            ),
        )
        reconciler = Reconciler(
            "reconciler",
            ReconcilerArgs(
                context=CONTEXT, input_bucket="input", input_arn="arn:input", table_name="table", table_arn="arn:table",
                index_name="by_status", grace_seconds=queue.retry_seconds, artifact_bucket="artifacts",
                records_key_arn="arn:records", logs_key_arn="arn:logs", subnet_ids=["subnet-1"], security_group_ids=["sg-1"],
                architecture="arm64", retention=RETENTION,
            ),
        )  # fmt: skip
        return reconciler.function.arn

    return deployed(program, Recorder())


def test_the_function_is_in_the_network_and_knows_bucket_and_table(recorder: Recorder) -> None:
    function = recorder.inputs_of("aws:lambda/function:Function", "reconciler")
    assert function["vpcConfig"] == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    assert (function["name"], function["handler"]) == (
        "strongroom-test-reconciler",
        "lambdas.reconciler.handler.handle",
    )
    settings = settings_from(function["environment"]["variables"])
    assert (settings.input_bucket, settings.transactions_table) == ("input", "table")


def test_a_file_may_take_as_long_as_its_message_is_retried(recorder: Recorder) -> None:
    visibility = recorder.inputs_of("aws:sqs/queue:Queue", "work")["visibilityTimeoutSeconds"]
    variables = recorder.inputs_of("aws:lambda/function:Function", "reconciler")["environment"]["variables"]
    assert int(variables["ALLOWED_SECONDS"]) == MAX_RECEIVES * visibility


def test_the_role_has_the_permissions_of_the_policy_document(recorder: Recorder) -> None:
    assert json.loads(recorder.inputs_of("aws:iam/rolePolicy:RolePolicy", "reconciler")["policy"]) == reconciler_permissions(
        region="eu-central-1", input_arn="arn:input", table_arn="arn:table", index_name="by_status",
        records_key_arn="arn:records", logs_key_arn="arn:logs", log_group_arn="arn:reconciler",
        placement_arns=[CONTEXT.arn("ec2", "subnet/subnet-1"), CONTEXT.arn("ec2", "security-group/sg-1")],
        function_arn="arn:aws:lambda:eu-central-1:123456789012:function:strongroom-test-reconciler",
    )  # fmt: skip


def test_the_schedule_invokes_the_function_hourly_with_a_role_of_its_own(recorder: Recorder) -> None:
    schedule = recorder.inputs_of("aws:scheduler/schedule:Schedule", "reconciler-hourly")
    assert schedule["scheduleExpression"] == "rate(1 hour)"
    assert schedule["target"] == {"arn": "arn:reconciler", "roleArn": "arn:reconciler-hourly", "input": "{}"}
    assert schedule["groupName"] == "strongroom-test-reconciler-hourly"
    role = recorder.inputs_of("aws:iam/role:Role", "reconciler-hourly")
    assert role["name"] == "strongroom-test-reconciler-hourly"
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": "arn:reconciler-hourly"},
    }  # fmt: skip
    document = json.loads(recorder.inputs_of("aws:iam/rolePolicy:RolePolicy", "reconciler-hourly")["policy"])
    invoke, decrypt = document["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", "arn:reconciler")
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", "arn:logs")
    own = CONTEXT.arn("scheduler", f"schedule/{schedule['groupName']}/{schedule['name']}")
    assert decrypt["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:scheduler:schedule:arn": own}}


def test_the_payload_of_the_schedule_is_under_a_customer_key(recorder: Recorder) -> None:
    assert recorder.inputs_of("aws:scheduler/schedule:Schedule", "reconciler-hourly")["kmsKeyArn"] == "arn:logs"


def test_the_archive_contains_every_module_that_a_reconciliation_needs(aws: Emulator) -> None:
    def client(service: str) -> Any:
        session = boto3.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=aws.endpoint, config=Config(s3={"addressing_style": "path"}))  # type: ignore[call-overload]

    code: Any = function_code("lambdas.reconciler")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, asset in code.assets.items():
            archive.write(asset.path, name)
    client("s3").create_bucket(Bucket="reconciler-input")
    client("s3").put_bucket_versioning(Bucket="reconciler-input", VersioningConfiguration={"Status": "Enabled"})
    client("s3").put_object(Bucket="reconciler-input", Key="a b.csv", Body=b"x")
    client("dynamodb").create_table(
        TableName="reconciler-table", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "manifest_status", "started_at")],
        GlobalSecondaryIndexes=[{
            "IndexName": "by_status", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "manifest_status", "KeyType": "HASH"}, {"AttributeName": "started_at", "KeyType": "RANGE"}],
        }],
    )  # fmt: skip
    client("lambda").create_function(
        FunctionName="reconciler", Runtime="python3.13", Handler="lambdas.reconciler.handler.handle", Timeout=60,
        Role="arn:aws:iam::000000000000:role/reconciler", Code={"ZipFile": content.getvalue()},
        Environment={"Variables": {"INPUT_BUCKET": "reconciler-input", "TRANSACTIONS_TABLE": "reconciler-table", "ALLOWED_SECONDS": "3600"}},
    )  # fmt: skip
    answer = client("lambda").invoke(FunctionName="reconciler", Payload=b"{}")
    # The file has just arrived and is not late.
    assert json.loads(answer["Payload"].read()) == {"files": 0, "without_manifest": 0, "overruns": 0}
