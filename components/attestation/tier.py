"""The attestation tier: what was meant is written down, and what is deployed is compared with it, now and daily."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.attestation.policies import attestor_permissions
from components.context import AwsContext
from components.data.expected import ExpectedBucket, ExpectedTable
from components.keys.expected import ExpectedKey
from components.processing.expected import ExpectedQueue
from components.retention import Retention
from components.shared.expected import ExpectedResource, expected_state_json
from components.shared.function import Function, FunctionArgs, physical_name, python_code
from components.shared.schedule import Schedule, ScheduleArgs

_DAILY = "cron(0 5 * * ? *)"
"""In UTC; at no full load of anybody's day."""
_MEMORY = 512
_TIMEOUT = 300
"""Two minutes of waiting for AWS and as much again for reading."""


@dataclass(frozen=True, kw_only=True)
class AttestationArgs:
    """What attestation needs to know.

    Attributes
    ----------
    context
        Where it runs, and where all that it attests is.
    expected_state
        What is meant of each resource; those of the attestor's own function are added.
    not_read_back
        Kinds of resources that are not attested, since an emulator does not tell what was meant of them.
    audit_bucket, audit_bucket_arn, audit_key_arn
        Where intent and evidence are kept: a versioned bucket, and its customer key.
    artifact_bucket
        Where the function's code is kept.
    key_arn
        The customer key of its environment and its logs.
    architecture
        `arm64` or `x86_64`.
    retention
        How long its logs are kept, and whether intents stay when the stack goes.
    """

    context: AwsContext
    expected_state: Sequence[ExpectedResource]
    not_read_back: Collection[str]
    audit_bucket: Input[str]
    audit_bucket_arn: Input[str]
    audit_key_arn: Input[str]
    artifact_bucket: Input[str]
    key_arn: Input[str]
    architecture: str
    retention: Retention


class Attestation(pulumi.ComponentResource):
    """The attestor, its intent, its daily schedule, and its run at the end of this deployment.

    A deployment fails when a control does. Give what it attests as `depends_on`: it then looks after that is deployed.
    The function's metrics `Attestations`, `FailedControls` and `PendingControls` are in namespace `Strongroom`, with the
    dimension `FunctionName`.

    Attributes
    ----------
    function
        The attestor.
    evidence_prefix
        Where its evidence is in the audit bucket.
    summary
        What the deployment's run found: the number of controls by verdict, as JSON.
    """

    function: Function
    evidence_prefix: str
    summary: Output[str]

    def __init__(self, name: str, args: AttestationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:attestation:Attestation", name, {}, opts)
        child = ResourceOptions(parent=self)
        prefix = f"attestation/{physical_name(args.context, name)}/"
        self.evidence_prefix = f"{prefix}evidence/"
        self.function = self._function(name, args, prefix)
        content = expected_state_json([*args.expected_state, *self.function.expected_state], args.not_read_back)
        stored = aws.s3.BucketObjectv2(
            name,
            bucket=args.audit_bucket,
            key=f"{prefix}intent.json",
            content=content,
            content_type="application/json",
            force_destroy=not args.retention.protection,  # its versions may be locked
            # The bucket locks it by default, which the engine would undo since nobody asked for it here.
            opts=ResourceOptions(
                parent=self,
                retain_on_delete=args.retention.protection,
                ignore_changes=["objectLockMode", "objectLockRetainUntilDate"],
            ),
        )
        pointer = {
            "key": stored.key,
            "version_id": stored.version_id,
            "sha256": content.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()),
        }
        daily = ScheduleArgs(
            context=args.context,
            expression=_DAILY,
            function_arn=self.function.arn,
            request=Output.json_dumps({"intent": pointer, "trigger": "schedule"}),
        )
        Schedule(f"{name}-daily", daily, child)
        invocation = aws.lambda_.Invocation(
            name,
            function_name=self.function.function_name,
            lifecycle_scope="CRUD",
            # What is not in the input changes nothing: the run is repeated when either of these is another one.
            input=Output.json_dumps({"intent": pointer, "code_sha256": self.function.code_sha256}),
            opts=child,
        )
        self.summary = invocation.result
        self.register_outputs({"function_name": self.function.function_name, "summary": self.summary})

    def _function(self, name: str, args: AttestationArgs, prefix: str) -> Function:
        context = args.context
        return Function(
            name,
            FunctionArgs(
                context=context,
                code=python_code("lambdas.attestor"),
                handler="lambdas.attestor.handler.handle",
                artifact_bucket=args.artifact_bucket,
                environment={"AUDIT_BUCKET": args.audit_bucket, "EVIDENCE_PREFIX": self.evidence_prefix},
                permissions=attestor_permissions,
                resources={
                    "partition": context.partition,
                    "region": context.region,
                    "account_id": context.account_id,
                    "stack": context.prefix,
                    "asked": _asked(args.expected_state, context),
                    "audit_bucket_arn": args.audit_bucket_arn,
                    "prefix": prefix,
                    "audit_key_arn": args.audit_key_arn,
                    "key_arn": args.key_arn,
                },
                key_arn=args.key_arn,
                retention=args.retention,
                memory=_MEMORY,
                timeout=_TIMEOUT,
                architecture=args.architecture,
            ),
            ResourceOptions(parent=self),
        )


def _asked(expected_state: Sequence[ExpectedResource], context: AwsContext) -> dict[str, list[Input[str]]]:
    """Return the ARNs of the resources that are asked about, by kind, where they have no names of the stack's own."""
    found: dict[str, list[Input[str]]] = {}
    for one in expected_state:
        if isinstance(one, ExpectedBucket):
            found.setdefault("bucket", []).append(Output.concat("arn:", context.partition, ":s3:::", one.name))
        elif isinstance(one, ExpectedKey):
            found.setdefault("key", []).append(one.arn)
        elif isinstance(one, ExpectedQueue):
            name = Output.from_input(one.url).apply(lambda url: url.rpartition("/")[2])
            found.setdefault("queue", []).append(name.apply(lambda known: context.arn("sqs", known)))
        elif isinstance(one, ExpectedTable):
            name = Output.from_input(one.name)
            found.setdefault("table", []).append(name.apply(lambda known: context.arn("dynamodb", f"table/{known}")))
    return found
