"""The canary: what a new version must do before it gets files."""

import gzip
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.processor import canary, handler
from lambdas.processor.canary import CanaryFailed
from lambdas.processor.handler import handle
from lambdas.processor.pipeline import Result, process
from lambdas.processor.records.tokens import Tokens
from tests.lambdas.context import FakeContext
from tests.lambdas.processor.conftest import Cloud
from tests.lambdas.processor.material import IBAN

VERSION = FakeContext(invoked_function_arn=f"{FakeContext.invoked_function_arn}:12")
IN_A_HURRY = replace(VERSION, seconds=10)
"""Too late for a retry."""


def ask(context: FakeContext = VERSION) -> Any:
    return handle({"canary": True}, context)


def break_pipeline(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Let the pipeline of the version under test return another result."""

    def broken(*arguments: Any, **options: Any) -> Result:
        result = process(*arguments, **options)
        change(result)
        return result

    monkeypatch.setattr(canary, "process", broken)


def test_a_version_that_works_returns_the_control_totals_and_leaves_nothing_behind(cloud: Cloud) -> None:
    assert ask() == {
        "status": "COMPLETED",
        "records_read": 3,
        "records_accepted": 2,
        "records_rejected": 1,
        "amounts": {
            "EUR": {"count": 1, "positive": "10.50", "negative": "0.00"},
            "JPY": {"count": 1, "positive": "0", "negative": "-7"},
        },
    }
    assert [cloud.objects(bucket) for bucket in ("input", "output", "quarantine")] == [{}, {}, {}]
    assert cloud.items() == []


@pytest.mark.parametrize("last4", ["true", "false"])
def test_the_canary_succeeds_with_and_without_the_last_four_characters(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, last4: str
) -> None:
    monkeypatch.setenv("ACCOUNT_LAST4", last4)
    assert ask()["status"] == "COMPLETED"
    assert cloud.items() == []


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("token", ["constant", IBAN, f"v1.{64 * '0'}"])
def test_the_canary_fails_if_tokens_are_not_derived_from_the_accounts(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setattr(Tokens, "token", lambda *_: token)
    with pytest.raises(
        CanaryFailed, match=r"^canary file: expected a different token in each of 2 accepted records, found [01]"
    ):
        ask()


@pytest.mark.usefixtures("cloud")
def test_the_canary_fails_if_control_totals_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_a_record(result: Result) -> None:
        result.totals["EUR"].positive -= 1

    break_pipeline(monkeypatch, lose_a_record)
    with pytest.raises(CanaryFailed, match=r'"positive": "10\.50".*found .*"positive": "10\.49"'):
        ask()


@pytest.mark.usefixtures("cloud")
def test_the_canary_fails_if_a_rejected_record_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.processor.records.account_numbers.is_iban", lambda _: True)
    with pytest.raises(CanaryFailed, match=r'found .*"records_accepted": 3'):
        ask()


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("part", ["output", "quarantine"])
def test_the_canary_fails_if_a_part_shows_an_account_and_the_error_does_not(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def show(result: Result) -> None:
        path: Path = getattr(result, part)
        path.write_bytes(path.read_bytes() + gzip.compress(f'{{"note": "{IBAN}"}}\n'.encode()))

    break_pipeline(monkeypatch, show)
    with pytest.raises(
        CanaryFailed, match=r"^canary file: expected parts without account numbers, found one$"
    ) as failed:
        ask()
    assert IBAN not in str(failed.value)


def test_the_canary_fails_if_the_table_cannot_be_read(cloud: Cloud) -> None:
    cloud.dynamodb.delete_table(TableName="transactions")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        ask(IN_A_HURRY)


def test_the_canary_fails_if_the_output_bucket_cannot_be_reached(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud.items() == []
    # S3 answers a HEAD request without a body, so the code of the error is its status.
    failure = ClientError({"Error": {"Code": "400"}}, "HeadObject")
    monkeypatch.setattr(handler._s3(), "head_object", lambda **_: (_ for _ in ()).throw(failure))
    with pytest.raises(ClientError, match="400"):
        ask(IN_A_HURRY)


@pytest.mark.usefixtures("cloud")
def test_a_permission_that_was_just_granted_has_time_to_take_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    client = handler._dynamodb()
    read, denials = client.get_item, [ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem")]

    def get_item(**request: Any) -> Any:
        if denials:
            raise denials.pop()
        return read(**request)

    monkeypatch.setattr(client, "get_item", get_item)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert ask()["status"] == "COMPLETED"
    assert denials == []
