"""All alarms, and those of one stack."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from components.attestation import alarms as attestation
from components.audit import alarms as trail
from components.audit import identity_alarms as identity
from components.data import bucket_alarms as storage
from components.data import table_alarms as table
from components.keys import alarms as keys
from components.monitoring import alarms as notification
from components.network import alarms as network
from components.principals import Principals
from components.processing import alarms as processing
from components.processing import file_alarms as files
from components.shared.alarms.record import Alarm, Composite
from components.shared.alarms.targets import MonitoringTargets

COMPOSITES: tuple[Composite, ...] = (processing.UNHEALTHY,)

_OVERRIDDEN = "set in the stack's configuration"


class ThresholdError(pulumi.RunError):
    """A threshold is set for an alarm that there is not, or is no number."""


def all_alarms(principals: Principals) -> tuple[Alarm, ...]:
    """Return every alarm that there is, whatever a stack has.

    Of how much is read there is one for each principal that may read, and one for all where no reader is named.
    """
    reading = dict.fromkeys((*principals.readers, *principals.quarantine_operators, *principals.auditors))
    return (
        *processing.ALARMS,
        *files.ALARMS,
        *table.ALARMS,
        *storage.ALARMS,
        *map(storage.reads_of, [*reading, *(() if principals.readers else (None,))]),
        *keys.ALARMS,
        *trail.ALARMS,
        *network.ALARMS,
        *identity.ALARMS,
        *notification.ALARMS,
        *attestation.ALARMS,
    )


def check_thresholds(thresholds: Mapping[str, float]) -> None:
    """Check the thresholds that a stack's configuration sets by the name of an alarm.

    Raises
    ------
    ThresholdError
        A name is none of an alarm's, or a value is no finite number from 0; the message lists the known names.
    """
    known = sorted({one.name for one in all_alarms(Principals())})
    unknown = sorted(set(thresholds) - set(known))
    if unknown:
        raise ThresholdError(f"there is no alarm {', '.join(unknown)}; the alarms are {', '.join(known)}")
    for name, value in thresholds.items():
        if not (math.isfinite(value) and value >= 0):
            raise ThresholdError(f"the threshold of alarm {name} is {value}, expected a number from 0")


def alarms_of(targets: MonitoringTargets[Any], thresholds: Mapping[str, float]) -> tuple[Alarm, ...]:
    """Return the alarms of a stack: those whose needs it meets, with the thresholds that it sets.

    Raises
    ------
    ThresholdError
        As of `check_thresholds`.
    """
    check_thresholds(thresholds)
    return tuple(
        _fitted(one, targets, thresholds)
        for one in all_alarms(targets.principals)
        if all(need.is_met(targets) for need in one.needs)
    )


def _fitted(alarm: Alarm, targets: MonitoringTargets[Any], thresholds: Mapping[str, float]) -> Alarm:
    if alarm.outside_deployment and not targets.principals.deploy:
        alarm = replace(alarm, severity="ticket")
    if alarm.name in thresholds:
        threshold = replace(alarm.threshold, value=thresholds[alarm.name], reason=_OVERRIDDEN)
        alarm = replace(alarm, threshold=threshold)
    return alarm
