"""The role of a service: what it may do stands in one inline policy."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.shared.expected import ExpectedRole


@dataclass(frozen=True)
class ServiceRole:
    """A role that was made.

    Attributes
    ----------
    arn
        The role.
    policy
        Its policy, for those who must not use the role before it stands.
    expected
        What is meant of it.
    """

    arn: Output[str]
    policy: aws.iam.RolePolicy
    expected: ExpectedRole


def service_role(
    name: str, parent: pulumi.Resource, *, role_name: str, trust: Input[str], permissions: Input[str]
) -> ServiceRole:
    """Make a role and its policy.

    Parameters
    ----------
    parent
        The component that they are children of.
    role_name
        The role's name in AWS.
    trust, permissions
        Who may assume it, and what it may do, as JSON.
    """
    child = ResourceOptions(parent=parent)
    role = aws.iam.Role(name, name=role_name, assume_role_policy=trust, opts=child)
    policy = aws.iam.RolePolicy(name, role=role.id, policy=permissions, opts=child)
    expected = ExpectedRole(name=role.name, policy=permissions, trust=trust, boundary_arn=role.permissions_boundary)
    return ServiceRole(role.arn, policy, expected)
