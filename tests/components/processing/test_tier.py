"""The processing tier under Pulumi's mocks: the processor, its queue and its log group."""

import json
from typing import Any

import pytest

from components.data.policies import VALIDATION_OBJECT
from tests.components.sample import declare_tiers
from tests.support.mocks import Recorder, deployed

FUNCTION = "aws:lambda/function:Function"


def test_the_queue_hides_a_message_for_six_times_the_timeout_of_the_function(tiers: Recorder) -> None:
    assert tiers.inputs_of("aws:sqs/queue:Queue", "processing-work")["visibilityTimeoutSeconds"] == 360


def test_the_log_group_of_the_processor_has_the_key_and_classification_of_logs(tiers: Recorder) -> None:
    group = tiers.inputs_of("aws:cloudwatch/logGroup:LogGroup", "processor")
    assert group["kmsKeyId"] == "arn:keys-logs"
    assert group["tags"]["data-classification"] == "internal"


def test_the_processor_reserves_the_concurrency_of_the_setting(tiers: Recorder) -> None:
    assert tiers.inputs_of(FUNCTION, "processor")["reservedConcurrentExecutions"] == 8


def test_the_code_of_the_processor_is_an_object_in_the_artifact_bucket(tiers: Recorder) -> None:
    function = tiers.inputs_of(FUNCTION, "processor")
    assert "code" not in function
    assert function["s3Key"] == "functions/processor.zip"


def test_the_processor_reports_which_messages_of_a_batch_failed(tiers: Recorder) -> None:
    (mapping,) = tiers.of_type("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_processor_has_the_storage_of_the_settings_and_the_other_functions_what_lambda_includes(
    tiers: Recorder,
) -> None:
    sizes = {function.name: function.inputs["ephemeralStorage"]["size"] for function in tiers.of_type(FUNCTION)}
    assert sizes.pop("processor") == 2048
    assert set(sizes.values()) == {512}


# The malware scan: the sample stack has one.

PLAN = "aws:guardduty/malwareProtectionPlan:MalwareProtectionPlan"
ROLE = "arn:aws:iam::123456789012:role/strongroom-test-malware-scan"


@pytest.fixture(scope="module")
def unscanned() -> Recorder:
    """The resources of the sample stack without a malware scan."""
    return deployed(lambda: declare_tiers(malware_scan=False), Recorder())


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in json.loads(document)["Statement"]}


def test_the_plan_scans_every_object_of_the_input_bucket_and_tags_it(tiers: Recorder) -> None:
    plan = tiers.inputs_of(PLAN, "processing-malware-scan")
    assert plan["protectedResource"] == {"s3Bucket": {"bucketName": "data-input"}}
    assert plan["actions"] == [{"taggings": [{"status": "ENABLED"}]}]
    role = tiers.inputs_of("aws:iam/role:Role", "processing-malware-scan")
    assert role["name"] == ROLE.rpartition("/")[2]
    assert role["permissionsBoundary"].endswith("policy/boundary")


def test_with_a_malware_scan_the_notifications_of_the_bucket_include_eventbridge_before_the_plan_exists(
    tiers: Recorder,
) -> None:
    notification = tiers.inputs_of("aws:s3/bucketNotification:BucketNotification", "processing-work")
    assert notification["eventbridge"] is True
    assert len(notification["queues"]) == 1
    created = [resource.typ for resource in tiers.resources]
    assert created.index("aws:s3/bucketNotification:BucketNotification") < created.index(PLAN)


def test_with_a_malware_scan_messages_are_delayed_and_the_processor_reads_verdicts(
    tiers: Recorder, unscanned: Recorder
) -> None:
    for recorder, delay, scan in ((tiers, 120, "true"), (unscanned, 0, "false")):
        assert recorder.inputs_of("aws:sqs/queue:Queue", "processing-work")["delaySeconds"] == delay
        variables = recorder.inputs_of(FUNCTION, "processor")["environment"]["variables"]
        assert variables["MALWARE_SCAN"] == scan
        grace = recorder.inputs_of(FUNCTION, "reconciler")["environment"]["variables"]["ALLOWED_SECONDS"]
        assert int(grace) == delay + 5 * 360
        read = statements(recorder.inputs_of("aws:iam/rolePolicy:RolePolicy", "processor")["policy"])["ReadInput"]
        assert ("s3:GetObjectVersionTagging" in read["Action"]) is bool(delay)
        (endpoint,) = [
            resource.inputs["policy"]
            for resource in recorder.of_type("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
            if resource.name.endswith("-s3")
        ]
        assert ("s3:GetObjectVersionTagging" in statements(endpoint)["Read"]["Action"]) is bool(delay)


def test_only_the_policy_of_the_input_bucket_names_the_malware_scan(tiers: Recorder) -> None:
    policies = {
        resource.name: resource.inputs["policy"] for resource in tiers.of_type("aws:s3/bucketPolicy:BucketPolicy")
    }
    assert [name for name, document in policies.items() if ROLE in document] == ["data-input"]
    denied = statements(policies["data-input"])
    assert denied["DenyScanOtherWrites"]["NotResource"].endswith(f"/{VALIDATION_OBJECT}")


def test_without_a_malware_scan_there_is_no_plan_no_role_and_no_event_to_eventbridge(unscanned: Recorder) -> None:
    assert unscanned.of_type(PLAN) == []
    assert not [resource.name for resource in unscanned.resources if "malware" in resource.name]
    notification = unscanned.inputs_of("aws:s3/bucketNotification:BucketNotification", "processing-work")
    assert notification["eventbridge"] is False
    assert ROLE not in unscanned.inputs_of("aws:s3/bucketPolicy:BucketPolicy", "data-input")["policy"]
