"""Drives the Terraform AWS provider: the calls of plugin protocol 5."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from inmanta_tfplugin import tfplugin5_pb2 as pb
from inmanta_tfplugin import tfplugin5_pb2_grpc

from localcloud.aws.cty import Path, coerce_block, decode, encode, proposed
from localcloud.aws.mirror import Provider
from localcloud.aws.process import ProviderProcess
from localcloud.aws.schema import Block
from localcloud.aws.untold import filled
from localcloud.paths import cache as cache_folder

_MESSAGE_BYTES = 1 << 30
_ERROR = 1
_TERRAFORM_VERSION = "1.9.0"
"""The version of the client that the provider is told; it goes into the user agent only."""

_STOP_SECONDS = 5
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Diagnostic:
    """What the provider has to say; the path leads to the attribute that it is about."""

    summary: str
    detail: str
    path: Path

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
    replace: list[Path]
    private: bytes


class Terraform:
    """A running provider.

    Parameters
    ----------
    provider
        Which one to run.
    warn
        Takes the provider's warnings.

    Attributes
    ----------
    version
        Its version.
    folder
        Where its files are.
    emulated
        Whether another than AWS answers, which may not tell all that it was told.
    """

    emulated = False

    def __init__(self, provider: Provider, warn: Callable[[str], None] = lambda _: None) -> None:
        self.version = provider.version
        self._provider = provider
        self._warn = warn
        self._process = ProviderProcess(provider.path)
        self.folder = self._process.folder
        limits = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
        self._channel = grpc.insecure_channel(self._process.address, options=limits)
        self._stub = tfplugin5_pb2_grpc.ProviderStub(self._channel)
        try:
            self._schemas = self._read_schemas()
        except BaseException:
            self.close()
            raise
        self.provider = Block(self._schemas.provider.block)
        self.resource = cache(self._resource)
        self.data_source = cache(self._data_source)

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        self._process.close()

    def stop(self) -> None:
        """Ask the provider to give up what it waits for; what exists by then is returned by the calls in flight."""
        with contextlib.suppress(grpc.RpcError):
            self._stub.Stop(pb.Stop.Request(), timeout=_STOP_SECONDS)

    def _call(self, name: str, request: Any) -> Any:
        """Call the provider; its warnings go to whoever takes them."""
        try:
            answer = getattr(self._stub, name)(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise RuntimeError(f"the Terraform AWS provider refuses {name}: {error.details()}") from None
            raise RuntimeError(
                f"the Terraform AWS provider ended during {name}. {self._process.last_words()} "
                f"Run the command again; what it was doing may have to be refreshed first."
            ) from None
        for one in answer.diagnostics:
            if one.severity != _ERROR:
                self._warn(str(_diagnostic(one)))
        return answer

    # Schemas take the provider a second or two, and never change for one binary: they are kept on disk.
    def _read_schemas(self) -> "pb.GetProviderSchema.Response":
        status = self._provider.path.stat()
        kept = cache_folder() / "schema" / f"aws-{self.version}-{status.st_size}-{status.st_mtime_ns}"
        with contextlib.suppress(OSError, DecodeError):
            content = kept.read_bytes()
            if hashlib.sha256(content[_DIGEST_BYTES:]).digest() == content[:_DIGEST_BYTES]:
                return pb.GetProviderSchema.Response.FromString(content[_DIGEST_BYTES:])
        schemas = self._call("GetSchema", pb.GetProviderSchema.Request())
        _check(schemas)
        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
            kept.parent.mkdir(parents=True, exist_ok=True)
            content = schemas.SerializeToString()
            draft = kept.with_name(f"{kept.name}.{os.getpid()}")
            draft.write_bytes(hashlib.sha256(content).digest() + content)
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

    def schema_version(self, kind: str) -> int:
        """Return the version of a resource's state."""
        return int(self._schemas.resource_schemas[kind].version)

    def configure(self, config: dict[str, Any]) -> None:
        """Give the provider its options, by Terraform's names."""
        whole = encode(coerce_block(self.provider, config))
        _check(self._call("Configure", pb.Configure.Request(terraform_version=_TERRAFORM_VERSION, config=whole)))

    def validate(self, kind: str, config: dict[str, Any]) -> list[Diagnostic]:
        """Return what is wrong with a resource's configuration."""
        whole = encode(coerce_block(self.resource(kind), config))
        request = pb.ValidateResourceTypeConfig.Request(type_name=kind, config=whole)
        return _errors(self._call("ValidateResourceTypeConfig", request))

    def plan(self, kind: str, prior: Any, config: Any, private: bytes = b"") -> Plan:
        """Return what would be done to come from a prior state to a configuration; none for either is its absence."""
        block = self.resource(kind)
        whole = coerce_block(block, config)
        request = pb.PlanResourceChange.Request(
            type_name=kind,
            prior_state=encode(prior),
            proposed_new_state=encode(proposed(block, prior, whole)),
            config=encode(whole),
            prior_private=private,
        )
        answer = self._call("PlanResourceChange", request)
        _check(answer)
        replace = [_path(path) for path in answer.requires_replace]
        return Plan(whole, decode(answer.planned_state), replace, answer.planned_private)

    def apply(self, kind: str, prior: Any, plan: Plan) -> tuple[Any, bytes]:
        """Do what was planned; return the new state and the provider's private data.

        Raises
        ------
        ProviderError
            It failed; the error carries the state that there is.
        """
        request = pb.ApplyResourceChange.Request(
            type_name=kind,
            prior_state=encode(prior),
            planned_state=encode(plan.planned),
            config=encode(plan.config),
            planned_private=plan.private,
        )
        answer = self._call("ApplyResourceChange", request)
        state = decode(answer.new_state)
        errors = _errors(answer)
        if errors:
            failure = ProviderError(errors)
            failure.state, failure.private = state, answer.private
            raise failure
        return self._told(kind, state, plan.planned), answer.private

    def read(self, kind: str, state: Any, private: bytes) -> tuple[Any, bytes]:
        """Return a resource's state as it is now; none if it is gone."""
        request = pb.ReadResource.Request(type_name=kind, current_state=encode(state), private=private)
        answer = self._call("ReadResource", request)
        _check(answer)
        return self._told(kind, decode(answer.new_state), state), answer.private

    def _told(self, kind: str, state: Any, before: Any) -> Any:
        return filled(kind, state, before) if self.emulated else state

    def import_state(self, kind: str, identity: str) -> tuple[Any, bytes]:
        """Return the first state of a resource that exists, to be read."""
        answer = self._call("ImportResourceState", pb.ImportResourceState.Request(type_name=kind, id=identity))
        _check(answer)
        imported = next((one for one in answer.imported_resources if one.type_name == kind), None)
        return (decode(imported.state), imported.private) if imported is not None else (None, b"")

    def upgrade(self, kind: str, version: int, state: Any) -> Any:
        """Return a state that another provider version wrote, as this one writes it."""
        raw = pb.RawState(json=json.dumps(state).encode())
        request = pb.UpgradeResourceState.Request(type_name=kind, version=version, raw_state=raw)
        answer = self._call("UpgradeResourceState", request)
        _check(answer)
        return decode(answer.upgraded_state)

    def read_data(self, kind: str, config: dict[str, Any]) -> Any:
        """Return what a data source answers."""
        whole = encode(coerce_block(self.data_source(kind), config))
        validation = pb.ValidateDataSourceConfig.Request(type_name=kind, config=whole)
        _check(self._call("ValidateDataSourceConfig", validation))
        answer = self._call("ReadDataSource", pb.ReadDataSource.Request(type_name=kind, config=whole))
        _check(answer)
        return decode(answer.state)


def _path(path: "pb.AttributePath") -> Path:
    steps: list[str | int] = []
    for step in path.steps:
        selector = step.WhichOneof("selector")
        if selector is not None:
            steps.append(getattr(step, selector))
    return tuple(steps)


def _diagnostic(message: Any) -> Diagnostic:
    return Diagnostic(message.summary, message.detail, _path(message.attribute))


def _errors(answer: Any) -> list[Diagnostic]:
    return [_diagnostic(one) for one in answer.diagnostics if one.severity == _ERROR]


def _check(answer: Any) -> None:
    errors = _errors(answer)
    if errors:
        raise ProviderError(errors)
