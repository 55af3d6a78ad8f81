"""Controls of EventBridge schedules, which are read as `<group>/<schedule>`."""

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

control = controls_of("schedule")


@control(
    "scheduler-schedule",
    requirement="The schedule is enabled, and invokes the expected function at the expected times.",
    references=("NIST-800-53r5:SI-4", "NIST-800-53r5:CA-7"),
    no_rule="Any schedule may be right; whether it is enabled can change after the deployment.",
    alarms=("reconciler-silent", "attestor-silent"),
    actions=("scheduler:GetSchedule",),
)
def schedule(aws: Reading, name: str) -> object:
    """Return state, expression, target and role."""
    group, _, schedule_name = name.partition("/")
    found = aws.call("scheduler", "get_schedule", GroupName=group, Name=schedule_name)
    return {
        "state": found["State"],
        "expression": found["ScheduleExpression"],
        "target": found["Target"]["Arn"],
        "role": found["Target"]["RoleArn"],
    }
