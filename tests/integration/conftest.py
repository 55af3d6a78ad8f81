"""One deployment of stack local, which all tests here ask; those that change it put it back, and the last one destroys it."""

import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.engine import run_engine
from cli.stack import EmulatedStack
from offline import emulator
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
Client = Callable[[str], Any]
DEPLOYED_STATE = "deployed-state.json"
SERVICE, METHOD = re.compile(r'"rpc\.service":"([^"]+)"'), re.compile(r'"rpc\.method":"([^"]+)"')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Destroy last, after all that look at what is deployed."""
    items.sort(key=lambda item: item.path.stem == "test_destroy")


@pytest.fixture(scope="session")
def provider_log() -> Iterator[Path]:
    """The log in which the provider writes each call to AWS during the deployment."""
    with tempfile.TemporaryDirectory() as folder:  # a path short enough for the provider's socket
        yield Path(folder) / "provider.log"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, provider_log: Path) -> Iterator[EmulatedStack]:
    """Stack local, deployed once under the policy pack, on an emulator that holds nothing else."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        local = EmulatedStack(folder=tmp_path_factory.mktemp("stack"), endpoint=running.endpoint)
        local.ensure()
        keeping = threading.Thread(target=keep_log, args=(provider_log,))
        keeping.start()
        command = local.command("up", "--yes", "--skip-preview", "--policy-pack", str(ROOT / "policy"))
        run_engine(command, {**local.environment, "TF_LOG": "DEBUG", "TMPDIR": str(provider_log.parent)})
        keeping.join()
        (local.folder / DEPLOYED_STATE).write_text(local.read("stack", "export"))
        yield local


def keep_log(log: Path) -> None:
    """Link the provider's standard error, which is removed when the provider ends."""

    def link() -> bool:
        for file in log.parent.glob("offline-aws-*/stderr"):
            os.link(file, log)
            return True
        return False

    until(link, seconds=60)


@pytest.fixture(scope="session")
def provider_calls(stack: EmulatedStack, provider_log: Path) -> set[tuple[str, str]]:
    """The calls of the deployment, as service and method in the SDK's words."""
    assert stack.exists()
    calls = set()
    with provider_log.open(errors="replace") as lines:
        for line in lines:
            service, method = SERVICE.search(line), METHOD.search(line)
            if service and method:
                calls.add((service[1], method[1]))
    return calls


@pytest.fixture(scope="session")
def deployed_state(stack: EmulatedStack) -> str:
    """The exported state right after the deployment, before a test refreshes or changes anything."""
    return (stack.folder / DEPLOYED_STATE).read_text()


@pytest.fixture(scope="session")
def outputs(stack: EmulatedStack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture(scope="session")
def client(stack: EmulatedStack) -> Client:
    return stack.client
