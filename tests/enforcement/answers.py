"""Sends requests to the deployed stack, as people do and as its functions do, and tells whether they are answered."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from tests.enforcement.account import Account
from tests.enforcement.call import PLAIN_HTTP, Call

_DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
_HIDDEN = {"NotFoundException"}
"""The emulator does not find the keys of another account, where KMS denies their use."""
_ANSWERS = {"NoSuchKey", "InvalidCiphertextException"}
"""Errors of requests that the policies allow."""
PROBE = """
import boto3
from botocore.exceptions import ClientError


def send(service, operation, arguments):
    try:
        getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def handle(requests, context):
    return [send(*request) for request in requests]
"""
"""A function that sends requests, and returns the error code of each, or nothing."""


def filled(call: Call, names: Mapping[str, str]) -> Call:
    """Return a call with the names of the deployed stack."""
    return replace(
        call,
        resource=call.resource.format_map(names),
        arguments=_filled(call.arguments, names),
        undo=tuple((method, _filled(arguments, names)) for method, arguments in call.undo),
    )


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(names)
    if isinstance(value, Mapping):
        return {key.format_map(names): _filled(item, names) for key, item in value.items()}
    return [_filled(item, names) for item in value] if isinstance(value, list) else value


def is_answered(call: Call, account: Account, role: str) -> bool:
    """Send a request in a role's name, and put back what it changed."""
    try:
        _send(call.method, call.arguments, account, role, plain_http=call.keys == PLAIN_HTTP)
    except ClientError as error:
        return _judge(error.response["Error"]["Code"], call)
    for method, arguments in call.undo:
        _send(method, arguments, account, role)
    return True


def _send(method: str, arguments: Mapping[str, Any], account: Account, role: str, *, plain_http: bool = False) -> None:
    service, _, operation = method.partition(".")
    getattr(account.client(service, role, plain_http=plain_http), operation)(**arguments)


def _judge(code: str, call: Call) -> bool:
    assert code in _DENIALS | _HIDDEN | _ANSWERS, f"{call.method}: found {code}, expected a denial or an answer"
    return code in _ANSWERS


def deploy_probe(account: Account, role: str, name: str, function_role: str, network: Mapping[str, Any]) -> None:
    """Deploy the probe in the name of a role of the stack, in or outside a network."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("probe.py", PROBE)
    account.client("lambda", role).create_function(
        FunctionName=name,
        Role=function_role,
        Runtime="python3.12",
        Handler="probe.handle",
        Code={"ZipFile": code.getvalue()},
        VpcConfig=network,
        Timeout=120,
    )


def answers_to_function(calls: Sequence[Call], account: Account, role: str, probe: str) -> list[bool]:
    """Have a probe send requests, all in one invocation; return whether each is answered."""
    event = [[*call.method.split("."), call.arguments] for call in calls]
    answer = account.client("lambda", role).invoke(FunctionName=probe, Payload=json.dumps(event).encode())
    codes = json.load(answer["Payload"])
    assert "FunctionError" not in answer, codes
    return [not code or _judge(code, call) for code, call in zip(codes, calls, strict=True)]
