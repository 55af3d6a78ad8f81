"""The plugin's gRPC service and its process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from offline.aws.provider.server import AwsProvider
from offline.aws.translation.property_values import decode, encode
from offline.emulator import Emulator, free_port
from tests.offline.aws.support import FaultyProxy, faulty_proxy
from tests.offline.settings import ROOT, provider_options

BUCKET = "urn:pulumi:s::p::some:component:It$aws:s3/bucket:Bucket::My_Files"
Autonaming = provider_pb2.CheckRequest.AutonamingOptions


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that records log messages."""

    def __init__(self) -> None:
        self.logged: list[engine_pb2.LogRequest] = []

    def Log(  # noqa: N802 - the protocol's name
        self, request: engine_pb2.LogRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self.logged.append(request)
        return empty_pb2.Empty()


@pytest.fixture(scope="module")
def proxy(aws: Emulator) -> Iterator[FaultyProxy]:
    with faulty_proxy(aws.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def plugin(proxy: FaultyProxy, engine: Engine) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """A configured plugin that is connected to an engine."""
    server = grpc.server(ThreadPoolExecutor(4))
    provider = AwsProvider("7.51.1", emulator_command="start it")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address=f"127.0.0.1:{port}"))
        options = encode({**provider_options(proxy.endpoint), "defaultTags": '{"tags": {"team": "a"}}'})
        stub.Configure(provider_pb2.ConfigureRequest(args=options))
        yield stub
    provider.close()
    server.stop(grace=None).wait()


def check(
    stub: provider_pb2_grpc.ResourceProviderStub, urn: str = BUCKET, **request: Any
) -> provider_pb2.CheckResponse:
    news = encode(request.pop("news", {}), request.pop("secret", ()))
    answer: provider_pb2.CheckResponse = stub.Check(
        provider_pb2.CheckRequest(urn=urn, news=news, randomSeed=b"s", **request)
    )
    return answer


def test_a_resource_is_checked_by_the_type_and_name_in_its_urn(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    answer = check(plugin, news={"tags": {"hidden": "h", "open": "o"}}, secret={("tags", "hidden")})
    found = decode(answer.inputs)
    assert found.values["bucket"].startswith("my-files-")
    assert found.values["tags"] == {"hidden": "h", "open": "o", "team": "a"}
    assert found.secret == {("tags", "hidden")}
    assert list(answer.failures) == []


@pytest.mark.parametrize(
    ("mode", "bucket"), [(Autonaming.ENFORCE, "The_Name"), (Autonaming.PROPOSE, "the-name"), (Autonaming.DISABLE, None)]
)
def test_the_stacks_autonaming_setting_reaches_the_resource(
    plugin: provider_pb2_grpc.ResourceProviderStub, mode: "Autonaming.Mode.ValueType", bucket: str | None
) -> None:
    answer = check(plugin, autonaming=Autonaming(proposed_name="The_Name", mode=mode))
    assert decode(answer.inputs).values.get("bucket") == bucket
    assert [failure.property for failure in answer.failures if failure.property] == ([] if bucket else ["bucket"])


def test_the_error_for_an_unsupported_type_contains_its_name(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        check(plugin, urn="urn:pulumi:s::p::aws:odb/network:Network::n")
    assert "aws:odb/network:Network" in str(failed.value.details())


def test_the_state_after_a_failed_operation_reaches_the_engine(
    plugin: provider_pb2_grpc.ResourceProviderStub, proxy: FaultyProxy
) -> None:
    inputs = check(plugin, news={"bucket": "grpc-half"}).inputs
    proxy.refuse = b"PUT /grpc-half?tagging"
    with pytest.raises(grpc.RpcError) as failed:
        plugin.Create(provider_pb2.CreateRequest(urn=BUCKET, properties=inputs))
    proxy.refuse = None
    metadata = dict(cast("Any", failed.value.trailing_metadata()))
    (detail,) = status_pb2.Status.FromString(metadata["grpc-status-details-bin"]).details
    half = provider_pb2.ErrorResourceInitFailed()
    assert detail.Unpack(half)
    assert half.id == "grpc-half"
    assert half.inputs == inputs
    assert "not you" in half.reasons[0]
    assert ("__terraform",) in decode(half.properties).secret
    plugin.Update(provider_pb2.UpdateRequest(urn=BUCKET, olds=half.properties, news=inputs))


def test_a_warning_of_the_provider_reaches_the_user_once(
    plugin: provider_pb2_grpc.ResourceProviderStub, engine: Engine
) -> None:
    for _ in range(2):
        check(plugin, news={"acl": "private"})
    (warning,) = [message for message in engine.logged if message.urn == BUCKET]
    assert "deprecated" in warning.message.lower()
    assert warning.severity == engine_pb2.WARNING


def test_options_are_checked_and_access_keys_are_secret(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    news = encode({"regoin": "x", "accessKey": "a", "secretKey": "b", "endpoints": '[{"s4": "http://x"}]'})
    answer = plugin.CheckConfig(provider_pb2.CheckRequest(urn="u", news=news))
    assert sorted(failure.property for failure in answer.failures) == ["endpoints", "regoin"]
    assert decode(answer.inputs).secret == {("accessKey",), ("secretKey",)}


@pytest.mark.parametrize(
    ("old", "new", "diffs", "replaces"),
    [
        ({"region": "a", "insecure": "true"}, {"region": "a", "insecure": True}, [], []),
        ({"region": "a"}, {"region": "b", "maxRetries": 1}, ["maxRetries", "region"], ["region"]),
    ],
)
def test_another_region_replaces_the_provider(
    plugin: provider_pb2_grpc.ResourceProviderStub,
    old: dict[str, Any],
    new: dict[str, Any],
    diffs: list[str],
    replaces: list[str],
) -> None:
    answer = plugin.DiffConfig(provider_pb2.DiffRequest(urn="u", old_inputs=encode(old), news=encode(new)))
    assert (list(answer.diffs), list(answer.replaces)) == (diffs, replaces)


def test_an_unreachable_endpoint_is_an_immediate_error(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    args = encode({"endpoints": f'[{{"sts": "http://127.0.0.1:{free_port()}"}}]'})
    with pytest.raises(grpc.RpcError, match=r"Nothing answers at .* with `start it`"):
        plugin.Configure(provider_pb2.ConfigureRequest(args=args))


def test_a_wrong_argument_of_a_function_is_a_check_failure(
    plugin: provider_pb2_grpc.ResourceProviderStub,
) -> None:
    request = provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi", args=encode({"allowUnsafeFilter": True}))
    (failure,) = plugin.Invoke(request).failures
    assert failure.property == "allowUnsafeFilter"


def test_calls_run_in_parallel(plugin: provider_pb2_grpc.ResourceProviderStub, proxy: FaultyProxy) -> None:
    urn = "urn:pulumi:s::p::aws:sqs/queue:Queue::slow"
    proxy.watch = b"CreateQueue"
    proxy.seen.clear()
    slow = plugin.Create.future(provider_pb2.CreateRequest(urn=urn, properties=encode({"name": "slow"})))
    assert proxy.seen.wait(20)
    assert "bucket" in decode(check(plugin).inputs).values
    assert not slow.done()  # a queue takes 25 s
    plugin.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.RpcError):
        slow.result(20)


@pytest.fixture
def process(temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-m", "offline.aws", "--logtostderr", "127.0.0.1:1"], cwd=ROOT,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:  # fmt: skip
        yield process
        if process.poll() is None:
            process.kill()


def folders(temporary: Path) -> list[Path]:
    return list(temporary.glob("offline-aws-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("early", [True, False])
def test_the_process_prints_only_its_port_and_leaves_nothing_behind(
    process: subprocess.Popen[bytes], temporary: Path, number: signal.Signals, early: bool
) -> None:
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        assert stub.GetPluginInfo(empty_pb2.Empty(), wait_for_ready=True).version
        if not early:
            stub.CheckConfig(provider_pb2.CheckRequest())  # waits for the Terraform provider
            assert len(folders(temporary)) == 1
    process.send_signal(number)
    process.wait(20)
    assert process.stdout.read() == b""
    deadline = time.monotonic() + 15
    while folders(temporary) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert folders(temporary) == []
