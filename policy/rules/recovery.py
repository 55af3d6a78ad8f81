"""Recovery rules: nothing is lost that could not be handled, and nothing that holds state goes by accident."""

from collections.abc import Iterator, Sequence
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
    as_far_as_known,
    rule,
)
from policy.rules._helpers.parameter_types import texts, whole_number
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
from policy.rules._helpers.tags import tag

_CONTINUITY = ("NIST-800-53r5:CP-10", "NIST-800-53r5:SI-11")
_REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
_REDRIVE_ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
_RETENTION = 345600
"""Seconds that a queue keeps a message unless it says otherwise: four days."""
_VISIBILITY = 30
_TIMEOUT = 3
"""Seconds that a queue hides a message, and that a function may take, unless they say otherwise."""


@rule(
    name="queue-has-dead-letters",
    on=QUEUE,
    severity=Severity.HIGH,
    controls=(*_CONTINUITY, "PCI-DSS-4.0:10.7.2"),
    remedy="Set redrive_policy with deadLetterTargetArn and maxReceiveCount, to a queue that keeps its messages longer.",
    parameters={"minimumReceives": whole_number("Least value of maxReceiveCount", 3, 1, 1000)},
    whole_stack=True,
)
def queue_has_dead_letters(queue: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Set messages aside that cannot be handled, and keep them longer than the queue does.

    A message's age counts from when it first came, not from when it was set aside. A queue that takes what others
    set aside needs none itself.
    """
    holder = _redrive(queue)
    if holder is None:
        if _takes_dead_letters(queue):
            raise NotApplicable("the queue takes what others set aside")
        yield Finding("sets nothing aside that cannot be handled (redrivePolicy)")
        return
    policy = holder.parsed("redrivePolicy") if holder.knows("redrivePolicy") else None
    if policy is not None:
        yield from as_far_as_known(_receives(policy, cast("int", parameters["minimumReceives"])))
    else:
        yield Undecided("redrivePolicy")
    yield from as_far_as_known(_outlasts(queue, holder, policy))


def _redrive(queue: Resource) -> Resource | None:
    """Return what says where a queue's dead letters go: itself, or the resource beside it."""
    if queue.has("redrivePolicy"):
        return queue
    sides = queue.attached(_REDRIVE, by="queueUrl")
    return sides[0] if sides else None


def _receives(policy: Block, least: int) -> Iterator[Outcome]:
    if not policy.has("deadLetterTargetArn"):
        yield Finding("names no queue for what cannot be handled (redrivePolicy.deadLetterTargetArn)")
    count = policy.number("maxReceiveCount")
    if count is None or count < least:
        told = policy.text("maxReceiveCount") or "no"
        yield Finding(
            f"sets a message aside after {told} attempts (redrivePolicy.maxReceiveCount), expected at least {least}"
        )


def _outlasts(queue: Resource, holder: Resource, policy: Block | None) -> Iterator[Outcome]:
    if policy is None:
        made_from = [one for one in holder.made_from("redrivePolicy", QUEUE) if one is not queue]
        target = made_from[0] if len(made_from) == 1 else None
    else:
        target = holder.target("deadLetterTargetArn", QUEUE, within=policy)
    if target is None:
        return  # another stack's
    kept, own = (one.number("messageRetentionSeconds") or _RETENTION for one in (target, queue))
    if kept <= own:
        yield Finding(
            f"has dead letters that {target.name} keeps for {kept:.0f} s (messageRetentionSeconds), expected more than "
            f"its own {own:.0f}"
        )


_DEAD_LETTER_PROPERTIES = {
    QUEUE: "redrivePolicy",
    _REDRIVE: "redrivePolicy",
    FUNCTION: "deadLetterConfig",
    FUNCTION_MAPPING: "destinationConfig",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "destinationConfig",
    "aws:sns/topicSubscription:TopicSubscription": "redrivePolicy",
    "aws:cloudwatch/eventTarget:EventTarget": "deadLetterConfig",
    "aws:scheduler/schedule:Schedule": "target",
    "aws:pipes/pipe:Pipe": "sourceParameters",
}
"""Where resources name the queue for what could not be handled."""


def _takes_dead_letters(queue: Resource) -> bool:
    stack = queue.stack
    if queue.has("redriveAllowPolicy") or stack.links(_REDRIVE_ALLOW, "queueUrl").sides_of(queue):
        return True
    urns, texts_ = stack.once("dead letters", lambda: _dead_letter_targets(stack))
    return queue.urn in urns or any(
        arn in text for arn in queue.identities if arn.startswith("arn:") for text in texts_
    )


def _dead_letter_targets(stack: Stack) -> tuple[set[str], list[str]]:
    """Return what dead-letter properties were made from, and what they say where that is known."""
    urns: set[str] = set()
    said: list[str] = []
    for kind, key in _DEAD_LETTER_PROPERTIES.items():
        for one in stack.of(kind):
            urns.update(one.origins(key))
            if one.has(key) and one.knows(key):
                said.append(str(one.value(key)))
    return urns, said


@rule(
    name="queue-outlasts-its-function",
    on=FUNCTION_MAPPING,
    severity=Severity.HIGH,
    controls=_CONTINUITY,
    remedy="Set the queue's visibility_timeout_seconds to at least six times the function's timeout, and maxReceiveCount "
    "to at least five.",
    parameters={
        "factor": whole_number("Least visibility of a message, as a multiple of the function's timeout", 6, 1, 100),
        "minimumReceives": whole_number("Least value of the queue's maxReceiveCount", 5, 1, 1000),
    },
    whole_stack=True,
)
def queue_outlasts_its_function(mapping: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Hide a message for long enough that its function, throttled or slow, does not get it twice.

    Source: Lambda Developer Guide, "Configuring a queue to use with Lambda": six times the timeout, and at least five
    receives, since a throttled batch counts as received.
    """
    queue = mapping.target("eventSourceArn", QUEUE)
    if queue is None:
        raise NotApplicable("the mapping's source is no queue of the stack's")
    function = mapping.target("functionName", FUNCTION)
    if function is not None:
        yield from as_far_as_known(_hides_long_enough(queue, function, cast("int", parameters["factor"])))
    holder = _redrive(queue)
    if holder is not None:
        policy = holder.parsed("redrivePolicy")
        count, least = policy.number("maxReceiveCount"), cast("int", parameters["minimumReceives"])
        if count is None or count < least:
            told = policy.text("maxReceiveCount") or "no"
            yield Finding(
                f"reads {queue.name}, which sets a message aside after {told} attempts, expected at least {least}"
            )


def _hides_long_enough(queue: Resource, function: Resource, factor: int) -> Iterator[Outcome]:
    hidden = queue.number("visibilityTimeoutSeconds") or _VISIBILITY
    needed = factor * (function.number("timeout") or _TIMEOUT)
    if hidden < needed:
        yield Finding(
            f"reads {queue.name}, which hides a message for {hidden:.0f} s (visibilityTimeoutSeconds), expected at least "
            f"{needed:.0f}: {factor} times the timeout of {function.name}"
        )


_BATCHED = ("sqs", "kinesis", "dynamodb")


@rule(
    name="mapping-reports-partial-failures",
    on=FUNCTION_MAPPING,
    severity=Severity.MEDIUM,
    controls=_CONTINUITY,
    remedy="Set function_response_types to ReportBatchItemFailures, and have the function answer with the items that failed.",
)
def mapping_reports_partial_failures(mapping: Resource) -> Iterator[Outcome]:
    """Let a function say which messages of a batch failed: else one bad one sends all of them back."""
    if mapping.has("functionResponseTypes") and "ReportBatchItemFailures" in mapping.texts("functionResponseTypes"):
        return
    if not mapping.knows("eventSourceArn"):
        if not mapping.references("eventSourceArn", QUEUE, TABLE, "aws:kinesis/stream:Stream"):
            raise UnknownRead("eventSourceArn")
    elif mapping.text("eventSourceArn").split(":")[2:3] not in [[one] for one in _BATCHED]:
        raise NotApplicable("the mapping's source takes no partial answers")
    yield Finding("sends a whole batch back for one message (functionResponseTypes)")


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
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:CM-3", "PCI-DSS-4.0:6.5.1"),
    remedy="Set the option protect on the resource.",
    parameters={"environments": texts("Values of the tag environment that are protected", ["prod"])},
)
def stateful_resource_is_protected(resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Have the engine refuse to delete what holds state, in production.

    Of buckets those with object lock: what the others hold is on its way.
    """
    if tag(resource, "environment") not in cast("Sequence[str]", parameters["environments"]):
        raise NotApplicable("the resource is in no environment that is protected")
    if resource.type in BUCKET and not resource.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket has no object lock")
    if resource.declared.protect is None:
        raise UnknownRead("the option protect")
    if not resource.declared.protect:
        yield Finding("can be deleted by the engine (option protect)")
