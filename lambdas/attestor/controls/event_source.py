"""Controls of the event sources of functions, which are read by UUID."""

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import PendingValue, Reading

control = controls_of("event-source")


@control(
    "lambda-event-source",
    requirement="The queue invokes the expected function, with the expected concurrency, and failed messages return to the queue.",
    references=("NIST-800-53r5:SI-17", "NIST-800-53r5:SI-4"),
    rules=("mapping-reports-partial-failures",),
    alarms=("code-changed-outside-deployment", "queue-backlog-age"),
    actions=("lambda:GetEventSourceMapping",),
)
def event_source(aws: Reading, identifier: str) -> object:
    """Return state, source, function, concurrency and what the function reports; while AWS enables it, it is a pending value."""
    found = aws.call("lambda", "get_event_source_mapping", UUID=identifier)

    def value(state: str) -> dict[str, object]:
        return {
            "state": state,
            "source": found["EventSourceArn"],
            "function": found["FunctionArn"],
            "concurrency": found.get("ScalingConfig", {}).get("MaximumConcurrency"),
            "reports": found.get("FunctionResponseTypes", []),
        }

    state = found["State"]
    if state in ("Creating", "Enabling", "Updating"):
        return PendingValue(value(state), later=value("Enabled"))
    return value(state)
