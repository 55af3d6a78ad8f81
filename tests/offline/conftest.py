import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline import emulator

_SLOW_FIXTURES = {"aws", "terraform", "project"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: needs the engine, the Terraform AWS provider or the emulator")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use an external program; `-m 'not slow'` selects the others."""
    for item in items:
        if _SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    """An emulator on a free port, so that the tests can run beside others."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a path short enough for a socket in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
