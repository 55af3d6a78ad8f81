"""Attributes that an emulator does not return keep their last written value; on AWS they stay empty."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws.provider.adapter import Adapter
from offline.aws.terraform.cty import UNKNOWN
from offline.aws.terraform.not_read_back import restore_missing
from offline.aws.translation.property_values import Properties
from tests.offline.aws.support import Created, make

ALARM, FLOW_LOG = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ec2/flowLog:FlowLog"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC = "arn:aws:sns:us-east-1:000000000000:page"
KIND = "aws_flow_log"
BEFORE = {"tags": {"k": "v"}, "iam_role_arn": "arn", "log_format": "all"}


@pytest.mark.parametrize("empty", [None, "", {}, [], 0, False])
def test_an_empty_attribute_gets_the_last_written_value(empty: Any) -> None:
    assert restore_missing(KIND, {"tags": empty, "iam_role_arn": "other"}, BEFORE) == {
        "tags": {"k": "v"},
        "iam_role_arn": "other",
    }


@pytest.mark.parametrize("before", [{}, {"tags": None}, {"tags": {}}, {"tags": UNKNOWN}])
def test_an_attribute_that_was_never_written_stays_empty(before: dict[str, Any]) -> None:
    assert restore_missing(KIND, {"tags": None}, before) == {"tags": None}


@pytest.mark.parametrize(("answer", "expected"), [("missing", "breaching"), ("ignore", "ignore"), (None, "breaching")])
def test_a_provider_default_counts_as_empty(answer: str | None, expected: str) -> None:
    before = {"treat_missing_data": "breaching"}
    assert restore_missing("aws_cloudwatch_metric_alarm", {"treat_missing_data": answer}, before) == {
        "treat_missing_data": expected
    }


def test_other_attributes_and_other_types_are_unchanged() -> None:
    answer = {"tags": None, "log_format": ""}
    assert restore_missing(KIND, answer, BEFORE)["log_format"] == ""
    assert restore_missing("aws_vpc", answer, BEFORE) == answer


@pytest.mark.parametrize(("state", "before"), [(None, BEFORE), ({"tags": None}, None), (UNKNOWN, BEFORE)])
def test_missing_new_and_unknown_states_are_unchanged(state: Any, before: Any) -> None:
    assert restore_missing(KIND, state, before) is state


@pytest.fixture
def emulated(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> Adapter:
    monkeypatch.setattr(adapter.terraform, "emulated", True)
    return adapter


@pytest.fixture
def alarm() -> dict[str, Any]:
    return {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "threshold": 0,
        "namespace": "AWS/Lambda",
        "metricName": "Errors",
        "dimensions": {"FunctionName": "f"},
        "period": 60,
        "statistic": "Sum",
        "treatMissingData": "notBreaching",
        "alarmDescription": "d",
        "alarmActions": [TOPIC],
    }


@pytest.fixture
def flow_log(adapter: Adapter) -> Iterator[dict[str, Any]]:
    vpc = make(adapter, "aws:ec2/vpc:Vpc", "watched", {"cidrBlock": "10.9.0.0/16"})
    yield {
        "vpcId": vpc.identity,
        "trafficType": "ALL",
        "logDestination": "arn:aws:logs:us-east-1:000000000000:log-group:flows",
        "iamRoleArn": "arn:aws:iam::000000000000:role/flows",
        "maxAggregationInterval": 60,
        "tags": {"k": "v"},
    }
    vpc.delete()


def refreshed(made: Created) -> Created:
    """Return the resource after a refresh."""
    read = made.refreshed()
    assert read is not None
    return dataclasses.replace(made, outputs=read[1], inputs=read[2])


@pytest.mark.usefixtures("emulated")
def test_an_alarm_on_an_emulator_has_no_drift_and_keeps_its_statistic(adapter: Adapter, alarm: dict[str, Any]) -> None:
    made = make(adapter, ALARM, "errors", alarm)
    again = refreshed(made)
    assert again.inputs.values == made.inputs.values
    assert again.outputs.values["statistic"] == "Sum"
    assert again.diff(made.inputs.values).detailed == {}
    again.delete()


@pytest.mark.usefixtures("emulated")
def test_an_alarm_with_every_property_has_no_drift_on_an_emulator(adapter: Adapter, alarm: dict[str, Any]) -> None:
    del alarm["statistic"]
    alarm |= {
        "extendedStatistic": "p99",
        "evaluateLowSampleCountPercentiles": "ignore",
        "unit": "Milliseconds",
        "actionsEnabled": False,
        "okActions": [TOPIC],
        "insufficientDataActions": [TOPIC],
        "tags": {"k": "v"},
    }
    made = make(adapter, ALARM, "whole", alarm)
    rule = {"alarmRule": f"ALARM({made.identity})", "alarmActions": [TOPIC], "insufficientDataActions": [TOPIC]}
    above = make(adapter, COMPOSITE, "above", rule | {"alarmName": "above", "alarmDescription": "d"})
    for resource in (above, made):
        again = refreshed(resource)
        assert again.inputs.values == resource.inputs.values
        assert again.diff(resource.inputs.values).detailed == {}
        again.delete()


@pytest.mark.usefixtures("emulated")
def test_a_change_of_an_alarm_on_an_emulator_is_detected(adapter: Adapter, alarm: dict[str, Any]) -> None:
    again = refreshed(make(adapter, ALARM, "changed", alarm))
    expected = again.inputs.values | {"statistic": "Maximum", "treatMissingData": "breaching"}
    assert again.diff(expected).detailed == {"statistic": "UPDATE", "treatMissingData": "UPDATE"}
    outputs = adapter.update(ALARM, again.outputs, Properties(expected), (), preview=False, seconds=0)
    changed = refreshed(dataclasses.replace(again, outputs=outputs, inputs=Properties(expected)))
    assert changed.diff(expected).detailed == {}
    changed.delete()


@pytest.mark.usefixtures("emulated")
def test_a_flow_log_on_an_emulator_has_no_drift_and_keeps_its_tags(adapter: Adapter, flow_log: dict[str, Any]) -> None:
    made = make(adapter, FLOW_LOG, "flows", flow_log)
    again = refreshed(made)
    assert again.inputs.values == made.inputs.values
    assert again.outputs.values["tags"] == {"k": "v"}
    assert again.diff(made.inputs.values).detailed == {}
    again.delete()


def test_on_aws_empty_attributes_stay_empty(adapter: Adapter, alarm: dict[str, Any], flow_log: dict[str, Any]) -> None:
    assert not adapter.terraform.emulated
    for token, inputs, name in ((ALARM, alarm, "statistic"), (FLOW_LOG, flow_log, "tags")):
        again = refreshed(make(adapter, token, "real", inputs))
        assert not again.outputs.values[name]
        assert not again.inputs.values[name]
        again.delete()
