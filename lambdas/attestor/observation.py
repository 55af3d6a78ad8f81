"""Reads back what the checks ask for, in rounds: what may still become right is read again."""

from collections.abc import Callable, Mapping, Sequence

from lambdas.attestor.intent import Check
from lambdas.attestor.readers import READERS
from lambdas.attestor.reading import Awaited, Client, Reading
from lambdas.attestor.verdict import Unreadable, same
from lambdas.shared.errors import describe_with_message, is_transient
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry


def observe(
    checks: Sequence[Check], client: Callable[[str], Client], budget: RetryBudget, telemetry: Telemetry
) -> Mapping[Check, object]:
    """Return what was read for each check: a value, an `Awaited` one, or an `Unreadable`.

    Parameters
    ----------
    client
        Gives the boto3 client of a service.
    """
    observed: dict[Check, object] = {}
    attempt, due = 0, list(checks)
    while due:
        reading = Reading(client)
        observed |= {check: _read(check, reading, budget, telemetry) for check in due}
        due = [check for check in due if _open(check, observed[check], budget)]
        if due:
            telemetry.log("INFO", "reading again", controls=len(due), attempt=attempt + 1)
            budget.pause(attempt)
        attempt += 1
    return observed


def _read(check: Check, reading: Reading, budget: RetryBudget, telemetry: Telemetry) -> object:
    try:
        budget.check_deadline()
        return READERS[check.control.id](reading, check.resource)
    except Exception as error:  # whatever ails one control, the others are attested
        telemetry.log(
            "WARN",
            "control not read",
            control=check.control.id,
            resource=check.resource,
            error=describe_with_message(error),
        )
        return Unreadable(f"it could not be read: {describe_with_message(error)}", is_transient(error))


def _open(check: Check, observed: object, budget: RetryBudget) -> bool:
    """Whether another reading may end better."""
    if isinstance(observed, Unreadable):
        return budget.allows_retry(transient=observed.passing)
    value = observed.later if isinstance(observed, Awaited) else observed
    return not same(check.expected, value) and budget.allows_retry(transient=False)
