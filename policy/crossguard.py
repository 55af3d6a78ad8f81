"""The rules as CrossGuard policies, inside the engine.

The engine shows a resource's inputs before the resource is made, and all resources' outputs at the end. A rule that
needs its own resource alone speaks at the first, so that `up` stops before the resource exists; one that needs
others speaks at the end, with the inputs seen before.

A policy's callback never reads an unknown value through the SDK's proxies: one such read would turn all that the
policy has to say into a remark.
"""

import difflib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import grpc
import pulumi_policy.policy
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as EngineSeverity
from pulumi_policy.proxy import UnknownValueError

from policy.evaluation import Result, Verdict, evaluate, judge
from policy.markers import default_tags, plain
from policy.model import UNKNOWN, Declared, Level, Props, Resource, Rule, Stack, Value
from policy.rules import RULES
from policy.settings import FOLDER, Settings, SettingsError, for_stack

sdk: Any = pulumi_policy.policy
NAME = "strongroom"
ATTENTION = "needs-attention"


def run(folder: Path = FOLDER) -> None:
    """Serve the pack until the engine ends it.

    Another program's pack is a folder of its own that calls this with its own settings' folder.
    """
    settings_of = partial(for_stack, folder=folder)

    class Analyzer(sdk._PolicyAnalyzerServicer):  # type: ignore[misc]  # the SDK offers no hook for what it is configured with
        """The SDK's service, which refuses a configuration that would end enforcement without a word."""

        def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
            if problem := misconfigured(request.policyConfig):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, problem)
            return super().Configure(request, context)

        def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
            try:
                settings_of(request.stack)
            except SettingsError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the policy pack cannot start: {error}")
            return super().ConfigureStack(request, context)

    sdk._PolicyAnalyzerServicer = Analyzer
    PolicyPack(NAME, policies=Pack(settings_of).policies(), enforcement_level=EnforcementLevel.MANDATORY)


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


class Pack:
    """The policies, and the inputs that they have seen.

    Attributes
    ----------
    settings_of
        Where levels, parameters and waivers of a stack come from.
    today
        Tells the day on which waivers are looked at.
    rules
        The rules to serve.
    """

    def __init__(
        self,
        settings_of: Callable[[str | None], Settings] = for_stack,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        rules: Sequence[Rule] = tuple(RULES.values()),
    ) -> None:
        self._settings_of = lru_cache(maxsize=None)(settings_of)
        self._today = today
        self._rules = rules
        self._inputs: dict[str, Props] = {}
        self._round = Round()

    def policies(self) -> list[Policy]:
        """Return a policy for each rule, and an advisory one for what is undecided and for waivers."""
        return [*map(self._policy, self._rules), self._attention()]

    def _policy(self, rule: Rule) -> Policy:
        kind: Callable[..., Policy] = StackValidationPolicy if rule.whole_stack else ResourceValidationPolicy
        return kind(
            name=rule.name,
            description=rule.description,
            validate=self._on_stack(rule) if rule.whole_stack else self._on_resource(rule),
            enforcement_level=EnforcementLevel.MANDATORY,
            severity=EngineSeverity(rule.severity),
            tags=list(rule.controls),
            remediation_steps=rule.remedy,
        )

    def _on_resource(self, rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            self._judge(rule, self._round.of(rule.name, args.urn, lambda: self._alone(args)), report)

        return validate

    def _on_stack(self, rule: Rule) -> Callable[[StackValidationArgs, ReportViolation], None]:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            self._judge(rule, self._whole(rule.name, args), report)

        return validate

    def _judge(self, rule: Rule, stack: Stack, report: ReportViolation) -> None:
        """Report a mandatory rule's findings.

        What it cannot decide, and the findings of an advisory one, are told at the end: a policy's level is fixed before
        it is known which stack it is for.
        """
        settings = self._settings_of(stack.name)
        if settings.level(rule) is Level.ADVISORY:
            return
        for resource in filter(rule.applies_to, stack):
            result = judge(rule, resource, settings, self._today())
            if result.verdict is Verdict.FAIL:
                for message in result.messages:
                    report(_told(resource, message, rule), resource.urn)

    def _attention(self) -> Policy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            stack = self._whole(ATTENTION, args)
            found = evaluate(stack, self._settings_of(stack.name), self._today(), self._rules)
            for result in found.results:
                if result.resource is None:
                    continue
                if result.verdict is Verdict.FAIL and result.level is Level.ADVISORY:
                    for message in result.messages:
                        told = _told(result.resource, message, result.rule)
                        report(f"{result.rule.name} (advisory): {told}", result.resource.urn)
                if result.unknown:
                    report(_undecided(result), result.resource.urn)
            for note in found.notes:
                report(note.message, None)

        policy: Policy = StackValidationPolicy(
            name=ATTENTION,
            description="Advisory findings, what cannot be decided before the update, and waivers that need somebody.",
            validate=validate,
            enforcement_level=EnforcementLevel.ADVISORY,
        )
        return policy

    def _alone(self, args: ResourceValidationArgs) -> Stack:
        """Return a resource's inputs as a stack of its own."""
        self._inputs[args.urn] = _props(args.props)
        declared = Declared(
            urn=args.urn,
            inputs=self._inputs[args.urn],
            parent=args.opts.parent,
            default_tags=_default_tags(args.provider),
            protect=args.opts.protect,
        )
        return Stack([declared])

    def _whole(self, asker: str, args: StackValidationArgs) -> Stack:
        """Return the stack with the inputs seen before.

        A resource that has shown none is only read by the program; with every rule on resources disabled none has.
        """
        return self._round.of(asker, "the stack", lambda: Stack([self._declared(one) for one in args.resources]))

    def _declared(self, resource: PolicyResource) -> Declared:
        return Declared(
            urn=resource.urn,
            inputs=self._inputs.get(resource.urn, {}),
            outputs=_props(resource.props),
            dependencies={key: [one.urn for one in others] for key, others in resource.property_dependencies.items()},
            parent=resource.parent.urn if resource.parent else None,
            managed=not self._inputs or resource.urn in self._inputs,
            default_tags=_default_tags(resource.provider),
            protect=resource.opts.protect,
        )


class Round(threading.local):
    """What the policies are shown in one round, read once: the SDK hands each of them a copy of its own.

    A round is about one thing and asks each policy once, so another thing, or a policy's second turn, starts the next.
    The engine asks about several resources at a time, each from a thread of its own.
    """

    def __init__(self) -> None:
        self._about = ""
        self._asked: set[str] = set()
        self._stack = Stack([])

    def of(self, asker: str, about: str, read: Callable[[], Stack]) -> Stack:
        """Return what the round shows."""
        if about != self._about or asker in self._asked:
            self._about, self._asked, self._stack = about, set(), read()
        self._asked.add(asker)
        return self._stack


def _told(resource: Resource, message: str, rule: Rule) -> str:
    return f"{resource.name} {message}. {rule.remedy}"


def _undecided(result: Result) -> str:
    return f"{result.rule.name} could not be decided in this preview: {', '.join(result.unknown)} not known yet"


def _default_tags(provider: PolicyProviderResource | None) -> Value:
    return default_tags(_props(provider.props)) if provider else None


def _props(given: Mapping[str, object]) -> dict[str, Value]:
    """Return properties as plain values."""
    return {key: _read(given, key) for key in given}


def _read(holder: Mapping[str, object] | Sequence[object], key: str | int) -> Value:
    """Return a value from one of the SDK's proxies, which raise where it is unknown."""
    try:
        value = holder[key]  # type: ignore[index]
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {str(one): _read(value, one) for one in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_read(value, index) for index in range(len(value))]
    return plain(value)
