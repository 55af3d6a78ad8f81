from collections.abc import Iterator

import pytest

from offline.aws.provider import options
from offline.aws.provider.adapter import Adapter
from offline.aws.terraform import mirror
from offline.aws.terraform.client import TerraformProvider
from offline.emulator import Emulator
from tests.offline.settings import provider_options


@pytest.fixture(scope="session")
def terraform() -> Iterator[TerraformProvider]:
    """The real provider; all tests that need no other options share one process."""
    terraform = TerraformProvider(mirror.find())
    yield terraform
    terraform.close()


@pytest.fixture(scope="session")
def adapter(terraform: TerraformProvider, aws: Emulator) -> Adapter:
    """The adapter, with its provider configured for the tests' emulator."""
    terraform.configure(options.to_terraform(terraform.provider, provider_options(aws.endpoint)))
    adapter = Adapter(terraform)
    adapter.region = "us-east-1"
    return adapter
