"""Every rule by its cases, and what holds for all of them: what is unknown, wrong-typed or of another package."""

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
    """Judge a stack by one rule; return what it says of the first resource."""
    results = evaluate(Stack(resources, complete=complete), Settings(), TODAY, [RULES[rule]]).results
    return next((one for one in results if one.resource and one.resource.urn == resources[0].urn), None)


def verdict(rule: str, *resources: ResourceData) -> Verdict:
    result = judged(rule, *resources)
    assert result is not None
    return result.verdict


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.id)
def test_a_rule_says_of_a_stack_what_its_case_says(one: Case) -> None:
    result = judged(one.rule, *one.resources)
    assert result is not None
    assert result.verdict is one.verdict, (result.messages, result.unknown, result.reason)


def leaves(value: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all values inside a value, itself included."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from leaves(one, (*path, index))


def changed(value: Value, path: tuple[str | int, ...], new: Value) -> Value:
    if not path:
        return new
    head, *rest = path
    if isinstance(value, dict):
        return {key: changed(one, tuple(rest), new) if key == head else one for key, one in value.items()}
    assert isinstance(value, list)
    return [changed(one, tuple(rest), new) if index == head else one for index, one in enumerate(value)]


def with_change(one: Case, new: Value) -> Iterator[tuple[tuple[str | int, ...], tuple[ResourceData, ...]]]:
    """The stacks of a case with each of their values changed, one at a time."""
    for index, declared in enumerate(one.resources):
        for path in leaves(dict(declared.inputs)):
            other = replace(declared, inputs=changed(dict(declared.inputs), path, new))  # type: ignore[arg-type]
            yield (index, *path), (*one.resources[:index], other, *one.resources[index + 1 :])


@pytest.mark.parametrize("one", [one for one in CASES if one.verdict is Verdict.PASS], ids=lambda one: one.id)
def test_what_is_not_known_makes_no_pass_fail(one: Case) -> None:
    for path, resources in with_change(one, UNKNOWN):
        assert verdict(one.rule, *resources) is not Verdict.FAIL, path


@pytest.mark.parametrize("one", [one for one in CASES if one.verdict is Verdict.FAIL], ids=lambda one: one.id)
def test_what_is_not_known_never_turns_the_only_finding_into_a_pass(one: Case) -> None:
    before = judged(one.rule, *one.resources)
    assert before is not None
    for path, resources in with_change(one, UNKNOWN):
        result = judged(one.rule, *resources)
        assert result is not None
        if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            # Only where another value, whatever it is, could pass too: what is given is enough for the rule.
            assert presence_is_enough(one, path), path


def presence_is_enough(one: Case, path: tuple[str | int, ...]) -> bool:
    """Tell whether the rule asks only whether something is given there."""
    for _, resources in [entry for entry in with_change(one, "anything") if entry[0] == path]:
        return verdict(one.rule, *resources) in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return False


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.id)
def test_a_value_of_the_wrong_kind_breaks_no_rule(one: Case) -> None:
    wrong: list[Value] = [7, 1.5, True, "", "x", [], {}, [None], [7], [[]], {"x": None}, None]
    for new in wrong:
        for _, resources in with_change(one, new):
            verdict(one.rule, *resources)


@pytest.mark.parametrize("rule", RULES)
def test_a_resource_of_another_package_is_nobodys_business(rule: str) -> None:
    for kind in RULES[rule].on:
        foreign = kind.replace("aws:", "awsx:", 1).replace("*", "sqs/queue:Queue")
        declared = ResourceData(urn=f"urn:pulumi:dev::ledger::{foreign}::it", inputs={})
        assert judged(rule, declared) is None
    assert judged(rule, ResourceData(urn="urn:pulumi:dev::ledger::app:index:Vault::it", inputs={})) is None


ELSEWHERE = {one.name for one in FEW}
"""Rules whose cases stand in a file of their own."""


@pytest.mark.parametrize("rule", [name for name in RULES if name not in ELSEWHERE])
def test_every_rule_has_a_case_that_passes_and_one_that_fails(rule: str) -> None:
    verdicts = {one.verdict for one in CASES if one.rule == rule}
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
def test_an_open_rule_is_told_by_its_direction(kind: str, inputs: dict[str, Value], told: str) -> None:
    (message,) = messages("security-group-is-closed", declare(kind, inputs=inputs))
    assert message.startswith(f"{told} the whole internet: 0.0.0.0/0")


@pytest.mark.parametrize(
    "inline", [{"objectLockEnabled": "Enabled"}, {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "years": 10}}}]
)
def test_a_lock_in_the_bucket_itself_is_a_lock_with_or_without_its_rule(inline: dict[str, Value]) -> None:
    bucket = declare("aws:s3/bucket:Bucket", inputs={"objectLockConfiguration": inline, "forceDestroy": True})
    assert verdict("locked-bucket-is-not-emptied", bucket) is Verdict.FAIL


@pytest.mark.parametrize(
    ("days", "expected"), [(6, Verdict.FAIL), (7, Verdict.PASS), (10, Verdict.PASS), (31, Verdict.FAIL)]
)
def test_a_deletion_waits_between_the_least_that_is_set_and_the_most_that_kms_takes(
    days: int, expected: Verdict
) -> None:
    settings = Settings(parameters={"key-deletion-waits": {"minimumDays": 7}})
    key = declare("aws:kms/key:Key", inputs={"deletionWindowInDays": days})
    (result,) = evaluate(Stack([key]), settings, TODAY, [RULES["key-deletion-waits"]]).results
    assert result.verdict is expected


def test_a_key_that_does_not_say_when_is_rotated_once_a_year() -> None:
    settings = Settings(parameters={"key-is-rotated": {"minimumDays": 365, "maximumDays": 365}})
    key = declare("aws:kms/key:Key", inputs={"enableKeyRotation": True})
    (result,) = evaluate(Stack([key]), settings, TODAY, [RULES["key-is-rotated"]]).results
    assert result.verdict is Verdict.PASS


def test_a_redrive_without_a_count_is_told_as_one() -> None:
    queue = declare("aws:sqs/queue:Queue", inputs={"redrivePolicy": '{"deadLetterTargetArn": "x"}'})
    assert (
        "moves a message to the dead-letter queue after an unset number of receives"
        in messages("queue-has-dead-letters", queue)[0]
    )
