"""What an emulator of AWS was told and does not tell back, which would look like drift.

Only where every service is answered by somebody else than AWS, and only where an answer is empty: what was written last
is taken for what is there. A change of these attributes by hand is not seen there; on AWS nothing of this applies.
"""

from collections.abc import Mapping
from typing import Any

from localcloud.aws.cty import UNKNOWN

_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "aws_cloudtrail": ("cloud_watch_logs_group_arn", "cloud_watch_logs_role_arn", "tags", "tags_all"),
    # DescribeAlarms in the protocol that the provider speaks.
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

_SILENCE: Mapping[str, str] = {"treat_missing_data": "missing"}
"""What the provider reads into an empty answer, where it is not empty itself."""


def filled(kind: str, state: Any, before: Any) -> Any:
    """Return a state as an emulator told it, with what it left empty taken from the state before."""
    if not isinstance(state, dict) or not isinstance(before, dict):
        return state
    untold = {
        name: before[name]
        for name in _ATTRIBUTES.get(kind, ())
        if (not state.get(name) or state[name] == _SILENCE.get(name))
        and before.get(name)
        and before[name] is not UNKNOWN
    }
    return {**state, **untold}
