"""All alarms, and those of one stack."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

import components.attestation.alarms
import components.audit.alarms
import components.audit.identity_alarms
import components.keys.alarms
import components.monitoring.alarms
import components.network.alarms
import components.processing.file_alarms
import components.replication.alarms
from components.data import bucket_alarms, table_alarms
from components.principals import Principals
from components.processing import alarms as processing_alarms
from components.processing import scan_alarms
from components.shared.alarms.record import Alarm, Composite
from components.shared.alarms.targets import MonitoringTargets

COMPOSITES: tuple[Composite, ...] = (processing_alarms.UNHEALTHY,)


class ThresholdError(pulumi.RunError):
    """A threshold is set for an unknown alarm, or is not a valid number."""


def all_alarms(principals: Principals) -> tuple[Alarm, ...]:
    """Return every alarm that a stack could have.

    The alarm on read volume exists once for each principal that may read, and once for everybody if no reader is named.
    """
    readers = dict.fromkeys((*principals.readers, *principals.quarantine_operators, *principals.auditors))
    return (
        *processing_alarms.ALARMS,
        *components.processing.file_alarms.ALARMS,
        *scan_alarms.ALARMS,
        *table_alarms.ALARMS,
        *bucket_alarms.ALARMS,
        *map(bucket_alarms.read_volume, [*readers, *(() if principals.readers else (None,))]),
        *components.replication.alarms.ALARMS,
        *components.keys.alarms.ALARMS,
        *components.audit.alarms.ALARMS,
        *components.network.alarms.ALARMS,
        *components.audit.identity_alarms.ALARMS,
        *components.monitoring.alarms.ALARMS,
        *components.attestation.alarms.ALARMS,
    )


def check_thresholds(thresholds: Mapping[str, float]) -> None:
    """Check the thresholds that a stack's settings give by name of an alarm.

    Raises
    ------
    ThresholdError
        A name is not the name of an alarm, or a value is not a finite number of at least 0.
    """
    known = sorted({alarm.name for alarm in all_alarms(Principals())})
    unknown = sorted(set(thresholds) - set(known))
    if unknown:
        raise ThresholdError(f"there is no alarm named {', '.join(unknown)}; expected names are {', '.join(known)}")
    for name, value in thresholds.items():
        if not (math.isfinite(value) and value >= 0):
            raise ThresholdError(f"the threshold of alarm {name} is {value}; expected a number of at least 0")


def stack_alarms(targets: MonitoringTargets[Any], thresholds: Mapping[str, float]) -> tuple[Alarm, ...]:
    """Return the alarms of a stack, with the thresholds that it sets; alarms for features that it lacks are omitted.

    Raises
    ------
    ThresholdError
        See `check_thresholds`.
    """
    check_thresholds(thresholds)
    return tuple(
        _adapted(alarm, targets, thresholds)
        for alarm in all_alarms(targets.principals)
        if all(requirement.is_met(targets) for requirement in alarm.requires)
    )


def _adapted(alarm: Alarm, targets: MonitoringTargets[Any], thresholds: Mapping[str, float]) -> Alarm:
    if alarm.outside_deployment and not targets.principals.deploy:
        alarm = replace(alarm, severity="ticket")
    if alarm.name in thresholds:
        threshold = replace(alarm.threshold, value=thresholds[alarm.name], reason="set in the stack's settings")
        alarm = replace(alarm, threshold=threshold)
    return alarm
