"""The audit tier under Pulumi's mocks: its own trail, or an existing one."""

from typing import Any

from components.audit.tier import Audit, AuditArgs, ExistingTrail, event_selectors, trail_arn
from tests.components.sample import CONTEXT, RETENTION
from tests.support.mocks import Recorder, deployed

NO_DATA: Any = None
"""An existing trail needs no data tier."""


def test_the_trail_is_validated_encrypted_and_covers_all_regions(tiers: Recorder) -> None:
    trail = tiers.inputs_of("aws:cloudtrail/trail:Trail", "audit")
    assert trail["enableLogFileValidation"] is True
    assert trail["isMultiRegionTrail"] is True
    assert trail["kmsKeyId"] == "arn:keys-audit"
    assert trail["s3BucketName"] == "data-audit"
    assert trail["cloudWatchLogsGroupArn"] == "arn:audit:*"
    assert trail["name"] == trail_arn(CONTEXT).rpartition("/")[2]
    insights = {selector["insightType"] for selector in trail["insightSelectors"]}
    assert insights == {"ApiCallRateInsight", "ApiErrorRateInsight"}


def values_by_field(selector: dict[str, Any]) -> dict[str, Any]:
    return {field["field"]: field.get("equals") or field.get("starts_withs") for field in selector["field_selectors"]}


def test_the_trail_records_the_control_plane_record_access_evidence_deletion_and_denied_endpoint_requests() -> None:
    selectors = [
        values_by_field(selector) for selector in event_selectors(["arn:in", "arn:out"], ["arn:audit"], "arn:table", {})
    ]
    assert {"eventCategory": ["Management"]} in selectors
    objects = {"eventCategory": ["Data"], "resources.type": ["AWS::S3::Object"]}
    assert {**objects, "resources.ARN": ["arn:in/", "arn:out/"]} in selectors
    # Recording the trail's own deliveries would cause further deliveries, without end.
    (evidence,) = [selector for selector in selectors if selector.get("resources.ARN") == ["arn:audit/"]]
    assert set(evidence["eventName"]) == {"DeleteObject", "DeleteObjects", "PutObjectRetention", "PutObjectLegalHold"}
    assert {
        "eventCategory": ["Data"], "resources.type": ["AWS::DynamoDB::Table"], "resources.ARN": ["arn:table"],
    } in selectors  # fmt: skip
    endpoints = [selector["eventSource"] for selector in selectors if selector["eventCategory"] == ["NetworkActivity"]]
    assert endpoints == [["s3.amazonaws.com"], ["dynamodb.amazonaws.com"], ["kms.amazonaws.com"]]


def test_the_trail_records_the_traffic_of_the_stacks_own_endpoints_only(tiers: Recorder) -> None:
    found = {}
    for selector in tiers.inputs_of("aws:cloudtrail/trail:Trail", "audit")["advancedEventSelectors"]:
        fields = {field["field"]: field.get("equals") for field in selector["fieldSelectors"]}
        if fields["eventCategory"] == ["NetworkActivity"]:
            found[fields["eventSource"][0]] = fields["vpcEndpointId"]
    assert found == {f"{service}.amazonaws.com": [f"network-{service}-id"] for service in ("s3", "dynamodb", "kms")}


def test_an_existing_trail_is_used_and_no_resource_is_created() -> None:
    components: list[Audit] = []
    arns: list[str] = []

    def program() -> Any:
        args = AuditArgs(
            context=CONTEXT, existing=ExistingTrail(arn="arn:theirs", log_group_name=None), data=NO_DATA, key_arn="k",
            retention=RETENTION, copies={}, endpoint_ids={}, insights=False,
        )  # fmt: skip
        components.append(Audit("audit", args))
        return components[0].trail_arn.apply(arns.append)

    assert [resource.typ for resource in deployed(program, Recorder()).resources] == ["strongroom:audit:Audit"]
    assert arns == ["arn:theirs"]
    assert components[0].log_group_name is None
