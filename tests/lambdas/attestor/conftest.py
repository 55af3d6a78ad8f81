import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lambdas.attestor import handler
from offline import emulator
from offline.emulator import Emulator
from tests.lambdas.attestor.house import AUDIT, REGION
from tests.lambdas.context import FakeContext


def context(seconds: float = 20) -> FakeContext:
    """Return a context; with so little time left, nothing is retried."""
    return FakeContext(
        function_name="house-attestor",
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:house-attestor",
        seconds=seconds,
    )


@pytest.fixture(scope="package")
def own_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of these tests' own, which each of them may break and reset."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="package")
def clients(own_aws: Emulator) -> Callable[[str], Any]:
    """The clients of that emulator, each made once, as making one takes longer than most tests."""
    session = boto3.Session("test", "test", region_name=REGION)
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return cache(lambda service, _=None: session.client(service, endpoint_url=own_aws.endpoint, config=config))


@pytest.fixture
def client(own_aws: Emulator, clients: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """The clients of an AWS with nothing but an audit bucket; the attestor's handler gets them as well."""
    urllib.request.urlopen(urllib.request.Request(f"{own_aws.endpoint}/_ministack/reset", method="POST")).close()
    clients("s3").create_bucket(Bucket=AUDIT)
    clients("s3").put_bucket_versioning(Bucket=AUDIT, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setattr(handler, "RunClients", lambda: clients)
    monkeypatch.setenv("AUDIT_BUCKET", AUDIT)
    monkeypatch.setenv("EVIDENCE_PREFIX", "attestation/house/evidence/")
    return clients
