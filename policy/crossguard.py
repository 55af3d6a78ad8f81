"""The rules as CrossGuard policies, inside the engine.

The engine shows a resource's inputs before the resource is made, and all resources' outputs at the end. A rule that
needs its own resource alone speaks at the first, so that `up` stops before the resource exists; one that needs
others speaks at the end, with the inputs seen before.
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

from policy.evaluation import Report, Result, Verdict, evaluate, judge
from policy.model import Declared, Level, Props, Rule, Stack, Value
from policy.rules import RULES
from policy.settings import FOLDER, Settings, SettingsError, for_stack
from policy.wire_values import default_tags, props

sdk: Any = pulumi_policy.policy
NAME = "strongroom"
ATTENTION = "needs-attention"


def run(folder: Path = FOLDER) -> None:
    """Serve the pack until the engine ends it.

    Another program's pack is a folder of its own that calls this with its own settings' folder.
    """
    # The SDK offers no hook for what a pack is configured with, nor for how it answers.
    sdk._PolicyAnalyzerServicer = partial(Analyzer, partial(for_stack, folder=folder))
    PolicyPack(NAME, policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)


def policies(rules: Iterable[Rule] = tuple(RULES.values())) -> list[Policy]:
    """Return a policy for each rule, and an advisory one for what is undecided and for waivers."""
    return [*map(_policy, rules), _ATTENTION]


def _unasked(*_: object) -> None:
    raise NotImplementedError("the analyzer answers for all policies at once")


def _policy(rule: Rule) -> Policy:
    kind: Callable[..., Policy] = StackValidationPolicy if rule.whole_stack else ResourceValidationPolicy
    return kind(
        name=rule.name,
        description=rule.description,
        validate=_unasked,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=EngineSeverity(rule.severity),
        tags=list(rule.controls),
        remediation_steps=rule.remedy,
    )


_ATTENTION: Policy = StackValidationPolicy(
    name=ATTENTION,
    description="Advisory findings, what cannot be decided before the update, and waivers that need somebody.",
    validate=_unasked,
    enforcement_level=EnforcementLevel.ADVISORY,
)


def misconfigured(names: Iterable[str]) -> str | None:
    """Tell what is wrong with the policies that the engine's own configuration names (`--policy-pack-config`).

    The engine accepts any name: `all`, which can end all enforcement, and a misspelt one, which does nothing.
    """
    known = [*RULES, ATTENTION]
    for name in names:
        if name == "all":
            return (
                "the policy pack's configuration sets all: expected rules by name; levels of a stack belong into the "
                "pack's config/<stack>.yaml"
            )
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            return f"the policy pack's configuration sets {name}, expected a rule of the pack{hint}"
    return None


class Analyzer(sdk._PolicyAnalyzerServicer):  # type: ignore[misc]
    """The SDK's service, with its own way to judge.

    The SDK decodes every resource again for each policy, which takes more time than all rules; and a policy that reads
    an unknown value there has all that it says turned into a remark. Here a resource is decoded once.

    Attributes
    ----------
    settings_of
        Where levels, parameters and waivers of a stack come from.
    today
        Tells the day on which waivers are looked at.
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
        self._served = {one.name: one for one in served}
        self._inputs: dict[str, Props] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Refuse a configuration that would end enforcement without a word."""
        if problem := misconfigured(request.policyConfig):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, problem)
        return super().Configure(request, context)

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Refuse a stack's settings that cannot be used."""
        try:
            self._settings_of(request.stack)
        except SettingsError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the policy pack cannot start: {error}")
        return super().ConfigureStack(request, context)

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Change nothing: no rule does."""
        return proto.RemediateResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Judge the inputs of one resource by the rules that need no other."""
        self._inputs[request.urn] = props(MessageToDict(request.properties))
        declared = Declared(
            urn=request.urn,
            inputs=self._inputs[request.urn],
            parent=request.options.parent or None,
            default_tags=_default_tags(request),
            protect=request.options.protect,
        )
        (resource,) = Stack([declared])
        settings = self._settings_of(resource.stack.name)
        rules = [one for one in self._rules() if not one.whole_stack and one.judges(resource.type)]
        answer = proto.AnalyzeResponse()
        self._enforce([judge(one, resource, settings, self._today()) for one in rules], answer)
        return answer

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (the protocol's name)
        """Judge the whole stack, and tell what is advisory or undecided of every rule."""
        stack = Stack([self._declared(one) for one in request.resources])
        report = evaluate(stack, self._settings_of(stack.name), self._today(), self._rules())
        answer = proto.AnalyzeResponse()
        self._enforce([one for one in report.results if one.rule.whole_stack], answer)
        if self._is_on(_ATTENTION):
            self._attend(report, answer)
        return answer

    def _is_on(self, policy: Policy) -> bool:
        return bool(self._get_enforcement_level(policy) is not EnforcementLevel.DISABLED)

    def _rules(self) -> list[Rule]:
        return [RULES[name] for name, policy in self._served.items() if name in RULES and self._is_on(policy)]

    def _declared(self, shown: Any) -> Declared:
        """Return a resource with the inputs seen before; one that has shown none is only read by the program."""
        return Declared(
            urn=shown.urn,
            inputs=self._inputs.get(shown.urn, {}),
            outputs=props(MessageToDict(shown.properties)),
            dependencies={key: tuple(one.urns) for key, one in shown.propertyDependencies.items()},
            parent=shown.parent or None,
            managed=shown.urn in self._inputs,
            default_tags=_default_tags(shown),
            protect=shown.options.protect,
        )

    def _enforce(self, results: Iterable[Result], answer: Any) -> None:
        """Report mandatory rules' findings.

        What a rule cannot decide, and the findings of an advisory one, are told at the end: a policy's level is fixed
        before it is known which stack it is for.
        """
        for result in results:
            if result.resource and result.verdict is Verdict.FAIL and result.level is Level.MANDATORY:
                report = self._reporter(self._served[result.rule.name], answer)
                for message in _told(result):
                    report(message, result.resource.urn)

    def _attend(self, found: Report, answer: Any) -> None:
        report = self._reporter(_ATTENTION, answer)
        for result in found.results:
            if result.resource is None:
                continue
            if result.verdict is Verdict.FAIL and result.level is Level.ADVISORY:
                for message in _told(result):
                    report(f"{result.rule.name} (advisory): {message}", result.resource.urn)
            if result.unknown:
                report(_undecided(result), result.resource.urn)
        for note in found.notes:
            report(note.message, None)

    def _reporter(self, policy: Policy, answer: Any) -> ReportViolation:
        level = self._get_enforcement_level(policy)
        if level is EnforcementLevel.REMEDIATE:
            level = EnforcementLevel.MANDATORY  # no rule remedies anything
        made: ReportViolation = self._create_report_violation(
            answer, policy.name, policy.description, level, policy.severity
        )
        return made


def _told(result: Result) -> list[str]:
    name = result.resource.name if result.resource else ""
    return [f"{name} {message}. {result.rule.remedy}" for message in result.messages]


def _undecided(result: Result) -> str:
    return f"{result.rule.name} could not be decided in this preview: {', '.join(result.unknown)} not known yet"


def _default_tags(shown: Any) -> Value:
    return default_tags(props(MessageToDict(shown.provider.properties))) if shown.HasField("provider") else None
