"""A Lambda function with its role, its log group and its code in the artifact bucket."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import Archive, Input, Output

from components.base import Component
from components.context import AwsContext
from components.retention import Retention
from components.shared.documents import document_json
from components.shared.expected import expected_function
from components.shared.log_group import LogGroup, LogGroupArgs
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.role_policies import function_trust
from components.shared.statements import Document

RUNTIME = "python3.13"
ALIAS = "live"
"""Alias that leads the callers of a released function to its current version."""


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """Inputs of a function.

    Attributes
    ----------
    context
        Account and region.
    code
        Code of the function.
    handler
        Dotted name of the function in the code that Lambda calls.
    artifact_bucket
        Bucket that keeps the code, version by version.
    environment
        Environment variables; none of them is a secret.
    permissions, resources
        Policy of the role: a document, and the values it takes besides `log_group_arn`, `function_arn`, and for a function in
        the VPC `placement_arns`, its subnets and security groups.
    key_arn
        Customer key of the environment and the logs.
    retention
        How long logs are kept.
    memory
        Memory in MiB.
    timeout
        Timeout in seconds.
    storage
        Temporary storage in MB, 512 to 10240 (https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html).
    architecture
        `arm64` or `x86_64`.
    reserved
        Reserved concurrency; None reserves nothing.
    subnet_ids, security_group_ids
        Place in the network; a function without subnets is outside the VPC.
    released
        Whether each change is published as a version, which callers get only once a `Release` has checked it.
    """

    context: AwsContext
    code: Archive
    handler: str
    artifact_bucket: Input[str]
    environment: Mapping[str, Input[str]]
    permissions: Callable[..., Document]
    resources: Mapping[str, Any]
    key_arn: Input[str]
    retention: Retention
    memory: int
    timeout: int
    architecture: str
    storage: int = 512
    reserved: int | None = None
    subnet_ids: Sequence[Input[str]] = ()
    security_group_ids: Sequence[Input[str]] = ()
    released: bool = False


class Function(Component[FunctionArgs]):
    """A function inside or outside the VPC.

    Attributes
    ----------
    function_name, arn
        Name and ARN in AWS; both wait for the role's policy.
    version
        Number of the version that was published last; `$LATEST` for a function that is not released.
    code_sha256
        SHA-256 of the code in base64, as Lambda reports it.
    role_arn
        ARN of the role.
    log_group_name
        Name of the log group.
    """

    function_name: Output[str]
    arn: Output[str]
    version: Output[str]
    code_sha256: Output[str]
    role_arn: Output[str]
    log_group_name: Output[str]

    def create(self, name: str, args: FunctionArgs) -> None:
        """Create the function, its role, its log group and its code object."""
        # A fixed name: the role's policy names the function, and the function names the role.
        function_name = args.context.name(name)
        function_arn = args.context.arn("lambda", f"function:{function_name}")
        logs = LogGroup(
            name,
            LogGroupArgs(
                log_group_name=function_log_group(function_name), key_arn=args.key_arn, retention=args.retention
            ),
            self.child,
        )
        role = ServiceRole(
            name,
            ServiceRoleArgs(
                role_name=function_name,
                trust=json.dumps(function_trust()),
                permissions=document_json(
                    args.permissions,
                    log_group_arn=logs.arn,
                    function_arn=function_arn,
                    **({"placement_arns": _placement_arns(args)} if args.subnet_ids else {}),
                    **args.resources,
                ),
            ),
            self.child,
        )
        code = aws.s3.BucketObjectv2(
            name, bucket=args.artifact_bucket, key=f"functions/{name}.zip", source=args.code, opts=self.child
        )
        function = aws.lambda_.Function(
            name,
            name=function_name,
            role=role.arn,
            runtime=RUNTIME,
            handler=args.handler,
            architectures=[args.architecture],
            s3_bucket=code.bucket,
            s3_key=code.key,
            s3_object_version=code.version_id,  # pins the deployed version, whatever is uploaded later
            memory_size=args.memory,
            timeout=args.timeout,
            publish=args.released,
            ephemeral_storage={"size": args.storage},
            reserved_concurrent_executions=args.reserved,
            environment={"variables": args.environment},
            kms_key_arn=args.key_arn,
            vpc_config={"subnet_ids": args.subnet_ids, "security_group_ids": args.security_group_ids}
            if args.subnet_ids
            else None,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": logs.log_group_name, "system_log_level": "WARN"},
            opts=self.child_after(role),
        )

        self.function_name = function.name
        self.arn = function.arn
        self.version = function.version
        self.code_sha256 = function.code_sha256
        self.role_arn = role.arn
        self.log_group_name = logs.log_group_name
        self.expect(
            expected_function(
                name=Output.concat(function.name, ":", ALIAS) if args.released else function.name,
                versions={ALIAS: function.version} if args.released else {},
                code_sha256=function.code_sha256,
                role_arn=role.arn,
                key_arn=args.key_arn,
                subnet_ids=args.subnet_ids,
                security_group_ids=args.security_group_ids,
            )
        )


def _placement_arns(args: FunctionArgs) -> list[Output[str]]:
    ids = {"subnet": args.subnet_ids, "security-group": args.security_group_ids}
    return [
        Output.concat(args.context.arn("ec2", f"{kind}/"), resource)
        for kind, listed in ids.items()
        for resource in listed
    ]


def function_log_group(function_name: str) -> str:
    """Return the name of a function's log group."""
    return f"/aws/lambda/{function_name}"
