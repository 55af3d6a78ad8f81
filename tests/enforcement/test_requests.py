"""What each group and each function may do: the emulator enforces it, and the evaluator decides the same."""

from collections.abc import Mapping

import pytest

from tests.enforcement.account import EVERYTHING, Account
from tests.enforcement.answers import answers_to_function, deploy_probe, filled, is_answered
from tests.enforcement.deployment import Deployment
from tests.enforcement.documents import Documents
from tests.enforcement.functions import FUNCTION_CALLS, FUNCTIONS
from tests.enforcement.groups import FOREIGN, GROUP_CALLS, GROUPS, NOBODY, PRINCIPALS
from tests.support.iam.builders import AWAY, HOME
from tests.support.iam.request import aws

Names = Mapping[str, str]


@pytest.fixture(scope="session")
def documents(stack: Deployment) -> Documents:
    return Documents(stack, stack.account, NOBODY)


@pytest.fixture(scope="session", params=FUNCTIONS)
def function_answers(request: pytest.FixtureRequest, stack: Deployment, names: Names) -> tuple[str, Mapping[str, bool]]:
    """A function, and whether each of its requests is answered."""
    function: str = request.param
    role, inside = FUNCTIONS[function]
    network = {
        "SubnetIds": stack.outputs["private_subnet_ids"],
        "SecurityGroupIds": [stack.outputs["security_group_ids"]["function"]],
    }
    probe = f"probe-{function.replace(' ', '-')}"
    deploy_probe(stack.account, NOBODY, probe, names[f"{role}_role"], network if inside else {})
    calls = [filled(call, names) for call in FUNCTION_CALLS.values()]
    answers = answers_to_function(calls, stack.account, NOBODY, probe)
    return function, dict(zip(FUNCTION_CALLS, answers, strict=True))


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("name", GROUP_CALLS)
def test_a_group_is_answered_what_its_task_needs_and_denied_everything_else(
    accounts: dict[str, Account], documents: Documents, names: Names, name: str, principal: str
) -> None:
    call = filled(GROUP_CALLS[name], names)
    account, role = (
        (accounts[AWAY], NOBODY) if principal == FOREIGN else (accounts[HOME], GROUPS.get(principal, NOBODY))
    )
    allowed = principal in call.allowed
    person = aws(f"arn:aws:iam::{account.account_id}:role/{role}", role)
    assert documents.allow(call, person, [EVERYTHING]) is allowed
    assert is_answered(call, account, role) is (allowed and not call.not_only_policies)


@pytest.mark.parametrize("name", FUNCTION_CALLS)
def test_a_function_is_answered_what_it_calls_and_denied_everything_else(
    documents: Documents,
    names: Names,
    function_answers: tuple[str, Mapping[str, bool]],
    name: str,
) -> None:
    function, answers = function_answers
    call = filled(FUNCTION_CALLS[name], names)
    role, inside = FUNCTIONS[function]
    arn, allowed = names[f"{role}_role"], function in call.allowed
    identity = [documents.role(arn.rpartition("/")[2])]
    assert documents.allow(call, aws(arn, "probe"), identity, inside) is allowed
    assert answers[name] is allowed
