from collections.abc import Iterator

import pytest

from localcloud import emulator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together when several processes share the work, and all that share the deployed stack."""
    for item in items:
        folder, file = item.path.parent.name, item.path.stem
        item.add_marker(pytest.mark.xdist_group(folder if folder == "integration" else file))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    """An emulator of the tests' own: they may run beside a demo."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        yield running
