"""Reads the actual value of every check, in rounds: a value that may still become right is read again."""

from collections.abc import Mapping, Sequence

from lambdas.attestor.expected_state import Check
from lambdas.attestor.findings import same
from lambdas.attestor.reading import Clients, Location, PendingValue, ReadFailure, Reading
from lambdas.shared.errors import describe_with_message, is_transient
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry


def read_actual_state(
    checks: Sequence[Check], clients: Clients, budget: RetryBudget, telemetry: Telemetry
) -> Mapping[Check, object]:
    """Return the actual value of each check: a value, a `PendingValue` or a `ReadFailure`.

    Parameters
    ----------
    clients
        Returns the boto3 client of a service.
    """
    actual: dict[Check, object] = {}
    attempt, remaining = 0, list(checks)
    while remaining:
        readings: dict[Location | None, Reading] = {}
        for check in remaining:
            reading = readings.setdefault(check.location, Reading(clients, check.location))
            actual[check] = _read(check, reading, budget, telemetry)
        remaining = [check for check in remaining if _is_worth_a_retry(check, actual[check], budget)]
        if remaining:
            telemetry.log("INFO", "reading again", controls=len(remaining), attempt=attempt + 1)
            budget.pause(attempt)
        attempt += 1
    return actual


def _read(check: Check, reading: Reading, budget: RetryBudget, telemetry: Telemetry) -> object:
    try:
        budget.check_deadline()
        return check.control.read(reading, check.resource)
    except Exception as error:  # an error of one control must not stop the others
        reason = describe_with_message(error)
        telemetry.log("WARN", "control not read", control=check.control.id, resource=check.resource, error=reason)
        return ReadFailure(f"it could not be read: {reason}", is_transient(error))


def _is_worth_a_retry(check: Check, actual: object, budget: RetryBudget) -> bool:
    if isinstance(actual, ReadFailure):
        return budget.allows_retry(transient=actual.transient)
    value = actual.later if isinstance(actual, PendingValue) else actual
    return not same(check.expected, value) and budget.allows_retry(transient=False)
