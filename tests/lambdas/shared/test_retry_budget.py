from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from lambdas.attestor.actual_state import read_actual_state
from lambdas.attestor.controls import BY_ID
from lambdas.attestor.expected_state import Check
from lambdas.attestor.reading import PendingValue, ReadFailure
from lambdas.shared.errors import is_transient
from lambdas.shared.invocation import Invocation
from lambdas.shared.retry_budget import RESERVE_SECONDS, SETTLING_SECONDS, TRANSIENT_SECONDS, RetryBudget
from lambdas.shared.telemetry import Telemetry

VERSIONING = Check(control=BY_ID["s3-versioning"], resource="b", expected="Enabled")
LOGGING = Check(control=BY_ID["s3-access-log"], resource="b", expected=None)


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "because"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetBucketVersioning",
    )


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    budget: float = 900.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def retry_budget(self, *, settling: bool = False, random: float = 0.5) -> RetryBudget:
        start = self.now
        invocation = Invocation(
            request_id="r", clock=lambda: self.now, remaining=lambda: self.budget - (self.now - start),
            sleep=self.sleep, random=lambda: random,
        )  # fmt: skip
        return RetryBudget(invocation=invocation, started_at=start, settling=settling)


@dataclass
class S3:
    """Answers in turn, the last answer again and again; no paging."""

    answers: list[Any]
    asked: int = 0

    def can_paginate(self, operation: str) -> bool:
        return False

    def get_bucket_versioning(self, **parameters: object) -> object:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get_bucket_logging(self, **parameters: object) -> dict[str, object]:
        return {}


def observed(time: Time, answers: list[Any], *, settling: bool = False) -> tuple[object, S3]:
    s3 = S3(answers)
    telemetry = Telemetry("f", "r", lambda: time.now)
    found = read_actual_state([VERSIONING, LOGGING], lambda *_: s3, time.retry_budget(settling=settling), telemetry)
    assert found[LOGGING] is None
    return found[VERSIONING], s3


TRANSIENT = [refusal("ThrottlingException"), refusal("SlowDown", 503), refusal("Anything", 500), refusal("Anything", 429),
             EndpointConnectionError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]  # fmt: skip
PERMANENT = [refusal("AccessDenied", 403), refusal("NoSuchBucket", 404), refusal("ValidationException"), NoCredentialsError(), KeyError("x")]  # fmt: skip


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
@pytest.mark.parametrize("settling", [True, False])
def test_a_transient_error_is_retried(error: Exception, settling: bool) -> None:
    assert is_transient(error)
    time = Time()
    assert observed(time, [error, error, {"Status": "Enabled"}], settling=settling)[0] == "Enabled"
    assert time.slept == [0.375, 0.75]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_a_transient_error_is_retried_for_at_most_two_minutes(error: Exception) -> None:
    time = Time()
    found, _ = observed(time, [error])
    assert isinstance(found, ReadFailure)
    assert 0.85 * TRANSIENT_SECONDS < sum(time.slept) <= TRANSIENT_SECONDS == 120


@pytest.mark.parametrize("error", PERMANENT, ids=repr)
def test_a_permanent_error_is_not_retried(error: Exception) -> None:
    time = Time()
    found, s3 = observed(time, [error, {"Status": "Enabled"}])
    assert isinstance(found, ReadFailure)
    assert (s3.asked, time.slept) == (1, [])


@pytest.mark.parametrize(
    "first", [refusal("AccessDenied", 403), refusal("NoSuchBucket", 404), {}, {"Status": "Suspended"}], ids=str
)
def test_after_a_deployment_an_unexpected_answer_is_read_again(first: object) -> None:
    time = Time()
    assert observed(time, [first, {"Status": "Enabled"}], settling=True)[0] == "Enabled"
    assert len(time.slept) == 1


@pytest.mark.parametrize("answer", [refusal("AccessDenied", 403), {"Status": "Suspended"}], ids=str)
def test_after_a_deployment_an_unexpected_answer_is_read_for_at_most_a_minute(answer: object) -> None:
    time = Time()
    observed(time, [answer], settling=True)
    assert 0.8 * SETTLING_SECONDS < sum(time.slept) <= SETTLING_SECONDS == 60


def test_only_unexpected_values_are_read_again() -> None:
    time, s3 = Time(), S3([{"Status": "Suspended"}, {"Status": "Enabled"}])
    asked: list[str] = []

    def client(service: str, *_: object) -> S3:
        asked.append(service)
        return s3

    read_actual_state([VERSIONING, LOGGING], client, time.retry_budget(settling=True), Telemetry("f", "r", lambda: 0.0))
    assert asked == ["s3"] * 3


def test_a_value_that_waits_for_a_person_is_not_read_again() -> None:
    pending = PendingValue("no", later="Enabled")
    check = Check(control=replace(VERSIONING.control, read=lambda *_: pending), resource="b", expected="Enabled")
    time = Time()
    actual = read_actual_state(
        [check], lambda *_: S3([{}]), time.retry_budget(settling=True), Telemetry("f", "r", lambda: 0.0)
    )
    assert actual[check] is pending
    assert time.slept == []


def test_near_the_deadline_nothing_is_read_and_the_reason_says_so() -> None:
    time = Time(budget=RESERVE_SECONDS - 1)
    found = read_actual_state([VERSIONING], lambda *_: S3([{}]), time.retry_budget(), Telemetry("f", "r", lambda: 0.0))
    assert found[VERSIONING] == ReadFailure(
        "it could not be read: OutOfTime: the function's deadline is near, so the value was not read. "
        "Raise the function's timeout",
        False,
    )


def test_a_pause_beyond_the_deadline_is_not_started() -> None:
    time = Time(budget=RESERVE_SECONDS + 5)
    assert isinstance(observed(time, [TRANSIENT[0]])[0], ReadFailure)
    assert time.slept == []


@given(st.integers(0, 50), st.floats(0, 1))
def test_pauses_grow_to_eight_seconds_with_jitter(attempt: int, random: float) -> None:
    time = Time()
    time.retry_budget(random=random).pause(attempt)
    longest = min(8.0, 0.5 * 2**attempt)
    assert longest / 2 <= time.slept[0] <= longest


def failing(error: Exception, times: int) -> Callable[[], str]:
    left = [error] * times

    def call() -> str:
        if left:
            raise left.pop()
        return "done"

    return call


def test_a_single_call_is_retried_by_the_same_rules() -> None:
    time = Time()
    assert time.retry_budget().call(failing(TRANSIENT[0], 3)) == "done"
    assert time.slept == [0.375, 0.75, 1.5]
    assert time.retry_budget(settling=True).call(failing(refusal("AccessDenied"), 1)) == "done"
    with pytest.raises(ClientError):
        time.retry_budget().call(failing(refusal("AccessDenied"), 1))


def test_a_defect_is_raised_without_a_retry() -> None:
    time = Time()
    with pytest.raises(KeyError):
        time.retry_budget(settling=True).call(failing(KeyError("x"), 1))
    assert time.slept == []
