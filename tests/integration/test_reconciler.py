"""The reconciler on the deployed stack: it finds a file whose notification was lost."""

import json
from collections.abc import Callable
from typing import Any

from tests.integration.work import changed_environment, notification
from tests.support.waiting import until

Client = Callable[[str], Any]


def reconcile(client: Client, name: str) -> dict[str, int]:
    answer = client("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer
    found: dict[str, int] = json.load(answer["Payload"])
    return found


def test_a_file_whose_notification_was_lost_is_found_until_a_notification_arrives(
    outputs: dict[str, Any], client: Client
) -> None:
    s3, bucket = client("s3"), outputs["input_bucket"]
    name = outputs["processor_function"].replace("-processor", "-reconciler")
    usual = s3.get_bucket_notification_configuration(Bucket=bucket)
    usual.pop("ResponseMetadata")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        version = s3.put_object(Bucket=bucket, Key="lost.csv", Body=b"transaction_id\n")["VersionId"]
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=usual)
    # As if the file were old enough to need a manifest.
    with changed_environment(client, name, ALLOWED_SECONDS="1"):
        assert until(lambda: reconcile(client, name)["without_manifest"] == 1)
        body = notification(bucket, "lost.csv", version)
        client("sqs").send_message(QueueUrl=outputs["work_queue_url"], MessageBody=body)
        assert until(lambda: reconcile(client, name)["without_manifest"] == 0)
