"""Properties that an AWS emulator does not return when a resource is read."""

import pulumi_aws as aws
from pulumi import ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

_NOT_READ_BACK: dict[type, list[str]] = {
    aws.cloudtrail.Trail: ["cloudWatchLogsGroupArn", "cloudWatchLogsRoleArn", "tags"],
    aws.cloudwatch.CompositeAlarm: ["actionsEnabled", "alarmActions", "alarmDescription", "okActions"],
    aws.cloudwatch.MetricAlarm: [
        "alarmActions",
        "alarmDescription",
        "dimensions",
        "metricQueries",
        "okActions",
        "period",
        "statistic",
        "treatMissingData",
    ],
    aws.ec2.FlowLog: ["iamRoleArn", "maxAggregationInterval", "tags"],
    aws.ec2.VpcEndpoint: ["privateDnsEnabled", "securityGroupIds"],
    aws.ec2.VpcEndpointPolicy: ["policy"],
}

NOT_ATTESTED = ("endpoint", "security-group", "alarm-expression", "cloudtrail-log-group")
"""Kinds of resources, and controls, that are not attested where an emulator returns these settings incompletely."""


def ignore_properties_not_read_back(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
    """Ignore changes of properties that an emulator does not return, which would look like drift: a transformation."""
    properties = _NOT_READ_BACK.get(type(args.resource))
    if properties is None:
        return None
    opts = ResourceOptions.merge(args.opts, ResourceOptions(ignore_changes=properties))
    return ResourceTransformationResult(props=args.props, opts=opts)
