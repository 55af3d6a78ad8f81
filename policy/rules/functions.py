"""Function rules: what a function does is recorded, and what it cannot handle is kept."""

from collections.abc import Iterator

from policy.model import (
    Finding,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    UnknownRead,
    rule,
)
from policy.rules._helpers.resource_types import (
    FUNCTION,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_MAPPING,
    FUNCTION_PERMISSION,
    LOG_GROUP,
    QUEUE,
)

_RECORDS = ("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12")


@rule(
    name="function-has-log-group",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=(*_RECORDS, "PCI-DSS-4.0:10.5.1"),
    remedy="Add a LogGroup named /aws/lambda/<function>, or name one in logging_config; Lambda else makes one without "
    "key and retention.",
    whole_stack=True,
)
def function_has_log_group(function: Resource) -> Iterator[Outcome]:
    """Give a function a log group of the stack's own, which then has its key and its retention."""
    logging = function.block("loggingConfig")
    if logging.has("logGroup"):
        if function.target("logGroup", LOG_GROUP, within=logging) is None:
            yield Finding("logs into a group that is not the stack's (loggingConfig.logGroup)")
        return
    groups = function.stack.of(LOG_GROUP)
    if function.has("name") and function.knows("name"):
        wanted = f"/aws/lambda/{function.text('name')}"
        if any(wanted in group.identities for group in groups):
            return
    if any(function.urn in group.origins("name") for group in groups):
        return
    if function.is_yet_unnamed and groups:
        raise UnknownRead("name")
    unnamed = [group for group in groups if not group.knows("name") and not group.origins("name")]
    if unnamed or not function.stack.complete:
        raise UnknownRead(f"name of {unnamed[0].logical_name}" if unnamed else "resources that this preview leaves out")
    yield Finding("has no log group of the stack's")


@rule(
    name="function-is-traced",
    on=FUNCTION,
    severity=Severity.LOW,
    controls=("NIST-800-53r5:AU-12", "PCI-DSS-4.0:10.2.1"),
    remedy="Set tracing_config.mode to Active.",
)
def function_is_traced(function: Resource) -> Iterator[Outcome]:
    """Trace a function's calls: where a file got lost is then seen."""
    if function.block("tracingConfig").text("mode") != "Active":
        yield Finding("is not traced (tracingConfig.mode)")


@rule(
    name="function-has-dead-letters",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:SI-11", "PCI-DSS-4.0:10.7.2"),
    remedy="Set dead_letter_config, an on-failure destination, or feed the function from a queue that has one.",
    whole_stack=True,
)
def function_has_dead_letters(function: Resource) -> Iterator[Outcome]:
    """Keep what a function could not handle: without a place for it AWS drops it after its retries."""
    if function.block("deadLetterConfig").has("targetArn"):
        return
    for config in function.attached(FUNCTION_INVOKE_CONFIG, by="functionName"):
        if config.block("destinationConfig").block("onFailure").has("destination"):
            return
    for mapping in function.attached(FUNCTION_MAPPING, by="functionName"):
        if mapping.block("destinationConfig").block("onFailure").has("destinationArn"):
            return
        queue = mapping.target("eventSourceArn", QUEUE)
        if queue is not None or ":sqs:" in mapping.text("eventSourceArn"):
            return  # the queue keeps it, which queue-has-dead-letters judges
    callers = [one.text("principal") for one in function.attached(FUNCTION_PERMISSION, by="function")]
    if callers and all(one in WAITING for one in callers):
        raise NotApplicable("whoever calls the function waits for its answer, and hears of a failure")
    yield Finding("has no place for what it cannot handle (deadLetterConfig)")


WAITING = (
    "apigateway.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "lexv2.amazonaws.com",
)
"""Services that call a function and wait for its answer (Lambda Developer Guide, "Using AWS Lambda with other services")."""
