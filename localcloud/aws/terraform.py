"""Drives the Terraform AWS provider: its process, and the calls of plugin protocol 5."""

import contextlib
import json
import os
import subprocess
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import grpc
from inmanta_tfplugin import tfplugin5_pb2 as pb
from inmanta_tfplugin import tfplugin5_pb2_grpc

from localcloud.aws.cty import Block, coerce_block, decode, encode, proposed
from localcloud.aws.mirror import Provider
from localcloud.paths import cache as cache_folder

_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""What go-plugin wants to see in the environment, to tell a plugin's start from a user's; it is public."""

_MESSAGE_BYTES = 1 << 30
_ERROR = 1
_TERRAFORM_VERSION = "1.9.0"
"""Version of the client that the provider is told; the last under plugin protocol 5 with nothing newer to ask for."""

_TIMEOUTS = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"
"""Where Terraform's plugin SDK keeps a resource's timeouts, in nanoseconds, within its private data."""

_STOP_SECONDS = 5


@dataclass(frozen=True)
class Diagnostic:
    """What the provider has to say; the path leads to the attribute that it is about."""

    summary: str
    detail: str
    path: tuple[str | int, ...]

    def __str__(self) -> str:
        return f"{self.summary}: {self.detail}" if self.detail else self.summary


class ProviderError(Exception):
    """The provider says no.

    Attributes
    ----------
    diagnostics
        Why.
    state, private
        What there is of the resource all the same, where an operation failed half-way.
    """

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("; ".join(str(one) for one in diagnostics))
        self.diagnostics = diagnostics
        self.state: dict[str, Any] | None = None
        self.private = b""


@dataclass(frozen=True)
class Plan:
    """What the provider would do.

    Attributes
    ----------
    config, planned
        What it was asked for, and the state that would come of it, as whole values.
    replace
        Paths of the attributes that force a new resource.
    private
        The provider's own data, to be handed back.
    """

    config: Any
    planned: Any
    replace: list[tuple[str | int, ...]]
    private: bytes


class Terraform:
    """A running provider."""

    def __init__(self, provider: Provider) -> None:
        self.version = provider.version
        self._drainer: threading.Thread | None = None
        self._binary = provider.path
        environment = {**os.environ, "TF_PLUGIN_MAGIC_COOKIE": _COOKIE, "PLUGIN_PROTOCOL_VERSIONS": "5"}
        environment.pop("PLUGIN_CLIENT_CERT", None)
        self._process = subprocess.Popen(
            [provider.path],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        greeting = self._process.stdout.readline().decode().strip().split("|")
        if len(greeting) < 5 or (greeting[1], greeting[4]) != ("5", "grpc"):
            self.close()
            raise RuntimeError(f"{provider.path} does not speak plugin protocol 5 over gRPC; it greets with {greeting}")
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()
        address = f"unix:{greeting[3]}" if greeting[2] == "unix" else greeting[3]
        limits = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
        self._stub = tfplugin5_pb2_grpc.ProviderStub(grpc.insecure_channel(address, options=limits))
        self._schemas = self._read_schemas()
        self.provider = Block(self._schemas.provider.block)
        self.resource = cache(self._resource)
        self.data_source = cache(self._data_source)

    def _drain(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        while self._process.stdout.read(1 << 16):
            pass

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._drainer is not None:
            self._drainer.join(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def stop(self) -> None:
        """Ask the provider to give up what it waits for; what exists by then is returned by the calls in flight."""
        with contextlib.suppress(grpc.RpcError):
            self._stub.Stop(pb.Stop.Request(), timeout=_STOP_SECONDS)

    # Schemas take the provider a second or two, and never change for one binary: they are kept on disk.
    def _read_schemas(self) -> "pb.GetProviderSchema.Response":
        status = self._binary.stat()
        kept = cache_folder() / "schema" / f"aws-{self.version}-{status.st_size}-{status.st_mtime_ns}.pb"
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            schemas = pb.GetProviderSchema.Response.FromString(kept.read_bytes())
            if schemas.resource_schemas:
                return schemas
        schemas = self._stub.GetSchema(pb.GetProviderSchema.Request())
        _check(schemas.diagnostics)
        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
            kept.parent.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(f".{os.getpid()}")
            draft.write_bytes(schemas.SerializeToString())
            draft.replace(kept)
        return schemas

    @property
    def resources(self) -> list[str]:
        """Names of all resource types."""
        return list(self._schemas.resource_schemas)

    @property
    def data_sources(self) -> list[str]:
        """Names of all data sources."""
        return list(self._schemas.data_source_schemas)

    def _resource(self, kind: str) -> Block:
        return Block(self._schemas.resource_schemas[kind].block)

    def _data_source(self, kind: str) -> Block:
        return Block(self._schemas.data_source_schemas[kind].block)

    def configure(self, config: dict[str, Any]) -> None:
        """Give the provider its options, by Terraform's names."""
        answer = self._stub.Configure(
            pb.Configure.Request(
                terraform_version=_TERRAFORM_VERSION, config=encode(coerce_block(self.provider, config))
            )
        )
        _check(answer.diagnostics)

    def validate(self, kind: str, config: dict[str, Any]) -> list[Diagnostic]:
        """Return what is wrong with a resource's configuration."""
        whole = encode(coerce_block(self.resource(kind), config))
        answer = self._stub.ValidateResourceTypeConfig(
            pb.ValidateResourceTypeConfig.Request(type_name=kind, config=whole)
        )
        return _errors(answer.diagnostics)

    def plan(self, kind: str, prior: Any, config: Any, private: bytes = b"") -> Plan:
        """Return what would be done to come from a prior state to a configuration; none for either is its absence."""
        block = self.resource(kind)
        whole = coerce_block(block, config)
        answer = self._stub.PlanResourceChange(
            pb.PlanResourceChange.Request(
                type_name=kind,
                prior_state=encode(prior),
                proposed_new_state=encode(proposed(block, prior, whole)),
                config=encode(whole),
                prior_private=private,
            )
        )
        _check(answer.diagnostics)
        replace = [_path(path) for path in answer.requires_replace]
        return Plan(whole, decode(answer.planned_state), replace, answer.planned_private)

    def apply(self, kind: str, prior: Any, plan: Plan, seconds: dict[str, float]) -> tuple[Any, bytes]:
        """Do what was planned; return the new state and the provider's private data.

        Parameters
        ----------
        seconds
            Time limits by operation (`create`, `update`, `delete`) that replace the resource's own.

        Raises
        ------
        ProviderError
            It failed; the error carries the state that there is.
        """
        answer = self._stub.ApplyResourceChange(
            pb.ApplyResourceChange.Request(
                type_name=kind,
                prior_state=encode(prior),
                planned_state=encode(plan.planned),
                config=encode(plan.config),
                planned_private=self._with_limits(kind, plan.private, seconds),
            )
        )
        state = decode(answer.new_state)
        errors = _errors(answer.diagnostics)
        if errors:
            failure = ProviderError(errors)
            failure.state, failure.private = state, answer.private
            raise failure
        return state, answer.private

    def _with_limits(self, kind: str, private: bytes, seconds: dict[str, float]) -> bytes:
        if not seconds or "timeouts" not in self.resource(kind).blocks:
            return private
        data = json.loads(private or b"{}")
        data[_TIMEOUTS] = {**data.get(_TIMEOUTS, {}), **{name: int(limit * 1e9) for name, limit in seconds.items()}}
        return json.dumps(data).encode()

    def read(self, kind: str, state: Any, private: bytes) -> tuple[Any, bytes]:
        """Return a resource's state as it is now; none if it is gone."""
        answer = self._stub.ReadResource(
            pb.ReadResource.Request(type_name=kind, current_state=encode(state), private=private)
        )
        _check(answer.diagnostics)
        return decode(answer.new_state), answer.private

    def import_state(self, kind: str, identity: str) -> tuple[Any, bytes]:
        """Return the first state of a resource that exists, to be read."""
        answer = self._stub.ImportResourceState(pb.ImportResourceState.Request(type_name=kind, id=identity))
        _check(answer.diagnostics)
        imported = answer.imported_resources[0]
        return decode(imported.state), imported.private

    def read_data(self, kind: str, config: dict[str, Any]) -> Any:
        """Return what a data source answers."""
        whole = encode(coerce_block(self.data_source(kind), config))
        checked = self._stub.ValidateDataSourceConfig(pb.ValidateDataSourceConfig.Request(type_name=kind, config=whole))
        _check(checked.diagnostics)
        answer = self._stub.ReadDataSource(pb.ReadDataSource.Request(type_name=kind, config=whole))
        _check(answer.diagnostics)
        return decode(answer.state)


def _path(path: "pb.AttributePath") -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for step in path.steps:
        selector = step.WhichOneof("selector")
        if selector is not None:
            steps.append(getattr(step, selector))
    return tuple(steps)


def _errors(diagnostics: Any) -> list[Diagnostic]:
    return [Diagnostic(one.summary, one.detail, _path(one.attribute)) for one in diagnostics if one.severity == _ERROR]


def _check(diagnostics: Any) -> None:
    errors = _errors(diagnostics)
    if errors:
        raise ProviderError(errors)
