"""The work of a check grows linearly with the resources, counted in calls so that the machine's load does not matter."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from policy.evaluation import evaluate
from policy.model import UNKNOWN, ResourceData, Stack, Value
from policy.rules._helpers.resource_types import (
    ALARM,
    BUCKET_POLICY,
    COMPOSITE_ALARM,
    FUNCTION,
    LOG_GROUP,
    METRIC_FILTER,
    TOPIC_SUBSCRIPTION,
    TRAIL,
)
from policy.settings import Settings
from tests.policy.support import BUCKET, ENCRYPTION, KEY, QUEUE, TAGS, TODAY, TOPIC, declare, urn


def alarms(index: int) -> Iterator[ResourceData]:
    """A filter, its alarm, the topic that is told, and a composite alarm that looks at another."""
    yield declare(METRIC_FILTER, f"f{index}", {"metricTransformation": {"namespace": "N", "name": f"m{index}"}})
    watched = {"namespace": "N", "metricName": f"m{index}", "name": f"a{index}"}
    yield declare(ALARM, f"a{index}", {**watched, "alarmActions": [f"arn:t{index}"]})
    yield declare(ALARM, f"b{index}", {**watched, "name": f"b{index}"})
    yield declare(COMPOSITE_ALARM, f"c{index}", {"alarmRule": f"ALARM(b{index})", "alarmActions": [f"arn:t{index}"]})
    yield declare(TOPIC, f"t{index}", outputs={"arn": f"arn:t{index}"})
    yield declare(TOPIC_SUBSCRIPTION, f"t{index}", {"topic": f"arn:t{index}"})


def buckets(index: int) -> Iterator[ResourceData]:
    """A bucket as a preview shows it, and what stands beside it."""
    owner = urn(BUCKET, f"b{index}")
    yield declare(BUCKET, f"b{index}", {"tags": TAGS})
    for kind in (BUCKET_POLICY, ENCRYPTION):
        yield declare(kind, f"b{index}", {"bucket": UNKNOWN}, dependencies={"bucket": [owner]})


def strangers(index: int) -> Iterator[ResourceData]:
    """A bucket, and what may stand beside it or beside any other."""
    yield declare(BUCKET, f"b{index}", {"bucket": UNKNOWN, "tags": TAGS})
    for kind in (BUCKET_POLICY, ENCRYPTION):
        yield declare(kind, f"b{index}", {"bucket": UNKNOWN})


def queues(index: int) -> Iterator[ResourceData]:
    """A queue, its dead letters, and a key of its class for each."""
    redrive = json.dumps({"deadLetterTargetArn": f"arn:d{index}", "maxReceiveCount": 5})
    keyed: dict[str, Value] = {"kmsMasterKeyId": f"arn:k{index}", "tags": TAGS}
    yield declare(KEY, f"k{index}", {"tags": TAGS}, outputs={"arn": f"arn:k{index}"})
    yield declare(QUEUE, f"q{index}", {**keyed, "redrivePolicy": redrive}, outputs={"arn": f"arn:q{index}"})
    yield declare(QUEUE, f"d{index}", keyed, outputs={"arn": f"arn:d{index}"})


def functions(index: int) -> Iterator[ResourceData]:
    """A function and its log group."""
    yield declare(FUNCTION, f"f{index}", {"name": f"f{index}"})
    yield declare(LOG_GROUP, f"f{index}", {"name": f"/aws/lambda/f{index}"})


def stack(unit: Callable[[int], Iterator[ResourceData]], units: int) -> Stack:
    prefixes = [f"arn:aws:s3:::b{index}/" for index in range(units)]
    selector = {"dataResources": [{"type": "AWS::S3::Object", "values": prefixes}]}
    trail = declare(TRAIL, "trail", {"eventSelectors": [selector]})
    return Stack([trail, *(resource for index in range(units) for resource in unit(index))])


def calls(unit: Callable[[int], Iterator[ResourceData]], units: int) -> int:
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    judged = stack(unit, units)
    sys.setprofile(counted)
    try:
        evaluate(judged, Settings(), TODAY)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("unit", [alarms, buckets, strangers, queues, functions], ids=lambda unit: unit.__name__)
def test_the_work_grows_linearly_with_the_resources(unit: Callable[[int], Iterator[ResourceData]]) -> None:
    calls(unit, 1)  # what is made once for all
    assert calls(unit, 80) < 2.1 * calls(unit, 40)
