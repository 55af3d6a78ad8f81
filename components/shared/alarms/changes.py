"""Alarms on changes that no deployment made."""

from collections.abc import Callable, Sequence

from components.shared.alarms.conditions import CALLED_DIRECTLY, called_directly_or_through, not_called_by, pattern
from components.shared.alarms.record import Alarm, Query, Requirement, Step, Threshold
from components.shared.alarms.sources import TRAIL, in_trail
from components.shared.alarms.targets import MonitoringTargets

ANNOUNCED_EMERGENCY = "Announced work by break-glass principals."


def changed_outside_deployment(
    *,
    name: str,
    title: str,
    area: str,
    subject: str,
    changes: Callable[[MonitoringTargets[str]], Sequence[str]],
    meaning: str,
    impact: str,
    investigation: Query,
    response: tuple[Step, ...],
    false_positives: str = ANNOUNCED_EMERGENCY,
    through_cloudformation: bool = True,
    requires: tuple[Requirement, ...] = (),
) -> Alarm:
    """Return an alarm that pages when anybody but a deploy principal changes something, or tries to.

    Parameters
    ----------
    name
        Name before `-changed-outside-deployment`.
    subject
        What only deploy principals change, in the plural.
    changes
        Conditions, of which all hold for an event that is such a change.
    through_cloudformation
        Whether changes through CloudFormation count. They do not where AWS services make such calls for their users.
    requires
        Features besides the trail without which the alarm is omitted.
    """

    def filter_pattern(targets: MonitoringTargets[str]) -> str:
        caller = called_directly_or_through("cloudformation") if through_cloudformation else CALLED_DIRECTLY
        return pattern(*changes(targets), caller, not_called_by(*targets.principals.deploy))

    return Alarm(
        name=f"{name}-changed-outside-deployment",
        title=title,
        area=area,
        source=in_trail(filter_pattern),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason=f"only the deploy principals change {subject}"
        ),
        severity="page",
        meaning=meaning,
        impact=impact,
        investigation=investigation,
        response=response,
        false_positives=false_positives,
        panel="security",
        is_event=True,
        requires=(TRAIL, *requires),
        outside_deployment=True,
    )
