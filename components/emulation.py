"""What an emulator of AWS may forget of what it was told, and is therefore not compared."""

import pulumi_aws as aws
from pulumi import ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

_UNTOLD: dict[type, list[str]] = {
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


def not_compared(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
    """Leave what would look like drift of a resource as it was first made: a transformation."""
    untold = _UNTOLD.get(type(args.resource))
    if untold is None:
        return None
    opts = ResourceOptions.merge(args.opts, ResourceOptions(ignore_changes=untold))
    return ResourceTransformationResult(props=args.props, opts=opts)
