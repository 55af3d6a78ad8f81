"""A function: its code is an object, its role and log group are its own; in the private network unless it is told not."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Archive, AssetArchive, FileAsset, Input, Output, ResourceOptions

from components.context import AwsContext
from components.retention import Retention, kept
from components.shared.documents import document_json
from components.shared.expected import ExpectedFunction, ExpectedLogGroup, ExpectedResource
from components.shared.function_policies import function_trust
from components.shared.role import service_role
from components.shared.statements import Document

RUNTIME = "python3.13"
SOURCE = Path(__file__).parents[2]
"""The folder that holds the package `lambdas`."""


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What a function needs to know.

    Attributes
    ----------
    context
        Where it runs.
    code, handler
        Its code, and the function in it that AWS calls.
    artifact_bucket
        Where its code is kept, version by version.
    environment
        Its environment variables; none of them is a secret.
    permissions, resources
        What its role may do: a document, and the values it takes beside `log_group_arn` and `function_arn`.
    key_arn
        The customer key of its environment and its logs.
    retention
        How long its logs are kept.
    subnet_ids, security_group_ids
        Where its network interfaces are; without any it is outside the network.
    memory, timeout
        MiB and seconds.
    reserved
        Concurrent executions kept for it, and its most; none leaves it what the account has.
    architecture
        `arm64` or `x86_64`.
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
    reserved: int | None = None
    subnet_ids: Sequence[Input[str]] = ()
    security_group_ids: Sequence[Input[str]] = ()


class Function(pulumi.ComponentResource):
    """A function without a way to the internet, as long as it has subnets.

    Attributes
    ----------
    function_name, arn
        The function; both wait for its role's policy.
    code_sha256
        SHA-256 of its code, in base64, as Lambda tells it.
    role_arn
        Its role.
    expected_state
        What is meant of the function, its role and its log group, for the attestor to compare with.
    log_group_name
        Its log group.
    """

    function_name: Output[str]
    arn: Output[str]
    code_sha256: Output[str]
    role_arn: Output[str]
    log_group_name: Output[str]
    expected_state: Sequence[ExpectedResource]

    def __init__(self, name: str, args: FunctionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:processing:PrivateFunction", name, {}, opts)
        child = ResourceOptions(parent=self)
        context = args.context
        # Fixed, since the role has to name the function before the function can name the role.
        function_name = physical_name(context, name)
        function_arn = context.arn("lambda", f"function:{function_name}")

        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/lambda/{function_name}",
            retention_in_days=args.retention.log_days,
            kms_key_id=args.key_arn,
            opts=kept(self, args.retention.protection),
        )
        role = service_role(
            name,
            self,
            role_name=function_name,
            trust=json.dumps(function_trust()),
            permissions=document_json(
                args.permissions, log_group_arn=logs.arn, function_arn=function_arn, **args.resources
            ),
        )
        code = aws.s3.BucketObjectv2(
            name, bucket=args.artifact_bucket, key=f"functions/{name}.zip", source=args.code, opts=child
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
            s3_object_version=code.version_id,  # a function runs the version it was deployed with, whatever comes later
            memory_size=args.memory,
            timeout=args.timeout,
            reserved_concurrent_executions=args.reserved,
            environment={"variables": args.environment},
            kms_key_arn=args.key_arn,
            vpc_config={"subnet_ids": args.subnet_ids, "security_group_ids": args.security_group_ids}
            if args.subnet_ids
            else None,
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": logs.name, "system_log_level": "WARN"},
            opts=ResourceOptions(parent=self, depends_on=[role.policy]),
        )

        self.function_name = function.name
        self.arn = function.arn
        self.code_sha256 = function.code_sha256
        self.role_arn = role.arn
        self.log_group_name = logs.name
        self.expected_state = (
            ExpectedFunction(
                name=function.name,
                code_sha256=function.code_sha256,
                role_arn=role.arn,
                key_arn=args.key_arn,
                subnet_ids=args.subnet_ids,
                security_group_ids=args.security_group_ids,
            ),
            role.expected,
            ExpectedLogGroup(name=logs.name, key_arn=args.key_arn, retention_days=args.retention.log_days),
        )
        self.register_outputs(
            {"function_name": self.function_name, "arn": self.arn, "log_group_name": self.log_group_name}
        )


def physical_name(context: AwsContext, name: str) -> str:
    """Return the name of a function, and of its role, in AWS."""
    return context.name(name)


def python_code(package: str, root: Path = SOURCE) -> Archive:
    """Return the Python files of a function's package, and of the package `shared` beside it, under their import paths.

    Raises
    ------
    FileNotFoundError
        There is no such package.
    """
    folder = root.joinpath(*package.split("."))
    if not (folder / "__init__.py").exists():
        raise FileNotFoundError(f"{folder} is not a Python package: it has no __init__.py")
    files = sorted({*folder.parent.glob("*.py"), *folder.rglob("*.py"), *(folder.parent / "shared").rglob("*.py")})
    return AssetArchive({file.relative_to(root).as_posix(): FileAsset(str(file)) for file in files})
