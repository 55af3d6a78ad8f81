"""Lambda and SQS: what runs, where its code is, how it is released, and what becomes of messages, lost ones included."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.processing import ask_redrive, process_file
from cli.stack import EmulatedStack
from components.shared.function import ALIAS
from lambdas.shared.source import Source
from offline.terminal import UserError
from tests.integration.work import changed_environment, notification
from tests.support.repository import copy_repository
from tests.support.waiting import until

Client = Callable[[str], Any]
SAMPLE = Path(__file__).parents[2] / "samples" / "rejects.csv"
DERIVED, CONSTANT = 'return f"{VERSION}.{keyed.hexdigest()}"', "return VERSION"
"""What the processor's tokens are, and what they are in a release that is broken."""


def function(outputs: dict[str, Any], client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client("lambda").get_function(FunctionName=outputs["processor_function"])["Configuration"]
    return found


def test_function_is_in_the_private_network(outputs: dict[str, Any], client: Client) -> None:
    network = function(outputs, client)["VpcConfig"]
    assert set(network["SubnetIds"]) == set(outputs["private_subnet_ids"])
    assert network["SecurityGroupIds"] == [outputs["security_group_ids"]["function"]]


def test_function_runs_a_version_of_an_object_in_the_artifact_bucket(outputs: dict[str, Any], client: Client) -> None:
    assert function(outputs, client)["Handler"] == "lambdas.processor.handler.handle"
    versions = client("s3").list_object_versions(Bucket=outputs["artifact_bucket"])["Versions"]
    assert "functions/processor.zip" in [one["Key"] for one in versions]


def test_function_has_its_environment_under_a_key_is_traced_and_logs_json(
    outputs: dict[str, Any], client: Client
) -> None:
    found = function(outputs, client)
    assert found["KMSKeyArn"] == outputs["key_arns"]["logs"]
    assert found["TracingConfig"]["Mode"] == "Active"
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert found["LoggingConfig"]["LogGroup"] == outputs["log_group_names"]["processor"]


def test_function_takes_from_the_queue_within_a_bound_and_answers_for_single_messages(
    outputs: dict[str, Any], client: Client
) -> None:
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=outputs["processor_function"])[
        "EventSourceMappings"
    ]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["EventSourceArn"].rpartition(":")[2] == outputs["work_queue_url"].rpartition("/")[2]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def queue(client: Client, url: str) -> dict[str, str]:
    found: dict[str, str] = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def test_messages_that_fail_are_set_aside_after_five_attempts(outputs: dict[str, Any], client: Client) -> None:
    work = queue(client, outputs["work_queue_url"])
    redrive = json.loads(work["RedrivePolicy"])
    assert redrive["maxReceiveCount"] == 5
    assert redrive["deadLetterTargetArn"].rpartition(":")[2] == outputs["dead_letter_queue_url"].rpartition("/")[2]
    assert int(work["VisibilityTimeout"]) >= 6 * function(outputs, client)["Timeout"]


def test_queues_are_under_the_records_key_and_refuse_plain_http(outputs: dict[str, Any], client: Client) -> None:
    for url in (outputs["work_queue_url"], outputs["dead_letter_queue_url"]):
        found = queue(client, url)
        assert found["KmsMasterKeyId"] == outputs["key_arns"]["records"]
        assert "DenyPlainHttp" in [one["Sid"] for one in json.loads(found["Policy"])["Statement"]]
    dead, work = queue(client, outputs["dead_letter_queue_url"]), queue(client, outputs["work_queue_url"])
    assert int(dead["MessageRetentionPeriod"]) > int(work["MessageRetentionPeriod"])


def reconcile(client: Client, name: str) -> dict[str, int]:
    answer = client("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer
    found: dict[str, int] = json.load(answer["Payload"])
    return found


def upload_unnoticed(outputs: dict[str, Any], client: Client, key: str) -> Source:
    """Upload a file whose notification is lost."""
    s3, bucket = client("s3"), outputs["input_bucket"]
    usual = s3.get_bucket_notification_configuration(Bucket=bucket)
    usual.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        version = s3.put_object(Bucket=bucket, Key=key, Body=b"transaction_id\n")["VersionId"]
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=usual)
    return Source(bucket=bucket, key=key, version_id=version)


def has_manifest(outputs: dict[str, Any], client: Client, source: Source) -> bool:
    table = outputs["transactions_table"]
    return "Item" in client("dynamodb").get_item(TableName=table, Key=source.item_key, ConsistentRead=True)


def test_a_file_whose_notification_was_lost_is_found_until_a_notification_arrives(
    outputs: dict[str, Any], client: Client
) -> None:
    name = outputs["processor_function"].replace("-processor", "-reconciler")
    lost = upload_unnoticed(outputs, client, "lost.csv")
    # As if the file were old enough to need a manifest.
    with changed_environment(client, name, ALLOWED_SECONDS="1"):
        assert until(lambda: reconcile(client, name)["without_manifest"] == 1)
        body = notification(lost.bucket, lost.key, lost.version_id)
        client("sqs").send_message(QueueUrl=outputs["work_queue_url"], MessageBody=body)
        assert until(lambda: reconcile(client, name)["without_manifest"] == 0)


def test_an_operator_returns_dead_letters_and_files_to_the_processor(outputs: dict[str, Any], client: Client) -> None:
    functions, name = client("lambda"), outputs["redrive_function"]
    dead, forgotten = (upload_unnoticed(outputs, client, key) for key in ("dead.csv", "forgotten.csv"))
    body = notification(dead.bucket, dead.key, dead.version_id)
    client("sqs").send_message(QueueUrl=outputs["dead_letter_queue_url"], MessageBody=body)
    assert ask_redrive(functions, name, {"operation": "redrive"})["moved"] >= 1
    assert until(lambda: has_manifest(outputs, client, dead))
    assert not has_manifest(outputs, client, forgotten)
    answer = ask_redrive(functions, name, {"operation": "replay", "key": forgotten.key})
    assert answer == {"file_id": forgotten.file_id, "version_id": forgotten.version_id}
    assert until(lambda: has_manifest(outputs, client, forgotten))
    with pytest.raises(UserError, match="no current object with this key"):
        ask_redrive(functions, name, {"operation": "replay", "key": "missing.csv"})


def versions(outputs: dict[str, Any], client: Client) -> list[int]:
    listed = client("lambda").list_versions_by_function(FunctionName=outputs["processor_function"])["Versions"]
    return sorted(int(found["Version"]) for found in listed if found["Version"] != "$LATEST")


def live(outputs: dict[str, Any], client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client("lambda").get_alias(FunctionName=outputs["processor_function"], Name=ALIAS)
    return found


def test_the_queue_invokes_the_alias_which_leads_to_the_newest_version(outputs: dict[str, Any], client: Client) -> None:
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=outputs["processor_function"])[
        "EventSourceMappings"
    ]
    alias = live(outputs, client)
    assert mapping["FunctionArn"] == alias["AliasArn"]
    assert int(alias["FunctionVersion"]) == versions(outputs, client)[-1]


def deploy_with_constant_tokens(stack: EmulatedStack, copy: Path) -> tuple[int, str]:
    """Deploy a copy of the program whose processor gives every account the same token; return exit code and output."""
    tokens = copy_repository(copy) / "lambdas" / "processor" / "records" / "tokens.py"
    assert DERIVED in tokens.read_text()
    tokens.write_text(tokens.read_text().replace(DERIVED, CONSTANT))
    command = stack.command("up", "--yes", "--skip-preview", "--color", "never")
    answer = subprocess.run(command, cwd=copy, env=stack.environment, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout + answer.stderr


def test_a_version_that_fails_the_canary_ends_the_deployment_and_gets_no_file(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client, tmp_path: Path
) -> None:
    before, known = live(outputs, client)["FunctionVersion"], versions(outputs, client)
    try:
        code, shown = deploy_with_constant_tokens(stack, tmp_path / "copy")
        assert code != 0
        assert "canary file: expected a different token in each of 2 accepted records, found 0" in shown
        assert len(versions(outputs, client)) == len(known) + 1
        assert live(outputs, client)["FunctionVersion"] == before
        manifest = process_file(stack, SAMPLE)
        assert (manifest["manifest_status"], manifest["records_accepted"]) == ("COMPLETED", 2)
        items = client("dynamodb").scan(TableName=outputs["transactions_table"])["Items"]
        tokens = {item["account_token"]["S"] for item in items if "account_token" in item}
        assert tokens
        assert {len(token) for token in tokens} == {len("v1.") + 64}
    finally:
        stack.run("up", "--yes", "--skip-preview")
    newest = versions(outputs, client)[-1]
    assert int(live(outputs, client)["FunctionVersion"]) == newest == int(before) + 2
    assert process_file(stack, SAMPLE)["manifest_status"] == "COMPLETED"
