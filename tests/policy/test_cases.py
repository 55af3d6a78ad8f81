"""The cases of every rule, and properties of all rules: with unknown values, wrong types and other packages."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import pytest

from policy.evaluation import Result, Verdict, evaluate
from policy.model import UNKNOWN, ResourceData, Stack, Value
from policy.rules import RULES
from policy.rules.network import GROUP_RULES
from policy.settings import Settings
from tests.policy import cases
from tests.policy.cases import Case
from tests.policy.support import FEW, TODAY, declare

FAMILIES = [import_module(f"{cases.__name__}.{module.name}") for module in iter_modules(cases.__path__)]
CASES: list[Case] = [case for family in FAMILIES for case in family.CASES]


def judged(rule: str, *resources: ResourceData, complete: bool = True) -> Result | None:
    """Return the result of one rule on the first resource of a stack."""
    results = evaluate(Stack(resources, complete=complete), Settings(), TODAY, [RULES[rule]]).results
    return next((result for result in results if result.resource and result.resource.urn == resources[0].urn), None)


def verdict(rule: str, *resources: ResourceData) -> Verdict:
    result = judged(rule, *resources)
    assert result is not None
    return result.verdict


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_rule_has_the_verdict_of_its_case(case: Case) -> None:
    result = judged(case.rule, *case.resources)
    assert result is not None
    assert result.verdict is case.verdict, (result.messages, result.unknown, result.reason)


def leaves(value: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of all values inside a value, and of the value itself."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def changed(value: Value, path: tuple[str | int, ...], new: Value) -> Value:
    if not path:
        return new
    head, *rest = path
    if isinstance(value, dict):
        return {key: changed(item, tuple(rest), new) if key == head else item for key, item in value.items()}
    assert isinstance(value, list)
    return [changed(item, tuple(rest), new) if index == head else item for index, item in enumerate(value)]


def with_change(case: Case, new: Value) -> Iterator[tuple[tuple[str | int, ...], tuple[ResourceData, ...]]]:
    """Yield the stacks of a case with each of their values changed, one at a time."""
    for index, declared in enumerate(case.resources):
        for path in leaves(dict(declared.inputs)):
            other = replace(declared, inputs=changed(dict(declared.inputs), path, new))  # type: ignore[arg-type]
            yield (index, *path), (*case.resources[:index], other, *case.resources[index + 1 :])


@pytest.mark.parametrize("case", [case for case in CASES if case.verdict is Verdict.PASS], ids=lambda case: case.id)
def test_an_unknown_value_never_turns_a_pass_into_a_failure(case: Case) -> None:
    for path, resources in with_change(case, UNKNOWN):
        assert verdict(case.rule, *resources) is not Verdict.FAIL, path


@pytest.mark.parametrize("case", [case for case in CASES if case.verdict is Verdict.FAIL], ids=lambda case: case.id)
def test_an_unknown_value_never_turns_the_only_finding_into_a_pass(case: Case) -> None:
    before = judged(case.rule, *case.resources)
    assert before is not None
    for path, resources in with_change(case, UNKNOWN):
        result = judged(case.rule, *resources)
        assert result is not None
        if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            # Only where another value, whatever it is, could pass too: what is given is enough for the rule.
            assert presence_is_enough(case, path), path


def presence_is_enough(case: Case, path: tuple[str | int, ...]) -> bool:
    """Tell whether the rule asks only for the presence of a value at a path."""
    for _, resources in [entry for entry in with_change(case, "anything") if entry[0] == path]:
        return verdict(case.rule, *resources) in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return False


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_value_of_the_wrong_type_raises_no_error(case: Case) -> None:
    wrong: list[Value] = [7, 1.5, True, "", "x", [], {}, [None], [7], [[]], {"x": None}, None]
    for new in wrong:
        for _, resources in with_change(case, new):
            verdict(case.rule, *resources)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_applies_to_a_resource_of_another_package(rule: str) -> None:
    for kind in RULES[rule].on:
        foreign = kind.replace("aws:", "awsx:", 1).replace("*", "sqs/queue:Queue")
        declared = ResourceData(urn=f"urn:pulumi:dev::ledger::{foreign}::it", inputs={})
        assert judged(rule, declared) is None
    assert judged(rule, ResourceData(urn="urn:pulumi:dev::ledger::app:index:Vault::it", inputs={})) is None


ELSEWHERE = {rule.name for rule in FEW}
"""Rules whose cases are in test modules of their own."""


@pytest.mark.parametrize("rule", [name for name in RULES if name not in ELSEWHERE])
def test_every_rule_has_a_case_that_passes_and_one_that_fails(rule: str) -> None:
    verdicts = {case.verdict for case in CASES if case.rule == rule}
    assert verdicts >= ({Verdict.FAIL} if rule == "user-has-no-inline-policy" else {Verdict.PASS, Verdict.FAIL})


def messages(rule: str, *resources: ResourceData) -> tuple[str, ...]:
    result = judged(rule, *resources)
    assert result is not None
    return result.messages


@pytest.mark.parametrize(
    ("kind", "inputs", "told"),
    [
        (GROUP_RULES[0], {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]}, "allows traffic from"),
        (GROUP_RULES[0], {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}, "allows traffic to"),
        (GROUP_RULES[1], {"cidrIpv4": "0.0.0.0/0"}, "allows traffic from"),
        (GROUP_RULES[2], {"cidrIpv4": "0.0.0.0/0"}, "allows traffic to"),
    ],
)
def test_a_finding_on_a_security_group_rule_states_the_direction(
    kind: str, inputs: dict[str, Value], told: str
) -> None:
    (message,) = messages("security-group-is-closed", declare(kind, inputs=inputs))
    assert message.startswith(f"{told} the whole internet: 0.0.0.0/0")


@pytest.mark.parametrize(
    "inline", [{"objectLockEnabled": "Enabled"}, {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "years": 10}}}]
)
def test_an_inline_object_lock_counts_with_or_without_a_rule(inline: dict[str, Value]) -> None:
    bucket = declare("aws:s3/bucket:Bucket", inputs={"objectLockConfiguration": inline, "forceDestroy": True})
    assert verdict("locked-bucket-has-no-force-destroy", bucket) is Verdict.FAIL


@pytest.mark.parametrize(
    ("days", "expected"), [(6, Verdict.FAIL), (7, Verdict.PASS), (10, Verdict.PASS), (31, Verdict.FAIL)]
)
def test_the_deletion_window_is_between_the_minimum_of_the_settings_and_the_maximum_of_kms(
    days: int, expected: Verdict
) -> None:
    settings = Settings(parameters={"key-deletion-waits": {"minimumDays": 7}})
    key = declare("aws:kms/key:Key", inputs={"deletionWindowInDays": days})
    (result,) = evaluate(Stack([key]), settings, TODAY, [RULES["key-deletion-waits"]]).results
    assert result.verdict is expected


def test_a_key_without_a_rotation_period_is_rotated_yearly() -> None:
    settings = Settings(parameters={"key-is-rotated": {"minimumDays": 365, "maximumDays": 365}})
    key = declare("aws:kms/key:Key", inputs={"enableKeyRotation": True})
    (result,) = evaluate(Stack([key]), settings, TODAY, [RULES["key-is-rotated"]]).results
    assert result.verdict is Verdict.PASS


def test_a_finding_names_the_missing_max_receive_count() -> None:
    queue = declare("aws:sqs/queue:Queue", inputs={"redrivePolicy": '{"deadLetterTargetArn": "x"}'})
    assert (
        "moves a message to the dead-letter queue after an unset number of receives"
        in messages("queue-has-dead-letter-queue", queue)[0]
    )
