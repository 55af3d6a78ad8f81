"""The one mechanism that bounds roles: a transformation, which reaches the children of components too."""

import pulumi_aws as aws
from pulumi import ResourceTransformationArgs, ResourceTransformationResult

from components.tags import Transformation


def bounded(boundary_arn: str) -> Transformation:
    """Return a transformation that gives every role a permissions boundary, as many accounts demand."""

    def add(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not isinstance(args.resource, aws.iam.Role):
            return None
        return ResourceTransformationResult(props={**args.props, "permissions_boundary": boundary_arn}, opts=args.opts)

    return add
