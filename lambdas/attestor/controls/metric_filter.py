"""Controls of metric filters, which are read as `<log group>:<filter>`; neither name may contain a colon."""

from lambdas.attestor.controls.control import ALERTS, controls_of
from lambdas.attestor.reading import Reading, ResourceMissing

control = controls_of("metric-filter")


@control(
    "logs-metric-filter",
    requirement="The filter counts exactly the expected events, in the metric that its alarm watches.",
    references=ALERTS,
    rules=("metric-filter-has-alarm",),
    alarms=("logs-changed-outside-deployment",),
    actions=("logs:DescribeMetricFilters",),
)
def metric_filter(aws: Reading, name: str) -> object:
    """Return the pattern, and the metric with the value that an event adds."""
    group, _, filter_name = name.partition(":")
    filters = aws.call("logs", "describe_metric_filters", logGroupName=group)["metricFilters"]
    for found in filters:
        if found["filterName"] == filter_name:
            transformations = [
                f"{transformation['metricNamespace']} {transformation['metricName']} {transformation['metricValue']}"
                for transformation in found["metricTransformations"]
            ]
            return {"pattern": found["filterPattern"], "metrics": transformations}
    raise ResourceMissing(f"log group {group} has no metric filter {filter_name}")
