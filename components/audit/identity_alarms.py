"""Alarms of rights and code: who may do what, what the functions run, and what the queues let in."""

from components.shared.alarms.conditions import (
    any_of,
    called_by,
    called_directly_or_through,
    equals,
    not_called_by,
    pattern,
)
from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.sources import DEPLOYERS_NAMED, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "identity"
_GUARDS = ("s3", "iam", "ec2", "kms", "cloudtrail", "dynamodb", "sns", "monitoring", "logs", "lambda")
"""The services whose settings are what guards the records."""


def _roles_changed(targets: MonitoringTargets[str]) -> str:
    roles = [*(one.role_arn for one in targets.functions), *targets.service_role_arns]
    return pattern(
        equals("$.eventSource", "iam.amazonaws.com"),
        "$.readOnly IS FALSE",
        equals("$.requestParameters.roleName", *(arn.rpartition("/")[2] for arn in roles)),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _code_changed(targets: MonitoringTargets[str]) -> str:
    names = [one.name for one in targets.functions]
    return pattern(
        equals("$.eventSource", "lambda.amazonaws.com"),
        "$.readOnly IS FALSE",
        any_of(
            [
                # A request names a function by name or ARN; one on an event source has it in the answer alone.
                equals("$.requestParameters.functionName", *(f"*{name}" for name in names)),
                equals("$.responseElements.functionArn", *(f"*:{name}" for name in names)),
            ]
        ),
        equals("$.eventCategory", "Management"),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _queues_changed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventSource", "sqs.amazonaws.com"),
        equals("$.eventName", "SetQueueAttributes", "AddPermission", "RemovePermission", "PurgeQueue", "DeleteQueue"),
        equals(
            "$.requestParameters.queueUrl",
            *(f"*/{name}" for name in (targets.processing.queue, targets.processing.dead_letter_queue)),
        ),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _deployed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventCategory", "Management"),
        "$.readOnly IS FALSE",
        equals("$.eventSource", *(f"{service}.amazonaws.com" for service in _GUARDS)),
        called_by(*targets.principals.deploy),
    )


ALARMS = (
    Alarm(
        name="roles-changed-outside-deployment",
        title="A role was changed by hand",
        area=_AREA,
        source=in_trail(_roles_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change roles"),
        severity="page",
        meaning="Somebody else changed a role of the stack, its policies, its trust or its boundary, or tried to: what a "
        "function may do, or who may act as it, is another thing now.",
        investigation=query_trail(
            'eventSource = "iam.amazonaws.com" and readOnly = 0',
            "requestParameters.roleName",
            "requestParameters.policyName",
            "errorCode",
        ),
        response=(
            Step(
                "Deploy again to restore inline policies and trust; detach what the stack does not know. The attestor then says "
                "whether all is as it was meant.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="code-changed-outside-deployment",
        title="A function was changed by hand",
        area=_AREA,
        source=in_trail(_code_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change functions"),
        severity="page",
        meaning="Somebody else changed the code, the environment, the rights or the event source of a function that sees "
        "records, or tried to.",
        investigation=query_trail(
            'eventSource = "lambda.amazonaws.com" and readOnly = 0', "requestParameters.functionName", "errorCode"
        ),
        response=(
            Step(
                "Stop the function (aws lambda put-function-concurrency with 0), deploy again, and compare its checksum with the "
                "release. What it wrote in between is suspect.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced, or a stop as this very runbook says.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="queues-changed-outside-deployment",
        title="A queue was changed or emptied by hand",
        area=_AREA,
        source=in_trail(_queues_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change queues"),
        severity="page",
        meaning="Somebody else changed a queue's policy or settings, or emptied it, or tried to: files may be lost, or come "
        "from elsewhere.",
        investigation=query_trail(
            'eventSource = "sqs.amazonaws.com" and readOnly = 0', "requestParameters.queueUrl", "errorCode"
        ),
        response=(
            Step(
                "Deploy again to restore the settings. Emptied: the sweep names the files that have no manifest; copy each "
                "object onto itself.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="deployment-changed-guardrails",
        title="A deployment changed guards",
        area=_AREA,
        source=in_trail(_deployed),
        threshold=Threshold(
            value=0, unit="changes in 5 minutes", reason="each deployment is compared with what was approved"
        ),
        severity="ticket",
        meaning="The deploy principals changed the network, roles, policies, keys, storage, the trail, alarms or code.",
        investigation=query_trail(
            f'eventCategory = "Management" and readOnly = 0 and eventSource like /^({"|".join(_GUARDS)})[.]/',
            "eventSource",
            "errorCode",
        ),
        response=(
            Step(
                "Find the merge that it belongs to, and close the ticket. None: the deploy credentials are in other hands; "
                "disable them, and deploy the last release again.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A deployment that was approved: that is the common case.",
        panel="security",
        is_event=True,
        requires=(TRAIL, DEPLOYERS_NAMED),
    ),
)
