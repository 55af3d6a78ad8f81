"""The rules as CrossGuard policies, evaluated inside the Pulumi engine.

The engine shows the inputs of each resource before it creates the resource, and the outputs of all resources at the
end. A rule that reads its own resource alone is evaluated first, so that `pulumi up` stops before the resource exists.
A rule that reads other resources is evaluated at the end, with the inputs seen before.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import grpc
import pulumi_policy.policy
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import proto
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy import Severity as EngineSeverity

from policy.evaluation import Report, Result, Verdict, evaluate, evaluate_rule
from policy.model import Level, Props, ResourceData, Rule, Stack, Value
from policy.rules import RULES
from policy.settings import CONFIG_FOLDER, Settings, SettingsError, settings_for_stack
from policy.wire_values import decode_properties, default_tags

sdk: Any = pulumi_policy.policy
NAME = "strongroom"
ATTENTION = "needs-attention"


def run(folder: Path = CONFIG_FOLDER) -> None:
    """Serve the pack until the engine ends it.

    Parameters
    ----------
    folder
        The folder of the settings files. The pack of another program calls this function with its own folder.
    """
    # The SDK has no hook for a pack's configuration, nor for its answers.
    sdk._PolicyAnalyzerServicer = partial(Analyzer, partial(settings_for_stack, folder=folder))
    PolicyPack(NAME, policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)


def policies(rules: Iterable[Rule] = tuple(RULES.values())) -> list[Policy]:
    """Return a policy for each rule, and an advisory one for undecided rules and waivers."""
    return [*map(_policy, rules), _ATTENTION]


def _never_called(*_: object) -> None:
    raise NotImplementedError("the analyzer evaluates all policies at once and calls none by itself")


def _policy(rule: Rule) -> Policy:
    kind: Callable[..., Policy] = StackValidationPolicy if rule.whole_stack else ResourceValidationPolicy
    return kind(
        name=rule.name,
        description=rule.description,
        validate=_never_called,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=EngineSeverity(rule.severity),
        tags=list(rule.controls),
        remediation_steps=rule.remedy,
    )


_ATTENTION: Policy = StackValidationPolicy(
    name=ATTENTION,
    description="Advisory findings, rules that cannot be decided before the update, and waivers that need attention.",
    validate=_never_called,
    enforcement_level=EnforcementLevel.ADVISORY,
)


def configuration_problem(names: Iterable[str]) -> str | None:
    """Return what is wrong with the policies that the engine's configuration (`--policy-pack-config`) names, if anything.

    The engine accepts any name: `all`, which can disable every rule, and a misspelt name, which does nothing.
    """
    known = [*RULES, ATTENTION]
    for name in names:
        if name == "all":
            return (
                "the policy pack's configuration sets 'all', expected rules by name; set the levels of a stack in the "
                "pack's config/<stack>.yaml"
            )
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {nearest[0]}?)" if nearest else ""
            return f"the policy pack's configuration sets {name!r}, expected the name of a rule{hint}"
    return None


class Analyzer(sdk._PolicyAnalyzerServicer):  # type: ignore[misc]
    """The SDK's analyzer service, with its own evaluation.

    The SDK decodes every resource again for each policy, which takes longer than all rules together. And when a policy
    reads an unknown value, the SDK turns all its findings into warnings. Here each resource is decoded once, and known
    findings stay findings.

    Parameters
    ----------
    settings_of
        Returns the settings of the stack with a name.
    today
        Returns the date that decides whether a waiver has expired.
    """

    def __init__(
        self,
        settings_of: Callable[[str | None], Settings],
        name: str,
        version: str,
        served: Sequence[Policy],
        *further: Any,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        super().__init__(name, version, served, *further)
        self._settings_of = lru_cache(maxsize=None)(settings_of)
        self._today = today
        self._served = {policy.name: policy for policy in served}
        self._inputs: dict[str, Props] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Refuse a configuration that would silently disable rules."""
        if problem := configuration_problem(request.policyConfig):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, problem)
        return super().Configure(request, context)

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Refuse settings of the stack that cannot be used."""
        try:
            self._settings_of(request.stack)
        except SettingsError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the policy pack cannot start: {error}")
        return super().ConfigureStack(request, context)

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Change nothing: no rule remediates."""
        return proto.RemediateResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Apply the rules that read one resource alone to the inputs of a resource."""
        self._inputs[request.urn] = decode_properties(MessageToDict(request.properties))
        data = ResourceData(
            urn=request.urn,
            inputs=self._inputs[request.urn],
            default_tags=_default_tags(request),
            protect=request.options.protect,
        )
        (resource,) = Stack([data])
        settings = self._settings_of(resource.stack.name)
        rules = [rule for rule in self._enabled_rules() if not rule.whole_stack and rule.applies_to(resource.type)]
        response = proto.AnalyzeResponse()
        self._report_failures([evaluate_rule(rule, resource, settings, self._today()) for rule in rules], response)
        return response

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Apply the rules that read the whole stack, and report what is advisory or undecided for every rule."""
        stack = Stack([self._resource_data(resource) for resource in request.resources])
        report = evaluate(stack, self._settings_of(stack.name), self._today(), self._enabled_rules())
        response = proto.AnalyzeResponse()
        self._report_failures([result for result in report.results if result.rule.whole_stack], response)
        if self._is_enabled(_ATTENTION):
            self._report_attention(report, response)
        return response

    def _is_enabled(self, policy: Policy) -> bool:
        return bool(self._get_enforcement_level(policy) is not EnforcementLevel.DISABLED)

    def _enabled_rules(self) -> list[Rule]:
        return [RULES[name] for name, policy in self._served.items() if name in RULES and self._is_enabled(policy)]

    def _resource_data(self, resource: Any) -> ResourceData:
        """Return a resource with the inputs seen before; a resource without them is only read by the program."""
        return ResourceData(
            urn=resource.urn,
            inputs=self._inputs.get(resource.urn, {}),
            outputs=decode_properties(MessageToDict(resource.properties)),
            dependencies={key: tuple(listed.urns) for key, listed in resource.propertyDependencies.items()},
            managed=resource.urn in self._inputs,
            default_tags=_default_tags(resource),
            protect=resource.options.protect,
        )

    def _report_failures(self, results: Iterable[Result], response: Any) -> None:
        """Report the findings of mandatory rules.

        Advisory findings and undecided rules are reported at the end by `needs-attention`: the level of a policy is
        fixed before the engine says which stack it is for.
        """
        for result in results:
            if result.resource and result.verdict is Verdict.FAIL and result.level is Level.MANDATORY:
                report = self._reporter(self._served[result.rule.name], response)
                for message in _messages(result):
                    report(message, result.resource.urn)

    def _report_attention(self, evaluated: Report, response: Any) -> None:
        report = self._reporter(_ATTENTION, response)
        for result in evaluated.results:
            if result.resource is None:
                continue
            if result.verdict is Verdict.FAIL and result.level is Level.ADVISORY:
                for message in _messages(result):
                    report(f"{result.rule.name} (advisory): {message}", result.resource.urn)
            if result.unknown:
                report(_undecided(result), result.resource.urn)
        for note in evaluated.notes:
            report(note.message, None)

    def _reporter(self, policy: Policy, response: Any) -> ReportViolation:
        level = self._get_enforcement_level(policy)
        if level is EnforcementLevel.REMEDIATE:
            level = EnforcementLevel.MANDATORY  # no rule remediates
        reporter: ReportViolation = self._create_report_violation(
            response, policy.name, policy.description, level, policy.severity
        )
        return reporter


def _messages(result: Result) -> list[str]:
    name = result.resource.name if result.resource else ""
    return [f"{name} {message}. {result.rule.remedy}" for message in result.messages]


def _undecided(result: Result) -> str:
    return f"{result.rule.name} cannot be decided in this preview: {', '.join(result.unknown)} not known yet"


def _default_tags(message: Any) -> Value:
    if not message.HasField("provider"):
        return None
    return default_tags(decode_properties(MessageToDict(message.provider.properties)))
