"""The role of an AWS service, with one inline policy."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.shared.expected import expected_role


@dataclass(frozen=True, kw_only=True)
class ServiceRoleArgs:
    """Inputs of a service's role.

    Attributes
    ----------
    role_name
        Name in AWS.
    trust
        Trust policy as JSON: the service that assumes the role.
    permissions
        Inline policy as JSON: what the role may do.
    boundary_arn
        Permissions boundary of a role in another account; None leaves it to the stack's transformation.
    """

    role_name: str
    trust: Input[str]
    permissions: Input[str]
    boundary_arn: str | None = None


class ServiceRole(Component[ServiceRoleArgs]):
    """A role and its policy. Whatever uses the role depends on this component, so that the policy is in force first.

    Attributes
    ----------
    arn
        ARN of the role.
    """

    arn: Output[str]

    def create(self, name: str, args: ServiceRoleArgs) -> None:
        """Create the role and its policy."""
        role = aws.iam.Role(
            name,
            name=args.role_name,
            assume_role_policy=args.trust,
            permissions_boundary=args.boundary_arn,
            opts=self.child,
        )
        aws.iam.RolePolicy(name, role=role.id, policy=args.permissions, opts=self.child)
        self.arn = role.arn
        self.expect(
            expected_role(
                name=role.name, policy=args.permissions, trust=args.trust, boundary_arn=role.permissions_boundary
            )
        )
