"""The audit tier: a trail of who did what to the records, their keys and their guardrails."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.audit.expected import expected_trail
from components.audit.policies import trail_permissions
from components.base import Component
from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.data.tier import Data
from components.retention import Retention
from components.shared.documents import document_json
from components.shared.log_group import LogGroup, LogGroupArgs
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.statements import service_trust

EVIDENCE_DELETION_EVENTS = ("DeleteObject", "DeleteObjects", "PutObjectLegalHold", "PutObjectRetention")
"""Data events recorded for the audit bucket; recording all would record the trail's own deliveries without end."""
_ENDPOINT_SERVICES = ("s3", "dynamodb", "kms")
"""Services whose endpoint traffic is recorded: no other log shows what an endpoint policy denied."""
_INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")

Selector = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class ExistingTrail:
    """A trail that already records the account and is managed elsewhere.

    Attributes
    ----------
    arn
        ARN of the trail.
    log_group_name
        Log group that the trail delivers to; None if it delivers to none.
    """

    arn: str
    log_group_name: str | None


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """Inputs of the audit tier.

    Attributes
    ----------
    context
        Account and region.
    existing
        A trail to use instead of creating one; None creates one.
    data
        Tier whose objects and items the trail records, and whose audit bucket it delivers to.
    key_arn
        Customer key of evidence.
    retention
        How long events are kept in CloudWatch Logs.
    copies
        ARNs of the account's buckets of a second copy, by the name of the bucket that is copied.
    endpoint_ids
        The network's endpoints by service; only traffic through them is recorded. Empty records the services' traffic through
        all endpoints of the account.
    insights
        Whether CloudTrail Insights looks for unusual rates of calls and errors, at extra cost.
    """

    context: AwsContext
    existing: ExistingTrail | None
    data: Data
    key_arn: Input[str]
    retention: Retention
    copies: Mapping[str, Input[str]]
    endpoint_ids: Mapping[str, Input[str]]
    insights: bool


class Audit(Component[AuditArgs]):
    """A multi-region trail with log file validation, under the audit key, to the audit bucket and to CloudWatch Logs.

    An existing trail is left as it is: whoever manages it must record what `event_selectors` lists.

    Attributes
    ----------
    trail_arn
        ARN of the trail.
    log_group_name
        Log group of its events; None for an existing trail that delivers to none.
    """

    trail_arn: Output[str]
    log_group_name: Output[str] | None

    def create(self, name: str, args: AuditArgs) -> None:
        """Create the trail, or use the existing one."""
        if args.existing is None:
            self._trail(name, args)
        else:
            group = args.existing.log_group_name
            self.trail_arn = Output.from_input(args.existing.arn)
            self.log_group_name = Output.from_input(group) if group else None

    def _trail(self, name: str, args: AuditArgs) -> None:
        context, bucket = args.context, args.data.buckets["audit"].bucket_name
        logs = LogGroup(
            name,
            LogGroupArgs(
                log_group_name=f"/aws/cloudtrail/{trail_name(context)}", key_arn=args.key_arn, retention=args.retention
            ),
            self.child,
        )
        role = ServiceRole(
            name,
            ServiceRoleArgs(
                role_name=context.name("trail"),
                trust=json.dumps(service_trust("cloudtrail.amazonaws.com", context, trail_arn(context))),
                permissions=document_json(trail_permissions, log_group_arn=logs.arn),
            ),
            self.child,
        )
        buckets = [*((name, bucket.arn) for name, bucket in args.data.buckets.items()), *args.copies.items()]
        selectors = Output.all(
            records=[arn for name, arn in buckets if BUCKETS[name].holds_records],
            evidence=[arn for name, arn in buckets if BUCKETS[name].holds_evidence],
            table=args.data.table.arn,
            endpoints=args.endpoint_ids,
        ).apply(lambda ids: event_selectors(ids["records"], ids["evidence"], ids["table"], ids["endpoints"]))
        trail = aws.cloudtrail.Trail(
            name,
            name=trail_name(context),
            s3_bucket_name=bucket,
            kms_key_id=args.key_arn,
            cloud_watch_logs_group_arn=Output.concat(logs.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            enable_log_file_validation=True,
            is_multi_region_trail=True,  # an intruder is not limited to our region
            include_global_service_events=True,
            advanced_event_selectors=selectors,  # type: ignore[arg-type]
            insight_selectors=[{"insight_type": kind} for kind in _INSIGHTS] if args.insights else None,
            opts=self.protected_child(args.retention.protection, after=[role]),
        )
        self.trail_arn = trail.arn
        self.log_group_name = logs.log_group_name
        self.expect(
            expected_trail(
                arn=trail.arn,
                key_arn=args.key_arn,
                bucket=bucket,
                log_group_arn=logs.arn,
                event_selectors=selectors.apply(json.dumps),
            )
        )


def trail_name(context: AwsContext) -> str:
    """Return the trail's name."""
    return context.prefix


def trail_arn(context: AwsContext) -> str:
    """Return the trail's ARN, which key and bucket policies name before the trail exists."""
    return context.arn("cloudtrail", f"trail/{trail_name(context)}")


def event_selectors(
    record_bucket_arns: Sequence[str],
    evidence_bucket_arns: Sequence[str],
    table_arn: str,
    endpoint_ids: Mapping[str, str],
) -> list[Selector]:
    """Return what the trail records.

    These are management events, all use of records, the deletion of evidence, and traffic through the endpoints.

    Parameters
    ----------
    endpoint_ids
        Endpoints by service; a service without one is recorded for all endpoints of the account. Version 5 of Terraform's
        provider rejects the field `vpcEndpointId`: https://github.com/hashicorp/terraform-provider-aws/pull/43091
    """
    objects = {"resources.type": {"equals": ["AWS::S3::Object"]}}
    return [
        _selector("Management events", "Management"),
        _selector(
            "Objects with records",
            "Data",
            {**objects, "resources.ARN": {"starts_withs": [f"{arn}/" for arn in record_bucket_arns]}},
        ),
        _selector(
            "Deletion of evidence",
            "Data",
            {
                **objects,
                "resources.ARN": {"starts_withs": [f"{arn}/" for arn in evidence_bucket_arns]},
                "eventName": {"equals": list(EVIDENCE_DELETION_EVENTS)},
            },
        ),
        _selector(
            "Table items",
            "Data",
            {"resources.type": {"equals": ["AWS::DynamoDB::Table"]}, "resources.ARN": {"equals": [table_arn]}},
        ),
        *(
            _selector(
                f"Endpoint traffic of {service}",
                "NetworkActivity",
                {
                    "eventSource": {"equals": [f"{service}.amazonaws.com"]},
                    **({"vpcEndpointId": {"equals": [endpoint_ids[service]]}} if service in endpoint_ids else {}),
                },
            )
            for service in _ENDPOINT_SERVICES
        ),
    ]


def _selector(name: str, category: str, fields: Mapping[str, Mapping[str, Sequence[str]]] | None = None) -> Selector:
    conditions: dict[str, Mapping[str, Sequence[str]]] = {"eventCategory": {"equals": [category]}, **(fields or {})}
    return {"name": name, "field_selectors": [{"field": field, **test} for field, test in conditions.items()]}
