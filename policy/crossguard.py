"""The rules as CrossGuard policies, inside the engine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.evaluation import evaluate
from policy.model import RULES, UNKNOWN, Block, Finding, Level, Resource, Stack, Verdict
from policy.settings import FOLDER, PackConfig, load

_UNDECIDED = "undecided"


def pack() -> PolicyPack:
    """Build the pack: one policy per rule, and one that lists what a preview could not decide."""
    policies = [_policy(name) for name in RULES]
    return PolicyPack("strongroom", policies=[*policies, _undecided()], enforcement_level=EnforcementLevel.MANDATORY)


def _policy(name: str) -> StackValidationPolicy:
    rule = RULES[name]

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in _findings(args):
            if finding.rule is rule and finding.verdict is Verdict.FAIL and finding.level is Level.MANDATORY:
                report(_text(finding), finding.resource.urn)

    return StackValidationPolicy(name, rule.description, validate, EnforcementLevel.MANDATORY)


def _undecided() -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in _findings(args):
            if finding.verdict is Verdict.UNKNOWN or (
                finding.verdict is Verdict.FAIL and finding.level is Level.ADVISORY
            ):
                report(f"{finding.rule.name}: {_text(finding)}", finding.resource.urn)

    description = (
        "What a preview cannot decide yet, and what is advisory in this stack; the deployed state is checked again."
    )
    return StackValidationPolicy(_UNDECIDED, description, validate, EnforcementLevel.ADVISORY)


def _text(finding: Finding) -> str:
    note = f" ({finding.note})" if finding.note else ""
    remedy = f" {finding.rule.remedy}" if finding.verdict is Verdict.FAIL else ""
    return f"{finding.resource.name} {finding.message}{note}.{remedy}"


def _findings(args: StackValidationArgs) -> list[Finding]:
    """Evaluate once for all policies of one validation."""
    stack = Stack([_resource(one) for one in args.resources])
    return evaluate(stack, _config(stack), datetime.now(UTC).date())


def _config(stack: Stack) -> PackConfig:
    """Return the settings of the stack that the resources' URNs name."""
    name = next((one.urn.split("::")[0].rpartition(":")[2] for one in stack.resources), "")
    file = FOLDER / f"{name}.yaml"
    return load(file) if file.exists() else PackConfig()


def _resource(resource: PolicyResource) -> Resource:
    properties = {name: _plain(resource.props, name) for name in set(resource.props)}
    dependencies = {name: tuple(one.urn for one in others) for name, others in resource.property_dependencies.items()}
    return Resource(resource.resource_type, resource.name, resource.urn, Block(properties), dependencies)


def _plain(holder: Any, key: Any) -> Any:
    """Return a property as data; the pack's proxies raise where a value is not known."""
    try:
        value = holder[key]
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {name: _plain(value, name) for name in set(value)}
    if isinstance(value, (list, tuple)) or (
        hasattr(value, "__len__") and hasattr(value, "__getitem__") and not isinstance(value, str)
    ):
        return [_plain(value, number) for number in range(len(value))]
    return value
