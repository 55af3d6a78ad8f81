"""What a state is worth after its engine was killed or its emulator is gone."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.setup import stack_file
from localcloud.stack import LocalStack

KEY = {"type": "aws:kms/key:Key", "id": "1"}
CUT_SHORT = {"type": "creating", "resource": {"urn": "urn:pulumi:local::strongroom::aws:kms/alias:Alias::records"}}


class State:
    """A stack's state without an engine, and the keys that an AWS without emulator knows."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deployment: dict[str, Any] = {}
        self.known: set[str] = set()
        self.calls: list[str] = []
        self.stack = LocalStack(folder)
        file = stack_file(self.stack.state)
        file.parent.mkdir(parents=True)
        file.touch()

        def export(_: LocalStack, *arguments: str) -> str:
            self.calls.append(" ".join(arguments))
            return json.dumps({"deployment": self.deployment})

        monkeypatch.setattr(LocalStack, "read", export)
        monkeypatch.setattr(LocalStack, "client", lambda *_: self)
        monkeypatch.setattr(LocalStack, "forget", lambda _: self.calls.append("forget"))

    def describe_key(self, *, KeyId: str) -> None:  # noqa: N803 - AWS's name
        if KeyId not in self.known:
            raise ClientError({"Error": {"Code": "NotFoundException" if KeyId.isdigit() else "Denied"}}, "DescribeKey")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    return State(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "resources", [None, [], [{"type": "aws:sqs/queue:Queue", "id": "q"}], [{"type": "aws:kms/key:Key"}]]
)
def test_a_state_without_keys_is_kept(state: State, resources: Any) -> None:
    state.deployment = {"resources": resources}
    state.stack.recover()
    assert state.calls == ["stack export"]


def test_a_state_of_this_emulator_is_kept_if_it_knows_one_of_its_keys(state: State) -> None:
    state.deployment, state.known = {"resources": [KEY, KEY | {"id": "2"}]}, {"2"}
    state.stack.recover()
    assert state.calls == ["stack export"]


def test_a_state_of_another_emulator_is_dropped_and_what_was_half_made_there_is_not_told(
    state: State, capfd: pytest.CaptureFixture[str]
) -> None:
    state.deployment, state.known = {"resources": [KEY], "pending_operations": [CUT_SHORT]}, {"2"}
    state.stack.recover()
    assert state.calls == ["stack export", "forget"]
    told = capfd.readouterr().err
    assert "from another emulator" in told
    assert "cut short" not in told


def test_what_was_half_made_at_this_emulator_is_told(state: State, capfd: pytest.CaptureFixture[str]) -> None:
    state.deployment, state.known = {"resources": [KEY], "pending_operations": [CUT_SHORT]}, {"1"}
    state.stack.recover()
    assert state.calls == ["stack export"]
    assert "creating aws:kms/alias:Alias::records was cut short" in capfd.readouterr().err


def test_an_aws_that_does_not_say_whether_it_knows_a_key_drops_no_state(state: State) -> None:
    state.deployment = {"resources": [KEY | {"id": "x"}]}
    with pytest.raises(ClientError):
        state.stack.recover()
    assert state.calls == ["stack export"]


def test_a_stack_that_is_not_there_is_not_asked_for(state: State) -> None:
    stack_file(state.stack.state).unlink()
    state.stack.recover()
    assert state.calls == []
