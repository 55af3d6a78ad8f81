"""Function rules: a function's activity is recorded, and events that it cannot process are kept."""

from collections.abc import Iterator

from policy.model import Finding, NotApplicable, Outcome, Resource, Severity, UnknownRead, rule
from policy.rules._helpers.resource_types import (
    FUNCTION,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_MAPPING,
    FUNCTION_PERMISSION,
    LOG_GROUP,
    QUEUE,
)

_RECORDS = ("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12")


@rule(
    name="function-has-log-group",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=(*_RECORDS, "PCI-DSS-4.0.1:10.5.1"),
    remedy="Create a LogGroup named /aws/lambda/<function>, or set one in logging_config. Otherwise Lambda creates a log "
    "group without a key and without a retention period.",
    whole_stack=True,
)
def function_has_log_group(function: Resource) -> Iterator[Outcome]:
    """A function logs to a log group of the stack, which has a customer key and a retention period."""
    logging = function.block("loggingConfig")
    if logging.has("logGroup"):
        if function.target("logGroup", LOG_GROUP, within=logging) is None:
            yield Finding("logs to a log group outside the stack (loggingConfig.logGroup)")
        return
    groups = function.stack.of_type(LOG_GROUP)
    if function.has("name") and function.knows("name"):
        default_name = f"/aws/lambda/{function.text('name')}"
        if any(default_name in group.identities for group in groups):
            return
    if any(function.urn in group.dependency_urns("name") for group in groups):
        return
    if function.has_unknown_name and groups:
        raise UnknownRead("name")
    unnamed = [group for group in groups if not group.knows("name") and not group.dependency_urns("name")]
    if unnamed or not function.stack.complete:
        raise UnknownRead(f"name of {unnamed[0].logical_name}" if unnamed else "resources that this preview leaves out")
    yield Finding("has no log group in the stack")


@rule(
    name="function-is-traced",
    on=FUNCTION,
    severity=Severity.LOW,
    controls=("NIST-800-53r5:AU-12", "PCI-DSS-4.0.1:10.2.1"),
    remedy="Set tracing_config.mode to Active.",
)
def function_is_traced(function: Resource) -> Iterator[Outcome]:
    """A function is traced with X-Ray, which shows where the processing of a file stopped."""
    if function.block("tracingConfig").text("mode") != "Active":
        yield Finding("is not traced (tracingConfig.mode)")


@rule(
    name="function-has-failure-destination",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:SI-17",),
    remedy="Set dead_letter_config or an on-failure destination, or invoke the function from a queue that has a dead-letter queue.",
    whole_stack=True,
)
def function_has_failure_destination(function: Resource) -> Iterator[Outcome]:
    """Events that a function cannot process are kept. Without a destination for them, Lambda drops them after its retries."""
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
            return  # the queue keeps the message; queue-has-dead-letter-queue checks the queue
    permissions = function.attached(FUNCTION_PERMISSION, by="function")
    if permissions and all(permission.text("principal") in SYNCHRONOUS_CALLERS for permission in permissions):
        raise NotApplicable("all callers invoke the function synchronously and get its errors")
    yield Finding("has no destination for events that it cannot process (deadLetterConfig)")


SYNCHRONOUS_CALLERS = (
    "apigateway.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "lexv2.amazonaws.com",
)
"""Services that invoke functions synchronously (Lambda Developer Guide, "Using AWS Lambda with other services")."""
