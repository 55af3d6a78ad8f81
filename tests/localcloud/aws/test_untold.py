"""What an emulator does not tell back is what it was told last; on AWS an empty answer is an answer."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.aws.cty import UNKNOWN
from localcloud.aws.resource import Adapter
from localcloud.aws.untold import filled
from localcloud.aws.values import Properties
from tests.localcloud.aws.support import Made, make

ALARM, FLOW_LOG = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:ec2/flowLog:FlowLog"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC = "arn:aws:sns:us-east-1:000000000000:page"
KIND = "aws_flow_log"
BEFORE = {"tags": {"k": "v"}, "iam_role_arn": "arn", "log_format": "all"}


@pytest.mark.parametrize("empty", [None, "", {}, [], 0, False])
def test_an_empty_answer_is_what_was_written_last(empty: Any) -> None:
    assert filled(KIND, {"tags": empty, "iam_role_arn": "other"}, BEFORE) == {
        "tags": {"k": "v"},
        "iam_role_arn": "other",
    }


@pytest.mark.parametrize("before", [{}, {"tags": None}, {"tags": {}}, {"tags": UNKNOWN}])
def test_nothing_is_made_up_where_nothing_was_written(before: dict[str, Any]) -> None:
    assert filled(KIND, {"tags": None}, before) == {"tags": None}


@pytest.mark.parametrize(("told", "kept"), [("missing", "breaching"), ("ignore", "ignore"), (None, "breaching")])
def test_an_answer_that_the_provider_makes_up_is_none(told: str | None, kept: str) -> None:
    before = {"treat_missing_data": "breaching"}
    assert filled("aws_cloudwatch_metric_alarm", {"treat_missing_data": told}, before) == {"treat_missing_data": kept}


def test_other_attributes_and_other_types_are_as_they_are_told() -> None:
    told = {"tags": None, "log_format": ""}
    assert filled(KIND, told, BEFORE)["log_format"] == ""
    assert filled("aws_vpc", told, BEFORE) == told


@pytest.mark.parametrize(("state", "before"), [(None, BEFORE), ({"tags": None}, None), (UNKNOWN, BEFORE)])
def test_what_is_gone_or_new_or_unknown_stays_so(state: Any, before: Any) -> None:
    assert filled(KIND, state, before) is state


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


def refreshed(made: Made) -> Made:
    """Read it as `refresh` does."""
    read = made.refreshed()
    assert read is not None
    return dataclasses.replace(made, outputs=read[1], inputs=read[2])


@pytest.mark.usefixtures("emulated")
def test_an_alarm_of_an_emulator_settles_and_keeps_its_statistic(adapter: Adapter, alarm: dict[str, Any]) -> None:
    made = make(adapter, ALARM, "errors", alarm)
    again = refreshed(made)
    assert again.inputs.values == made.inputs.values
    assert again.outputs.values["statistic"] == "Sum"
    assert again.difference(made.inputs.values).detailed == {}
    again.delete()


@pytest.mark.usefixtures("emulated")
def test_an_alarm_of_an_emulator_settles_with_all_that_an_alarm_may_say(
    adapter: Adapter, alarm: dict[str, Any]
) -> None:
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
    for one in (above, made):
        again = refreshed(one)
        assert again.inputs.values == one.inputs.values
        assert again.difference(one.inputs.values).detailed == {}
        again.delete()


@pytest.mark.usefixtures("emulated")
def test_a_change_of_an_alarm_of_an_emulator_is_seen(adapter: Adapter, alarm: dict[str, Any]) -> None:
    again = refreshed(make(adapter, ALARM, "changed", alarm))
    wanted = again.inputs.values | {"statistic": "Maximum", "treatMissingData": "breaching"}
    assert again.difference(wanted).detailed == {"statistic": "UPDATE", "treatMissingData": "UPDATE"}
    outputs = adapter.update(ALARM, again.outputs, Properties(wanted), (), preview=False, seconds=0)
    changed = refreshed(dataclasses.replace(again, outputs=outputs, inputs=Properties(wanted)))
    assert changed.difference(wanted).detailed == {}
    changed.delete()


@pytest.mark.usefixtures("emulated")
def test_a_flow_log_of_an_emulator_settles_and_keeps_its_tags(adapter: Adapter, flow_log: dict[str, Any]) -> None:
    made = make(adapter, FLOW_LOG, "flows", flow_log)
    again = refreshed(made)
    assert again.inputs.values == made.inputs.values
    assert again.outputs.values["tags"] == {"k": "v"}
    assert again.difference(made.inputs.values).detailed == {}
    again.delete()


def test_on_aws_nothing_is_filled(adapter: Adapter, alarm: dict[str, Any], flow_log: dict[str, Any]) -> None:
    assert not adapter.terraform.emulated
    for token, inputs, name in ((ALARM, alarm, "statistic"), (FLOW_LOG, flow_log, "tags")):
        again = refreshed(make(adapter, token, "real", inputs))
        assert not again.outputs.values[name]
        assert not again.inputs.values[name]
        again.delete()
