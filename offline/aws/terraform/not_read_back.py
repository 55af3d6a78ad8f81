"""Attributes that an AWS emulator accepts but does not return, which a refresh would report as drift.

Where an emulator returns such an attribute empty, the last written value is used. Drift of these attributes is therefore
not detected on an emulator. None of this applies to AWS itself.
"""

from collections.abc import Mapping
from typing import Any

from offline.aws.terraform.cty import UNKNOWN

_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "aws_cloudtrail": ("cloud_watch_logs_group_arn", "cloud_watch_logs_role_arn", "tags", "tags_all"),
    # The emulator's DescribeAlarms omits these in the protocol that the provider uses.
    "aws_cloudwatch_metric_alarm": (
        "actions_enabled",
        "alarm_actions",
        "alarm_description",
        "dimensions",
        "evaluate_low_sample_count_percentiles",
        "extended_statistic",
        "insufficient_data_actions",
        "metric_name",
        "metric_query",
        "namespace",
        "ok_actions",
        "period",
        "statistic",
        "treat_missing_data",
        "unit",
    ),
    "aws_cloudwatch_composite_alarm": (
        "actions_enabled",
        "alarm_actions",
        "alarm_description",
        "insufficient_data_actions",
        "ok_actions",
    ),
    "aws_flow_log": ("iam_role_arn", "max_aggregation_interval", "tags", "tags_all"),
    "aws_vpc_endpoint": ("policy", "private_dns_enabled", "security_group_ids"),
    "aws_vpc_endpoint_policy": ("policy",),
}

_PROVIDER_DEFAULTS: Mapping[str, str] = {"treat_missing_data": "missing"}
"""Values that the provider itself puts in the place of an empty answer."""


def restore_missing(kind: str, state: Any, before: Any) -> Any:
    """Return a state from an emulator in which empty attributes have their values from the state before."""
    if not isinstance(state, dict) or not isinstance(before, dict):
        return state
    missing = {
        name: before[name]
        for name in _ATTRIBUTES.get(kind, ())
        if (not state.get(name) or state[name] == _PROVIDER_DEFAULTS.get(name))
        and before.get(name)
        and before[name] is not UNKNOWN
    }
    return {**state, **missing}
