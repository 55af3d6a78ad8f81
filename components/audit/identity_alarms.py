"""Alarms of permissions and code: changes of roles and functions, and what deployments change."""

from collections.abc import Sequence

from components.shared.alarms.changes import ANNOUNCED_EMERGENCY, changed_outside_deployment
from components.shared.alarms.conditions import any_of, called_by, equals, pattern
from components.shared.alarms.record import Alarm, Step, Threshold
from components.shared.alarms.responses import CHECK_CONTROLS, DENY_PRINCIPAL
from components.shared.alarms.sources import DEPLOYERS_NAMED, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "identity"
_GUARDRAIL_SERVICES = (
    "s3", "iam", "ec2", "route53resolver", "kms", "cloudtrail", "dynamodb", "sns", "monitoring", "logs", "lambda", "guardduty",
)  # fmt: skip
"""Services whose settings protect the records."""


def _roles_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    return [
        equals("$.eventSource", "iam.amazonaws.com"),
        "$.readOnly IS FALSE",
        # Every role of the stack has a name of its own that begins with the stack's prefix.
        equals("$.requestParameters.roleName", targets.context.name("*")),
    ]


def _code_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    names = [function.name for function in targets.functions]
    return [
        equals("$.eventSource", "lambda.amazonaws.com"),
        "$.readOnly IS FALSE",
        any_of(
            [
                # A request names a function by name or ARN; one about an event source has it only in the response.
                # Either may end with a version or an alias.
                equals("$.requestParameters.functionName", *(f"*{name}*" for name in names)),
                equals("$.responseElements.functionArn", *(f"*:{name}*" for name in names)),
            ]
        ),
        equals("$.eventCategory", "Management"),
    ]


def _deployed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventCategory", "Management"),
        "$.readOnly IS FALSE",
        equals("$.eventSource", *(f"{service}.amazonaws.com" for service in _GUARDRAIL_SERVICES)),
        called_by(*targets.principals.deploy),
    )


ALARMS = (
    changed_outside_deployment(
        name="roles",
        title="A role was changed outside a deployment",
        area=_AREA,
        subject="roles",
        changes=_roles_changed,
        meaning="Someone other than a deploy principal changed a role of the stack, its policies, trust policy or permissions boundary, "
        "or tried to.",
        impact="A function may do more than it needs, or someone else may act as the function.",
        investigation=query_trail(
            'eventSource = "iam.amazonaws.com" and readOnly = 0',
            "requestParameters.roleName",
            "requestParameters.policyName",
            "errorCode",
        ),
        response=(
            Step(
                "Deploy the stack again with a refresh, which restores inline policies and trust policies.",
                by="deployer",
            ),
            Step("Detach policies that the stack does not contain.", by="deployer"),
            CHECK_CONTROLS,
        ),
    ),
    changed_outside_deployment(
        name="code",
        title="A function was changed outside a deployment",
        area=_AREA,
        subject="functions",
        changes=_code_changed,
        meaning="Someone other than a deploy principal changed the code, environment, permissions or event source of a function, or "
        "tried to.",
        impact="Other code may process records. Everything that it wrote since is suspect.",
        investigation=query_trail(
            'eventSource = "lambda.amazonaws.com" and readOnly = 0', "requestParameters.functionName", "errorCode"
        ),
        response=(
            Step("Stop the function: aws lambda put-function-concurrency with 0.", by="deployer"),
            Step(
                "Deploy the stack again with a refresh, and compare the code's checksum with the release.",
                by="deployer",
            ),
            Step("List the results written in between, and process their files again.", by="operator"),
        ),
        false_positives=f"{ANNOUNCED_EMERGENCY} Stopped by someone following this runbook.",
    ),
    Alarm(
        name="deployment-changed-guardrails",
        title="A deployment changed guardrails",
        area=_AREA,
        source=in_trail(_deployed),
        threshold=Threshold(
            value=0, unit="changes in 5 minutes", reason="someone compares each deployment with what was approved"
        ),
        severity="ticket",
        meaning="The deploy principals changed the network, roles, policies, keys, storage, the trail, alarms or code.",
        impact="None if the change was approved.",
        investigation=query_trail(
            f'eventCategory = "Management" and readOnly = 0 and eventSource like /^({"|".join(_GUARDRAIL_SERVICES)})[.]/',
            "eventSource",
            "errorCode",
        ),
        response=(
            Step("Find the merge that the deployment belongs to, and close the ticket.", by="auditor"),
            Step(
                f"If there is none, the deploy credentials are stolen. {DENY_PRINCIPAL.text}",
                by="break-glass",
                actions=DENY_PRINCIPAL.actions,
            ),
            Step("Deploy the last release again with new credentials.", by="deployer"),
        ),
        false_positives="An approved deployment, which is the usual case.",
        panel="security",
        is_event=True,
        requires=(TRAIL, DEPLOYERS_NAMED),
    ),
)
