import boto3
import moto  # noqa: F401 - it answers the clients of sessions that are made after its import
import pytest
from hypothesis import settings

# A busy machine makes a correct test slow: no test fails for its duration.
settings.register_profile("lambdas", deadline=None)
settings.load_profile("lambdas")


@pytest.fixture(scope="session")
def shared_session() -> boto3.Session:
    """A session for all tests: each new one reads AWS's models anew, which takes longer than most tests."""
    return boto3.Session("test", "test", region_name="eu-central-1")
