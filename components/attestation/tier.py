"""The attestation tier: the attestor compares the expected state with the actual state, at deployment and daily."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.attestation.policies import NAMED_KINDS, attestor_permissions
from components.base import Component
from components.context import AwsContext
from components.expected import EXPECTED_STATE_KEYS, ExpectedResource, expected_state_json
from components.retention import Retention
from components.shared.expected import expected_schedule
from components.shared.function import Function, FunctionArgs
from components.shared.function_code import function_code
from components.shared.schedule import Schedule, ScheduleArgs

SCHEDULE = "cron(0 5 * * ? *)"
"""Once a day, in UTC."""
_MEMORY = 512
_TIMEOUT = 300
"""Seconds: two minutes for retries, and the rest for reading."""


@dataclass(frozen=True, kw_only=True)
class AttestationArgs:
    """Inputs of the attestation tier.

    Attributes
    ----------
    context
        Account and region of the attestor and of everything that it attests.
    expected_state
        Expected state of each resource; that of the attestor's own function and schedule is added.
    not_attested
        Kinds of resources, and controls, that are not attested because an emulator does not return their settings.
    audit_bucket, audit_bucket_arn, audit_key_arn
        Bucket of the expected state and the evidence, and its customer key.
    artifact_bucket
        Bucket that keeps the function's code.
    key_arn
        Customer key of the function's environment and logs.
    architecture
        `arm64` or `x86_64`.
    retention
        How long logs are kept, and whether expected states stay when the stack is destroyed.
    """

    context: AwsContext
    expected_state: Sequence[ExpectedResource]
    not_attested: Collection[str]
    audit_bucket: Input[str]
    audit_bucket_arn: Input[str]
    audit_key_arn: Input[str]
    artifact_bucket: Input[str]
    key_arn: Input[str]
    architecture: str
    retention: Retention


class Attestation(Component[AttestationArgs]):
    """The attestor, the expected state, the daily schedule, and a run at the end of each deployment.

    A deployment fails if a control fails. Pass what is attested as `depends_on`, so that the attestor runs after it. The
    function writes the metrics `Attestations`, `FailedControls` and `PendingControls` in the namespace `Strongroom`, with
    the dimension `FunctionName`.

    Attributes
    ----------
    function
        The attestor.
    evidence_prefix
        Prefix of the evidence in the audit bucket.
    summary
        Result of the deployment's run: the number of controls by verdict, as JSON.
    """

    function: Function
    evidence_prefix: str
    summary: Output[str]

    def create(self, name: str, args: AttestationArgs) -> None:
        """Create the function, the expected state, the schedule and the deployment's run."""
        key = EXPECTED_STATE_KEYS.replace("*", args.context.name(name))
        prefix = f"{key.rpartition('/')[0]}/"
        self.evidence_prefix = f"{prefix}evidence/"
        self.function = Function(name, self._function_args(args, prefix), self.child)
        own = [*self.function.expected_state, self._expected_schedule(args.context, f"{name}-daily")]
        content = expected_state_json([*args.expected_state, *own], args.not_attested)
        stored = aws.s3.BucketObjectv2(
            name,
            bucket=args.audit_bucket,
            key=key,
            content=content,
            content_type="application/json",
            force_destroy=not args.retention.protection,  # its versions may be locked
            # The bucket's default retention locks the object; the engine would see the lock as drift.
            opts=ResourceOptions(
                parent=self,
                retain_on_delete=args.retention.protection,
                ignore_changes=["objectLockMode", "objectLockRetainUntilDate"],
            ),
        )
        reference = {
            "key": stored.key,
            "version_id": stored.version_id,
            "sha256": content.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()),
        }
        daily = ScheduleArgs(
            context=args.context,
            expression=SCHEDULE,
            function_arn=self.function.arn,
            payload=Output.json_dumps({"expected_state": reference, "trigger": "schedule"}),
            key_arn=args.key_arn,
        )
        schedule = Schedule(f"{name}-daily", daily, self.child)
        invocation = aws.lambda_.Invocation(
            name,
            function_name=self.function.function_name,
            lifecycle_scope="CRUD",
            # The engine invokes the function again when its input changes.
            input=Output.json_dumps({"expected_state": reference, "code_sha256": self.function.code_sha256}),
            opts=self.child_after(schedule),
        )
        self.summary = invocation.result

    def _expected_schedule(self, context: AwsContext, name: str) -> ExpectedResource:
        """Return the expected state of the daily schedule, which names the version of the expected state that it is part of."""
        return expected_schedule(
            name=context.name(name),
            expression=SCHEDULE,
            function_arn=self.function.arn,
            role_arn=context.role_arn(name),
        )

    def _function_args(self, args: AttestationArgs, prefix: str) -> FunctionArgs:
        context = args.context
        return FunctionArgs(
            context=context,
            code=function_code("lambdas.attestor"),
            handler="lambdas.attestor.handler.handle",
            artifact_bucket=args.artifact_bucket,
            environment={"AUDIT_BUCKET": args.audit_bucket, "EVIDENCE_PREFIX": self.evidence_prefix},
            permissions=attestor_permissions,
            resources={
                "partition": context.partition,
                "region": context.region,
                "account_id": context.account_id,
                "stack": context.prefix,
                "resource_arns": _resource_arns(args.expected_state, context),
                "reader_arns": sorted(
                    {
                        resource.location.role_arn
                        for resource in args.expected_state
                        if resource.location and resource.location.role_arn
                    }
                ),
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
        )


def _resource_arns(expected_state: Sequence[ExpectedResource], context: AwsContext) -> dict[str, list[Input[str]]]:
    """Return the ARNs of the account's resources that the attestor's role names one by one, by kind."""
    own = [resource for resource in expected_state if not (resource.location and resource.location.role_arn)]
    return {kind: [_arn(resource, context) for resource in own if resource.kind == kind] for kind in NAMED_KINDS}


def _arn(resource: ExpectedResource, context: AwsContext) -> Input[str]:
    identifier = Output.from_input(resource.id)
    match resource.kind:
        case "bucket" | "notification" | "replication":
            return Output.concat("arn:", context.partition, ":s3:::", identifier)
        case "queue":
            return identifier.apply(lambda url: context.arn("sqs", url.rpartition("/")[2]))
        case "table":
            return identifier.apply(lambda name: context.arn("dynamodb", f"table/{name}"))
    return identifier  # the service knows a key by its ARN
