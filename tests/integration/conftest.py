"""One deployment of stack local, which all tests here ask; those that change it put it back, and the last one destroys it."""

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.stack import LocalStack

Client = Callable[[str], Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Destroy last, after all that look at what is deployed."""
    items.sort(key=lambda item: item.path.stem == "test_destroy")


@pytest.fixture(scope="session")
def outputs(stack: LocalStack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture(scope="session")
def client(stack: LocalStack) -> Client:
    return stack.client
