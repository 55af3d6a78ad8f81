import os
from collections.abc import Iterator

import pytest

from cli.setup import MIRROR_VARIABLE
from offline import emulator
from offline.aws.terraform import mirror

_DEPLOYED = {"enforcement", "integration"}
"""Folders whose tests share a deployed stack."""


def pytest_configure() -> None:
    """Let the tests of the package `offline` use the mirror that the setup uses."""
    if MIRROR_VARIABLE in os.environ:
        os.environ.setdefault(mirror.VARIABLE, os.environ[MIRROR_VARIABLE])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of one file, and all tests of a deployed stack, in the same worker process."""
    for item in items:
        folder, file = item.path.parent.name, item.path.stem
        item.add_marker(pytest.mark.xdist_group(folder if folder in _DEPLOYED else file))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    """An emulator on a free port, so that the tests can run beside a demo."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        yield running
