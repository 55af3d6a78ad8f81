"""Alarms of the attestor: a control that failed, and no word of any."""

from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.sources import ATTESTOR, attestor_metric, query_attestor

_AREA = "attestation"

ALARMS = (
    Alarm(
        name="controls-failed",
        title="A control is not as it was meant",
        area=_AREA,
        source=attestor_metric("FailedControls"),
        statistic="Maximum",
        threshold=Threshold(
            value=0, unit="controls", reason="each is a difference between what was meant and what is deployed"
        ),
        severity="page",
        meaning="What is deployed differs from what was meant: somebody changed it by hand, or a deployment went wrong.",
        investigation=query_attestor('event like "control" and level = "ERROR"', "control", "resource", "message"),
        response=(
            Step(
                "The message names control, resource, expected and found. Find out who changed it, then deploy again; the next "
                "attestation has to pass.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A change by AWS of how a setting is told; the evidence in the audit bucket shows what was read.",
        panel="security",
        missing_data="ignore",
        missing_data_reason="what the last run found counts until the next; that it is silent is an alarm of its own",
        requires=(ATTESTOR,),
    ),
    Alarm(
        name="attestor-silent",
        title="The attestor does not run",
        area=_AREA,
        source=attestor_metric("Attestations"),
        period=3600,
        periods=26,
        datapoints=26,
        comparison="<",
        threshold=Threshold(
            value=1, unit="runs in each of 26 hours", reason="it runs daily, and may be late by an hour or two"
        ),
        severity="page",
        meaning="Nobody verifies the controls: the attestor fails or is not started, and the evidence has a gap.",
        investigation=query_attestor("ispresent(event)", "level", "error"),
        response=(
            Step(
                "Failures: the log has the reason. No runs: the schedule is disabled or may not invoke the function. Then "
                "attest by hand, so that the gap is short.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="The first day of a new stack.",
        panel="security",
        missing_data="breaching",
        missing_data_reason="silence is what it is for",
        requires=(ATTESTOR,),
    ),
)
