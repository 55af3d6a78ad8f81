"""The expected state of queues, and of what sends to them and reads from them."""

from collections.abc import Sequence

from pulumi import Input

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import bucket, event_source, queue


def expected_queue(
    *, url: Input[str], key_arn: Input[str], policy: Input[str], dead_letters: tuple[Input[str], int] | None
) -> ExpectedResource:
    """Return the expected state of a queue.

    Parameters
    ----------
    dead_letters
        ARN of the dead-letter queue, and the number of attempts before a message moves there; None for a dead-letter
        queue itself.
    """
    redrive = dead_letters and {"target": dead_letters[0], "receives": dead_letters[1]}
    return ExpectedResource(
        id=url, values={queue.encryption: key_arn, queue.redrive: redrive, queue.queue_policy: document(policy)}
    )


def expected_event_source(
    *,
    uuid: Input[str],
    queue_arn: Input[str],
    function_arn: Input[str],
    concurrency: int,
    reports: Sequence[str],
) -> ExpectedResource:
    """Return the expected state of a queue as a function's event source.

    Parameters
    ----------
    uuid
        Identifier of the mapping.
    concurrency
        The most invocations at a time.
    reports
        What the function reports about a batch, such as `ReportBatchItemFailures`.
    """
    value = {
        "state": "Enabled",
        "source": queue_arn,
        "function": function_arn,
        "concurrency": concurrency,
        "reports": list(reports),
    }
    return ExpectedResource(id=uuid, values={event_source.event_source: value})


def expected_malware_scan(*, plan_id: Input[str], bucket_name: Input[str], role_arn: Input[str]) -> ExpectedResource:
    """Return the expected state of a malware protection plan that scans all objects of a bucket and tags them."""
    value: dict[str, object] = {
        "status": "ACTIVE",
        "bucket": bucket_name,
        "prefixes": [],
        "tagging": "ENABLED",
        "role": role_arn,
    }
    return ExpectedResource(id=plan_id, values={bucket.malware_scan: value})
