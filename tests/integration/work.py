"""The processor at work: what the tests send it, whether it is done, and how it starts anew."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from components.shared.function import ALIAS

Client = Callable[[str], Any]


def notification(bucket: str, key: str, version_id: str) -> str:
    """Return a notification as S3 sends it, as far as the processor reads it."""
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version_id}},
    }
    return json.dumps({"Records": [record]})


def idle(outputs: dict[str, Any], client: Client) -> bool:
    """Tell whether no message waits or is worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = client("sqs").get_queue_attributes(QueueUrl=outputs["work_queue_url"], AttributeNames=names)["Attributes"]
    return all(counts[name] == "0" for name in names)


@contextmanager
def new_processes(outputs: dict[str, Any], client: Client) -> Iterator[None]:
    """Have the processor start anew, as after a deployment: its alias leads to a new version, which has cached nothing."""
    functions, name = client("lambda"), outputs["processor_function"]
    deployed = functions.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    with changed_environment(client, name, STARTED_ANEW=uuid.uuid4().hex):
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
        try:
            yield
        finally:
            functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=deployed)
            functions.delete_function(FunctionName=name, Qualifier=version)


@contextmanager
def changed_environment(client: Client, name: str, **variables: str) -> Iterator[None]:
    """Give a function other environment variables for a while."""
    functions = client("lambda")
    usual = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**usual, **variables}})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": usual})
