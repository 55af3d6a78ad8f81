"""What an emulator of AWS may forget of what it was told, and is therefore not compared."""

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


def not_compared(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
    """Leave what would look like drift of a resource as it was first made: a transformation."""
    not_read_back = _NOT_READ_BACK.get(type(args.resource))
    if not_read_back is None:
        return None
    opts = ResourceOptions.merge(args.opts, ResourceOptions(ignore_changes=not_read_back))
    return ResourceTransformationResult(props=args.props, opts=opts)
