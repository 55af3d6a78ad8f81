"""Calls the Terraform AWS provider with plugin protocol 5."""

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from inmanta_tfplugin import tfplugin5_pb2 as pb
from inmanta_tfplugin import tfplugin5_pb2_grpc

from offline.aws.terraform.cty import Path as AttributePath
from offline.aws.terraform.cty import coerce_block, decode, encode, proposed_state
from offline.aws.terraform.mirror import Provider
from offline.aws.terraform.not_read_back import restore_missing
from offline.aws.terraform.process import ProviderProcess
from offline.aws.terraform.schema import Block
from offline.cache import user_cache

_MESSAGE_BYTES = 1 << 30
_ERROR = 1
_TERRAFORM_VERSION = "1.9.0"
"""The client version that the provider puts into its user agent; it has no other effect."""

_STOP_SECONDS = 5
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Diagnostic:
    """An error or warning of the provider; `path` is the attribute that it concerns."""

    summary: str
    detail: str
    path: AttributePath

    def __str__(self) -> str:
        return f"{self.summary}: {self.detail}" if self.detail else self.summary


class ProviderError(Exception):
    """The provider reported errors.

    Attributes
    ----------
    diagnostics
        The errors.
    state, private
        State and private data of the resource if the operation failed after it had created or changed the resource.
    """

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("; ".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.state: dict[str, Any] | None = None
        self.private = b""


@dataclass(frozen=True)
class Plan:
    """A change that the provider has planned.

    Attributes
    ----------
    config, planned
        The configuration and the resulting state, as complete values.
    replace
        Paths of the attributes that require a new resource.
    private
        The provider's own data, which `apply` needs.
    """

    config: Any
    planned: Any
    replace: list[AttributePath]
    private: bytes


class TerraformProvider:
    """A running provider.

    Parameters
    ----------
    provider
        The provider to run.
    cache
        Folder in which the provider's schema is kept; the user's cache by default.
    warn
        Called with each warning of the provider.

    Attributes
    ----------
    version
        The provider's version.
    folder
        Folder for temporary files, which is removed when the provider ends.
    emulated
        Whether an emulator answers instead of AWS, so that some attributes are not read back.
    """

    emulated = False

    def __init__(
        self, provider: Provider, cache: Path | None = None, warn: Callable[[str], None] = lambda _: None
    ) -> None:
        self.version = provider.version
        self._schema_folder = (cache or user_cache()) / "schema"
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
        self.resource = functools.cache(self._resource)
        self.data_source = functools.cache(self._data_source)

    def close(self) -> None:
        """Stop the provider."""
        self._channel.close()
        self._process.close()

    def stop(self) -> None:
        """Ask the provider to stop waiting; the calls in progress then return what exists so far."""
        with contextlib.suppress(grpc.RpcError):
            self._stub.Stop(pb.Stop.Request(), timeout=_STOP_SECONDS)

    def _call(self, name: str, request: Any) -> Any:
        """Call the provider and pass on its warnings."""
        try:
            answer = getattr(self._stub, name)(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise RuntimeError(f"the Terraform AWS provider refused {name}: {error.details()}") from None
            raise RuntimeError(
                f"the Terraform AWS provider ended during {name}. {self._process.last_error()} "
                f"Run `pulumi refresh` if a resource was being changed, then run the command again."
            ) from None
        for diagnostic in answer.diagnostics:
            if diagnostic.severity != _ERROR:
                self._warn(str(_diagnostic(diagnostic)))
        return answer

    # The provider needs one or two seconds to return its schemas, which never change for one binary.
    def _read_schemas(self) -> "pb.GetProviderSchema.Response":
        status = self._provider.path.stat()
        file = self._schema_folder / f"aws-{self.version}-{status.st_size}-{status.st_mtime_ns}"
        with contextlib.suppress(OSError, DecodeError):
            content = file.read_bytes()
            if hashlib.sha256(content[_DIGEST_BYTES:]).digest() == content[:_DIGEST_BYTES]:
                return pb.GetProviderSchema.Response.FromString(content[_DIGEST_BYTES:])
        schemas = self._call("GetSchema", pb.GetProviderSchema.Request())
        _check(schemas)
        with contextlib.suppress(OSError):  # without a writable cache only time is lost
            file.parent.mkdir(parents=True, exist_ok=True)
            content = schemas.SerializeToString()
            draft = file.with_name(f"{file.name}.{os.getpid()}")
            draft.write_bytes(hashlib.sha256(content).digest() + content)
            draft.replace(file)
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
        """Return the schema version of a resource type's state."""
        return int(self._schemas.resource_schemas[kind].version)

    def configure(self, config: dict[str, Any]) -> None:
        """Configure the provider with options by their Terraform names."""
        complete = encode(coerce_block(self.provider, config))
        _check(self._call("Configure", pb.Configure.Request(terraform_version=_TERRAFORM_VERSION, config=complete)))

    def validate(self, kind: str, config: dict[str, Any]) -> list[Diagnostic]:
        """Return the errors in a resource's configuration."""
        complete = encode(coerce_block(self.resource(kind), config))
        request = pb.ValidateResourceTypeConfig.Request(type_name=kind, config=complete)
        return _errors(self._call("ValidateResourceTypeConfig", request))

    def plan(self, kind: str, prior: Any, config: Any, private: bytes = b"") -> Plan:
        """Plan the change from a prior state to a configuration; None stands for a resource that does not exist."""
        block = self.resource(kind)
        complete = coerce_block(block, config)
        request = pb.PlanResourceChange.Request(
            type_name=kind,
            prior_state=encode(prior),
            proposed_new_state=encode(proposed_state(block, prior, complete)),
            config=encode(complete),
            prior_private=private,
        )
        answer = self._call("PlanResourceChange", request)
        _check(answer)
        replace = [_path(path) for path in answer.requires_replace]
        return Plan(complete, decode(answer.planned_state), replace, answer.planned_private)

    def apply(self, kind: str, prior: Any, plan: Plan) -> tuple[Any, bytes]:
        """Apply a plan; return the new state and the provider's private data.

        Raises
        ------
        ProviderError
            The operation failed; the error holds the state after the failure.
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
        return self._restored(kind, state, plan.planned), answer.private

    def read(self, kind: str, state: Any, private: bytes) -> tuple[Any, bytes]:
        """Return a resource's current state and private data; the state is None if the resource no longer exists."""
        request = pb.ReadResource.Request(type_name=kind, current_state=encode(state), private=private)
        answer = self._call("ReadResource", request)
        _check(answer)
        return self._restored(kind, decode(answer.new_state), state), answer.private

    def _restored(self, kind: str, state: Any, before: Any) -> Any:
        return restore_missing(kind, state, before) if self.emulated else state

    def import_state(self, kind: str, identity: str) -> tuple[Any, bytes]:
        """Return the state with which an existing resource is imported; `read` completes it."""
        answer = self._call("ImportResourceState", pb.ImportResourceState.Request(type_name=kind, id=identity))
        _check(answer)
        imported = next((item for item in answer.imported_resources if item.type_name == kind), None)
        return (decode(imported.state), imported.private) if imported is not None else (None, b"")

    def upgrade(self, kind: str, version: int, state: Any) -> Any:
        """Return a state of another provider version in this version's form."""
        raw = pb.RawState(json=json.dumps(state).encode())
        request = pb.UpgradeResourceState.Request(type_name=kind, version=version, raw_state=raw)
        answer = self._call("UpgradeResourceState", request)
        _check(answer)
        return decode(answer.upgraded_state)

    def read_data(self, kind: str, config: dict[str, Any]) -> Any:
        """Return the result of a data source."""
        complete = encode(coerce_block(self.data_source(kind), config))
        validation = pb.ValidateDataSourceConfig.Request(type_name=kind, config=complete)
        _check(self._call("ValidateDataSourceConfig", validation))
        answer = self._call("ReadDataSource", pb.ReadDataSource.Request(type_name=kind, config=complete))
        _check(answer)
        return decode(answer.state)


def _path(path: "pb.AttributePath") -> AttributePath:
    steps: list[str | int] = []
    for step in path.steps:
        selector = step.WhichOneof("selector")
        if selector is not None:
            steps.append(getattr(step, selector))
    return tuple(steps)


def _diagnostic(message: Any) -> Diagnostic:
    return Diagnostic(message.summary, message.detail, _path(message.attribute))


def _errors(answer: Any) -> list[Diagnostic]:
    return [_diagnostic(message) for message in answer.diagnostics if message.severity == _ERROR]


def _check(answer: Any) -> None:
    errors = _errors(answer)
    if errors:
        raise ProviderError(errors)
