import pytest

from tests.components.sample import declare_tiers
from tests.support.mocks import Recorder, deployed


@pytest.fixture(scope="session")
def tiers() -> Recorder:
    """The resources that the tiers of the sample stack declare."""
    return deployed(declare_tiers, Recorder())
