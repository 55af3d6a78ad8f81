"""Recovery rules: failed messages are kept, and stateful resources are not deleted by accident."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import cast

from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    Stack,
    Undecided,
    UnknownRead,
    rule,
    stop_at_unknown,
)
from policy.rules._helpers.parameter_types import integer_parameter, text_list_parameter
from policy.rules._helpers.resource_types import (
    BUCKET,
    DATABASE,
    DATABASE_CLUSTER,
    FILE_SYSTEM,
    FUNCTION,
    FUNCTION_MAPPING,
    KEY,
    LOG_GROUP,
    QUEUE,
    TABLE,
    TRAIL,
)
from policy.rules._helpers.tags import tag_value

_CONTINUITY = ("NIST-800-53r5:CP-10", "NIST-800-53r5:SI-17")
_REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
_PIPE = "aws:pipes/pipe:Pipe"
_REDRIVE_ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
_DEFAULT_RETENTION_SECONDS = 4 * 24 * 3600
_DEFAULT_VISIBILITY_SECONDS = 30
"""Defaults of SQS queues."""
_DEFAULT_TIMEOUT_SECONDS = 3
"""The default of Lambda functions."""


@rule(
    name="queue-has-dead-letter-queue",
    on=QUEUE,
    severity=Severity.HIGH,
    controls=_CONTINUITY,
    remedy="Set redrive_policy with maxReceiveCount and the deadLetterTargetArn of a queue with a longer retention period.",
    parameters={"minimumReceives": integer_parameter("Minimum maxReceiveCount", 3, 1, 1000)},
    whole_stack=True,
)
def queue_has_dead_letter_queue(queue: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A queue has a dead-letter queue with a longer retention period than its own.

    The retention period counts from the time a message was first sent, not from its move to the dead-letter queue. A
    dead-letter queue itself needs none, unless a function or a pipe consumes it.
    """
    holder = _redrive(queue)
    if holder is None:
        if _is_dead_letter_queue(queue) and not _is_consumed(queue):
            raise NotApplicable("the queue is a dead-letter queue")
        yield Finding("has no dead-letter queue (redrivePolicy)")
        return
    policy = holder.parse_json("redrivePolicy") if holder.knows("redrivePolicy") else None
    if policy is not None:
        yield from stop_at_unknown(_receive_count(policy, cast("int", parameters["minimumReceives"])))
    else:
        yield Undecided("redrivePolicy")
    yield from stop_at_unknown(_outlasts(queue, holder, policy))


def _redrive(queue: Resource) -> Resource | None:
    """Return the resource that holds the redrive policy of a queue: the queue itself, or a resource beside it."""
    if queue.has("redrivePolicy"):
        return queue
    sides = queue.attached(_REDRIVE, by="queueUrl")
    return sides[0] if sides else None


def _receive_count(policy: Block, minimum: int) -> Iterator[Outcome]:
    if not policy.has("deadLetterTargetArn"):
        yield Finding("has no dead-letter queue in its redrive policy (redrivePolicy.deadLetterTargetArn)")
    count = policy.number("maxReceiveCount")
    if count is None or count < minimum:
        receives = policy.text("maxReceiveCount") or "an unset number of"
        yield Finding(
            f"moves a message to the dead-letter queue after {receives} receives (redrivePolicy.maxReceiveCount), "
            f"expected at least {minimum}"
        )


def _outlasts(queue: Resource, holder: Resource, policy: Block | None) -> Iterator[Outcome]:
    if policy is None:
        targets = [target for target in holder.referenced("redrivePolicy", QUEUE) if target is not queue]
        target = targets[0] if len(targets) == 1 else None
    else:
        target = holder.target("deadLetterTargetArn", QUEUE, within=policy)
    if target is None:
        return  # in another stack
    target_seconds, own_seconds = (
        resource.number("messageRetentionSeconds") or _DEFAULT_RETENTION_SECONDS for resource in (target, queue)
    )
    if target_seconds <= own_seconds:
        yield Finding(
            f"has the dead-letter queue {target.name}, which keeps messages for {target_seconds:.0f} s "
            f"(messageRetentionSeconds), expected more than the {own_seconds:.0f} s of the queue itself"
        )


_DEAD_LETTER_PROPERTIES = {
    QUEUE: "redrivePolicy",
    _REDRIVE: "redrivePolicy",
    FUNCTION: "deadLetterConfig",
    FUNCTION_MAPPING: "destinationConfig",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "destinationConfig",
    "aws:sns/topicSubscription:TopicSubscription": "redrivePolicy",
    "aws:cloudwatch/eventTarget:EventTarget": "deadLetterConfig",
    "aws:scheduler/schedule:Schedule": "target.deadLetterConfig",
    _PIPE: "sourceParameters",
}
"""The properties in which resources name their dead-letter queue."""


def _is_dead_letter_queue(queue: Resource) -> bool:
    stack = queue.stack
    if queue.has("redriveAllowPolicy") or stack.side_resources(_REDRIVE_ALLOW, "queueUrl").attached_to(queue):
        return True
    urns, texts = stack.cached("dead-letter queues", lambda: _dead_letter_targets(stack))
    return queue.urn in urns or any(arn in text for arn in queue.identities if arn.startswith("arn:") for text in texts)


def _is_consumed(queue: Resource) -> bool:
    return queue.is_named_by(FUNCTION_MAPPING, key="eventSourceArn") or queue.is_named_by(_PIPE, key="source")


def _dead_letter_targets(stack: Stack) -> tuple[set[str], list[str]]:
    """Return the URNs that unknown dead-letter properties depend on, and the known values of the others as text."""
    urns: set[str] = set()
    values: list[str] = []
    for kind, key in _DEAD_LETTER_PROPERTIES.items():
        *outer, name = key.split(".")
        for source in stack.of_type(kind):
            holder = reduce(Block.block, outer, cast("Block", source))
            if holder.has(name) and holder.knows(name):
                values.append(str(holder.value(name)))
            elif holder.has(name):
                # The whole property may depend on much more than the dead-letter queue, so a known value is preferred.
                urns.update(source.dependency_urns(holder.top_level_property(name)))
    return urns, values


@rule(
    name="queue-visibility-exceeds-function-timeout",
    on=FUNCTION_MAPPING,
    severity=Severity.HIGH,
    controls=_CONTINUITY,
    remedy="Set the queue's visibility_timeout_seconds to at least six times the function's timeout, and its "
    "maxReceiveCount to at least five.",
    parameters={
        "factor": integer_parameter("Minimum visibility timeout, as a multiple of the function's timeout", 6, 1, 100),
        "minimumReceives": integer_parameter("Minimum maxReceiveCount of the queue", 5, 1, 1000),
    },
    whole_stack=True,
)
def queue_visibility_exceeds_function_timeout(mapping: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """The visibility timeout of a queue is long enough that a slow or throttled function does not get a message twice.

    Source: Lambda Developer Guide, "Configuring a queue to use with Lambda": six times the function's timeout, and at
    least five receives, because a throttled batch counts as received.
    """
    queue = mapping.target("eventSourceArn", QUEUE)
    if queue is None:
        raise NotApplicable("the source of the mapping is not a queue of this stack")
    function = mapping.target("functionName", FUNCTION)
    if function is not None:
        yield from stop_at_unknown(_visibility_timeout(queue, function, cast("int", parameters["factor"])))
    holder = _redrive(queue)
    if holder is not None:
        policy = holder.parse_json("redrivePolicy")
        count, minimum = policy.number("maxReceiveCount"), cast("int", parameters["minimumReceives"])
        if count is None or count < minimum:
            receives = policy.text("maxReceiveCount") or "an unset number of"
            yield Finding(
                f"reads from {queue.name}, which moves a message to its dead-letter queue after {receives} receives "
                f"(maxReceiveCount), expected at least {minimum}"
            )


def _visibility_timeout(queue: Resource, function: Resource, factor: int) -> Iterator[Outcome]:
    visibility = queue.number("visibilityTimeoutSeconds") or _DEFAULT_VISIBILITY_SECONDS
    minimum = factor * (function.number("timeout") or _DEFAULT_TIMEOUT_SECONDS)
    if visibility < minimum:
        yield Finding(
            f"reads from {queue.name}, which has a visibility timeout of {visibility:.0f} s (visibilityTimeoutSeconds), "
            f"expected at least {minimum:.0f} s: {factor} times the timeout of {function.name}"
        )


_BATCHING_SERVICES = ("sqs", "kinesis", "dynamodb")


@rule(
    name="mapping-reports-partial-failures",
    on=FUNCTION_MAPPING,
    severity=Severity.MEDIUM,
    controls=_CONTINUITY,
    remedy="Set function_response_types to ReportBatchItemFailures, and return the failed items from the function.",
)
def mapping_reports_partial_failures(mapping: Resource) -> Iterator[Outcome]:
    """A function reports which messages of a batch failed. Otherwise one failed message causes a retry of all of them."""
    if mapping.has("functionResponseTypes") and "ReportBatchItemFailures" in mapping.texts("functionResponseTypes"):
        return
    if not mapping.knows("eventSourceArn"):
        if not mapping.references("eventSourceArn", QUEUE, TABLE, "aws:kinesis/stream:Stream"):
            raise UnknownRead("eventSourceArn")
    elif mapping.text("eventSourceArn").split(":")[2:3] not in [[service] for service in _BATCHING_SERVICES]:
        raise NotApplicable("the source of the mapping does not support partial batch responses")
    yield Finding("retries the whole batch when one message fails (functionResponseTypes)")


STATEFUL = (
    KEY,
    TABLE,
    TRAIL,
    LOG_GROUP,
    DATABASE,
    DATABASE_CLUSTER,
    FILE_SYSTEM,
    *BUCKET,
)


@rule(
    name="stateful-resource-is-protected",
    on=STATEFUL,
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:CM-3",),
    remedy="Set the resource option protect.",
    parameters={
        "environments": text_list_parameter("Values of the tag environment whose resources are protected", ["prod"])
    },
)
def stateful_resource_is_protected(resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """In production, the Pulumi engine refuses to delete stateful resources.

    Of the buckets, only those with Object Lock are included: the others hold data in transit.
    """
    if tag_value(resource, "environment") not in cast("Sequence[str]", parameters["environments"]):
        raise NotApplicable("the resource is not in a protected environment")
    if resource.type in BUCKET and not resource.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket has no Object Lock")
    if resource.data.protect is None:
        raise UnknownRead("the resource option protect")
    if not resource.data.protect:
        yield Finding("can be deleted by the Pulumi engine (resource option protect)")
