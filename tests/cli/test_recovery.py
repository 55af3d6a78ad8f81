"""Which states are kept after the engine was killed or the emulator has disappeared."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.setup import stack_file
from cli.stack import EmulatedStack

KEY = {"type": "aws:kms/key:Key", "id": "1"}
CUT_SHORT = {"type": "creating", "resource": {"urn": "urn:pulumi:local::strongroom::aws:kms/alias:Alias::records"}}


class State:
    """A state without an engine, and the keys that exist in a fake AWS."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deployment: dict[str, Any] = {}
        self.known: set[str] = set()
        self.calls: list[str] = []
        self.stack = EmulatedStack(folder)
        file = stack_file(self.stack.state)
        file.parent.mkdir(parents=True)
        file.touch()

        def export(_: EmulatedStack, *arguments: str) -> str:
            self.calls.append(" ".join(arguments))
            return json.dumps({"deployment": self.deployment})

        monkeypatch.setattr(EmulatedStack, "read", export)
        monkeypatch.setattr(EmulatedStack, "client", lambda *_: self)
        monkeypatch.setattr(EmulatedStack, "forget", lambda _: self.calls.append("forget"))

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


def test_a_state_is_kept_if_one_of_its_keys_exists_in_the_emulator(state: State) -> None:
    state.deployment, state.known = {"resources": [KEY, KEY | {"id": "2"}]}, {"2"}
    state.stack.recover()
    assert state.calls == ["stack export"]


def test_a_state_of_another_emulator_is_deleted_without_reporting_its_unfinished_operations(
    state: State, capfd: pytest.CaptureFixture[str]
) -> None:
    state.deployment, state.known = {"resources": [KEY], "pending_operations": [CUT_SHORT]}, {"2"}
    state.stack.recover()
    assert state.calls == ["stack export", "forget"]
    messages = capfd.readouterr().err
    assert "from another emulator" in messages
    assert "cut short" not in messages


def test_unfinished_operations_on_this_emulator_are_reported(state: State, capfd: pytest.CaptureFixture[str]) -> None:
    state.deployment, state.known = {"resources": [KEY], "pending_operations": [CUT_SHORT]}, {"1"}
    state.stack.recover()
    assert state.calls == ["stack export"]
    assert "creating aws:kms/alias:Alias::records was interrupted" in capfd.readouterr().err


def test_a_state_is_kept_if_the_keys_cannot_be_read(state: State) -> None:
    state.deployment = {"resources": [KEY | {"id": "x"}]}
    with pytest.raises(ClientError):
        state.stack.recover()
    assert state.calls == ["stack export"]


def test_a_stack_that_does_not_exist_is_not_read(state: State) -> None:
    stack_file(state.stack.state).unlink()
    state.stack.recover()
    assert state.calls == []
