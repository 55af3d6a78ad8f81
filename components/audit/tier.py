"""The audit tier: a trail of who did what to the records, their keys and their guards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.audit.expected import ExpectedTrail
from components.context import AwsContext
from components.retention import Retention, kept
from components.shared.documents import document_json
from components.shared.expected import ExpectedLogGroup, ExpectedResource
from components.shared.function_policies import trail_permissions
from components.shared.role import service_role
from components.shared.statements import trust

ENDING_EVENTS = ("DeleteObject", "DeleteObjects", "PutObjectLegalHold", "PutObjectRetention")
"""What is recorded of the audit bucket: the trail's own deliveries would be recorded without end."""
ENDPOINT_SOURCES = ("s3.amazonaws.com", "dynamodb.amazonaws.com", "kms.amazonaws.com")
"""The services whose endpoints' traffic is recorded: what an endpoint's policy refuses stands in no other log."""
_INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")

Selector = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class ExistingTrail:
    """A trail that records the account already, kept by somebody else.

    Attributes
    ----------
    arn
        The trail.
    log_group_name
        The log group it delivers to; none where it delivers to none.
    """

    arn: str
    log_group_name: str | None


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """What the trail needs to know.

    Attributes
    ----------
    context
        Where it is.
    existing
        A trail to take instead of making one; none makes one.
    bucket
        The bucket of evidence, whose policy lets the trail of this name deliver.
    key_arn
        The customer key of evidence.
    bucket_arns
        The buckets of records, of whose objects every use is recorded.
    audit_bucket_arn
        The bucket of evidence, of whose objects every end is recorded.
    table_arn
        The table, of whose items every use is recorded.
    retention
        How long it is kept in CloudWatch Logs.
    insights
        Whether unusual rates of calls and errors are looked for; they cost extra.
    """

    context: AwsContext
    existing: ExistingTrail | None
    bucket: Input[str]
    key_arn: Input[str]
    bucket_arns: Sequence[Input[str]]
    audit_bucket_arn: Input[str]
    table_arn: Input[str]
    retention: Retention
    insights: bool


class Audit(pulumi.ComponentResource):
    """A trail of all regions with signed files, under the audit key, to a locked bucket and to CloudWatch Logs.

    An existing trail stays as it is: whoever keeps it has it record what `event_selectors` lists.

    Attributes
    ----------
    trail_arn
        The trail.
    log_group_name
        Where its events can be searched and alarmed on; none where an existing trail delivers to no log group.
    role_arn
        The role with which it delivers to CloudWatch Logs; none of an existing trail.
    expected_state
        What is meant of it; nothing of an existing trail.
    """

    trail_arn: Output[str]
    log_group_name: Output[str] | None
    role_arn: Output[str] | None = None
    expected_state: Sequence[ExpectedResource] = ()

    def __init__(self, name: str, args: AuditArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:audit:Audit", name, {}, opts)
        if args.existing is None:
            self._make(name, args)
        else:
            group = args.existing.log_group_name
            self.trail_arn = Output.from_input(args.existing.arn)
            self.log_group_name = Output.from_input(group) if group else None
        self.register_outputs({"trail_arn": self.trail_arn, "log_group_name": self.log_group_name})

    def _make(self, name: str, args: AuditArgs) -> None:
        context = args.context
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/cloudtrail/{trail_name(context)}",
            retention_in_days=args.retention.log_days,
            kms_key_id=args.key_arn,
            opts=kept(self, args.retention.protection),
        )
        role = service_role(
            name,
            self,
            role_name=context.name("trail"),
            trust=json.dumps(trust("cloudtrail.amazonaws.com", context, trail_arn(context))),
            permissions=document_json(trail_permissions, log_group_arn=logs.arn),
        )
        selectors = Output.all(buckets=args.bucket_arns, audit=args.audit_bucket_arn, table=args.table_arn).apply(
            lambda known: event_selectors(known["buckets"], known["audit"], known["table"])
        )
        trail = aws.cloudtrail.Trail(
            name,
            name=trail_name(context),
            s3_bucket_name=args.bucket,
            kms_key_id=args.key_arn,
            cloud_watch_logs_group_arn=Output.concat(logs.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            enable_log_file_validation=True,
            is_multi_region_trail=True,  # an intruder does not keep to our region
            include_global_service_events=True,
            advanced_event_selectors=selectors,  # type: ignore[arg-type]
            insight_selectors=[{"insight_type": kind} for kind in _INSIGHTS] if args.insights else None,
            opts=ResourceOptions.merge(
                kept(self, args.retention.protection), ResourceOptions(depends_on=[role.policy])
            ),
        )
        self.trail_arn = trail.arn
        self.log_group_name = logs.name
        self.role_arn = role.arn
        self.expected_state = (
            ExpectedTrail(
                arn=trail.arn, key_arn=args.key_arn, bucket=args.bucket, event_selectors=selectors.apply(json.dumps)
            ),
            ExpectedLogGroup(name=logs.name, key_arn=args.key_arn, retention_days=args.retention.log_days),
            role.expected,
        )


def trail_name(context: AwsContext) -> str:
    """Return the trail's name."""
    return context.prefix


def trail_arn(context: AwsContext) -> str:
    """Return the trail's ARN, which keys and bucket have to know before there is a trail."""
    return context.arn("cloudtrail", f"trail/{trail_name(context)}")


def event_selectors(bucket_arns: Sequence[str], audit_bucket_arn: str, table_arn: str) -> list[Selector]:
    """Return what is recorded: control planes, the use of records, the end of evidence, traffic through endpoints.

    Of endpoints all is recorded and not refusals alone, which takes a field that not every version of the provider
    knows; it costs what the function's own calls cost as data events.
    """
    objects = {"resources.type": {"equals": ["AWS::S3::Object"]}}
    return [
        _selector("Control planes", "Management"),
        _selector(
            "Objects of records",
            "Data",
            {**objects, "resources.ARN": {"starts_withs": [f"{arn}/" for arn in bucket_arns]}},
        ),
        _selector(
            "End of evidence",
            "Data",
            {
                **objects,
                "resources.ARN": {"starts_withs": [f"{audit_bucket_arn}/"]},
                "eventName": {"equals": list(ENDING_EVENTS)},
            },
        ),
        _selector(
            "Items of the table",
            "Data",
            {"resources.type": {"equals": ["AWS::DynamoDB::Table"]}, "resources.ARN": {"equals": [table_arn]}},
        ),
        *(
            _selector(
                f"Endpoint of {source.partition('.')[0]}",
                "NetworkActivity",
                {"eventSource": {"equals": [source]}},
            )
            for source in ENDPOINT_SOURCES
        ),
    ]


def _selector(name: str, category: str, fields: Mapping[str, Mapping[str, Sequence[str]]] | None = None) -> Selector:
    wanted: dict[str, Mapping[str, Sequence[str]]] = {"eventCategory": {"equals": [category]}, **(fields or {})}
    return {"name": name, "field_selectors": [{"field": field, **test} for field, test in wanted.items()]}
