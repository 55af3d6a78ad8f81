"""The permissions boundary of all roles, added by a stack transformation."""

import pulumi_aws as aws
from pulumi import ResourceTransformationArgs, ResourceTransformationResult

from components.tags import Transformation


def with_boundary(boundary_arn: str) -> Transformation:
    """Return a transformation that gives every role without one a permissions boundary, which many accounts require."""

    def add(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not isinstance(args.resource, aws.iam.Role) or args.props.get("permissions_boundary"):
            return None
        return ResourceTransformationResult(props={**args.props, "permissions_boundary": boundary_arn}, opts=args.opts)

    return add
