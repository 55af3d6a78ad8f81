"""One deployment of stack local, which all tests here ask; those that change it put it back, and the last one destroys it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.stack import EmulatedStack
from offline import emulator

ROOT = Path(__file__).parents[2]
Client = Callable[[str], Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Destroy last, after all that look at what is deployed."""
    items.sort(key=lambda item: item.path.stem == "test_destroy")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedStack]:
    """Stack local, deployed once under the policy pack, on an emulator that holds nothing else."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        local = EmulatedStack(folder=tmp_path_factory.mktemp("stack"), endpoint=running.endpoint)
        local.ensure()
        local.run("up", "--yes", "--skip-preview", "--policy-pack", str(ROOT / "policy"))
        yield local


@pytest.fixture(scope="session")
def outputs(stack: EmulatedStack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture(scope="session")
def client(stack: EmulatedStack) -> Client:
    return stack.client
