"""Alarms of the attestor: failed controls, and missing runs."""

from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.sources import ATTESTOR, attestor_metric, query_attestor

_AREA = "attestation"

ALARMS = (
    Alarm(
        name="controls-failed",
        title="A control failed",
        area=_AREA,
        source=attestor_metric("FailedControls"),
        statistic="Maximum",
        threshold=Threshold(
            value=0, unit="controls", reason="each is a difference between the expected and the actual state"
        ),
        severity="page",
        meaning="The actual state of a resource differs from its expected state: drift, or an incomplete deployment.",
        impact="A guardrail may not be in force.",
        investigation=query_attestor('event like "control" and level = "ERROR"', "control", "resource", "message"),
        response=(
            Step("Read the message: it names control, resource, expected and found.", by="auditor"),
            Step("Find out in the trail who changed the resource.", by="auditor"),
            Step("Deploy the stack again with a refresh. The attestor runs at its end and must pass.", by="deployer"),
        ),
        false_positives="AWS reports a setting in a new form; the evidence in the audit bucket shows what was read.",
        panel="security",
        missing_data="ignore",
        missing_data_reason="the result of the latest run counts until the next; attestor-silent reports missing runs",
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
            value=1, unit="runs in each of 26 hours", reason="it runs daily, and may be an hour or two late"
        ),
        severity="page",
        meaning="The attestor fails, or its schedule does not invoke it.",
        impact="Nobody verifies the controls, and the evidence has a gap.",
        investigation=query_attestor("ispresent(event)", "level", "error"),
        response=(
            Step("If runs fail, the log gives the reason. Fix it and deploy.", by="deployer"),
            Step("If there are no runs, deploy with a refresh, which restores schedule and role.", by="deployer"),
            Step(
                "Invoke the attestor by hand, to keep the gap short.", by="operator", actions=("lambda:InvokeFunction",)
            ),
        ),
        false_positives="The first day of a new stack.",
        panel="security",
        missing_data="breaching",
        missing_data_reason="the alarm exists to report silence",
        requires=(ATTESTOR,),
    ),
)
