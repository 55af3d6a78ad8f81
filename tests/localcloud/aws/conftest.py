import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.aws import mirror, options
from localcloud.aws.resource import Adapter
from localcloud.aws.terraform import Terraform
from localcloud.emulator import Emulator
from tests.localcloud.aws.support import provider_options


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, with a path short enough for a socket in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def terraform() -> Iterator[Terraform]:
    """The real provider, of which one process serves all tests that need no other options."""
    terraform = Terraform(mirror.find())
    yield terraform
    terraform.close()


@pytest.fixture(scope="session")
def adapter(terraform: Terraform, aws: Emulator) -> Adapter:
    """The adapter, its provider pointed at the tests' emulator."""
    terraform.configure(options.to_terraform(terraform.provider, provider_options(aws.endpoint)))
    adapter = Adapter(terraform)
    adapter.region = "us-east-1"
    return adapter
