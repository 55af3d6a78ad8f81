"""Alarms of rights and code: who may do what, what the functions run, and what the queues let in."""

from components.alarms.conditions import by, by_itself, by_others, either, equals, pattern
from components.alarms.record import Alarm, Threshold
from components.alarms.shared import DEPLOYERS_NAMED, TRAIL, ask_trail, in_trail
from components.alarms.watched import Watched

_AREA = "identity"
_GUARDS = ("s3", "iam", "ec2", "kms", "cloudtrail", "dynamodb", "sns", "monitoring", "logs", "lambda")
"""The services whose settings are what guards the records."""


def _roles_changed(watched: Watched[str]) -> str:
    roles = [*(one.role_arn for one in watched.functions), *watched.service_role_arns]
    return pattern(
        equals("$.eventSource", "iam.amazonaws.com"),
        "$.readOnly IS FALSE",
        equals("$.requestParameters.roleName", *(arn.rpartition("/")[2] for arn in roles)),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
    )


def _code_changed(watched: Watched[str]) -> str:
    names = [one.name for one in watched.functions]
    return pattern(
        equals("$.eventSource", "lambda.amazonaws.com"),
        "$.readOnly IS FALSE",
        either(
            [
                # A request names a function by name or ARN; one on an event source has it in the answer alone.
                equals("$.requestParameters.functionName", *(f"*{name}" for name in names)),
                equals("$.responseElements.functionArn", *(f"*:{name}" for name in names)),
            ]
        ),
        equals("$.eventCategory", "Management"),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
    )


def _queues_changed(watched: Watched[str]) -> str:
    return pattern(
        equals("$.eventSource", "sqs.amazonaws.com"),
        equals("$.eventName", "SetQueueAttributes", "AddPermission", "RemovePermission", "PurgeQueue", "DeleteQueue"),
        equals(
            "$.requestParameters.queueUrl",
            *(f"*/{name}" for name in (watched.processing.queue, watched.processing.dead_letters)),
        ),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
    )


def _deployed(watched: Watched[str]) -> str:
    return pattern(
        equals("$.eventCategory", "Management"),
        "$.readOnly IS FALSE",
        equals("$.eventSource", *(f"{service}.amazonaws.com" for service in _GUARDS)),
        by(*watched.principals.deploy),
    )


ALARMS = (
    Alarm(
        name="roles-changed-by-others",
        title="A role was changed by hand",
        area=_AREA,
        source=in_trail(_roles_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change roles"),
        severity="page",
        means="Somebody else changed a role of the stack, its policies, its trust or its boundary, or tried to: what a "
        "function may do, or who may act as it, is another thing now.",
        look=ask_trail(
            'eventSource = "iam.amazonaws.com" and readOnly = 0',
            "requestParameters.roleName",
            "requestParameters.policyName",
            "errorCode",
        ),
        do="Deploy again to restore inline policies and trust; detach what the stack does not know. The attestor then says "
        "whether all is as it was meant.",
        false="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
    Alarm(
        name="code-changed-by-others",
        title="A function was changed by hand",
        area=_AREA,
        source=in_trail(_code_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change functions"),
        severity="page",
        means="Somebody else changed the code, the environment, the rights or the event source of a function that sees "
        "records, or tried to.",
        look=ask_trail(
            'eventSource = "lambda.amazonaws.com" and readOnly = 0', "requestParameters.functionName", "errorCode"
        ),
        do="Stop the function (aws lambda put-function-concurrency with 0), deploy again, and compare its checksum with the "
        "release. What it wrote in between is suspect.",
        false="Work under break-glass that was announced, or a stop as this very runbook says.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
    Alarm(
        name="queues-changed-by-others",
        title="A queue was changed or emptied by hand",
        area=_AREA,
        source=in_trail(_queues_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change queues"),
        severity="page",
        means="Somebody else changed a queue's policy or settings, or emptied it, or tried to: files may be lost, or come "
        "from elsewhere.",
        look=ask_trail('eventSource = "sqs.amazonaws.com" and readOnly = 0', "requestParameters.queueUrl", "errorCode"),
        do="Deploy again to restore the settings. Emptied: the sweep names the files that have no manifest; copy each "
        "object onto itself.",
        false="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
    Alarm(
        name="guards-changed-by-deploy",
        title="A deployment changed guards",
        area=_AREA,
        source=in_trail(_deployed),
        threshold=Threshold(
            value=0, unit="changes in 5 minutes", reason="each deployment is compared with what was approved"
        ),
        severity="ticket",
        means="The deploy principals changed the network, roles, policies, keys, storage, the trail, alarms or code.",
        look=ask_trail(
            f'eventCategory = "Management" and readOnly = 0 and eventSource like /^({"|".join(_GUARDS)})[.]/',
            "eventSource",
            "errorCode",
        ),
        do="Find the merge that it belongs to, and close the ticket. None: the deploy credentials are in other hands; "
        "disable them, and deploy the last release again.",
        false="A deployment that was approved: that is the common case.",
        panel="security",
        is_event=True,
        needs=(TRAIL, DEPLOYERS_NAMED),
    ),
)
