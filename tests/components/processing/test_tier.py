"""The processing tier under Pulumi's mocks: the processor, its queue and its log group."""

from tests.support.mocks import Recorder

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
