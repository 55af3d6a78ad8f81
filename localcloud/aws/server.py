"""The plugin's protocol, `pulumirpc.ResourceProvider`: a thin edge over the adapter."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from localcloud.aws import log, mirror, options
from localcloud.aws.configuration import CheckFailed
from localcloud.aws.naming import Mode, Naming
from localcloud.aws.resource import Adapter, Failed
from localcloud.aws.sdk import NotCarried
from localcloud.aws.terraform import ProviderError, Terraform
from localcloud.aws.values import Properties, decode, encode
from localcloud.console import Failure

_Result = TypeVar("_Result")
_SOME, _NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
_MODES = {
    provider_pb2.CheckRequest.AutonamingOptions.PROPOSE: Mode.PROPOSE,
    provider_pb2.CheckRequest.AutonamingOptions.ENFORCE: Mode.ENFORCE,
    provider_pb2.CheckRequest.AutonamingOptions.DISABLE: Mode.DISABLE,
}


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin process serves one configured provider.

    Parameters
    ----------
    version
        What the plugin calls itself: the version of the Python package that it serves.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._log = log.Log()
        self._lock = threading.Lock()
        self._adapter: Adapter | None = None
        self._closed = False

    def adapter(self) -> Adapter:
        """Return the adapter; the first call starts Terraform's provider."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the plugin is ending")
            if self._adapter is None:
                self._adapter = Adapter(Terraform(mirror.find(), self._log.warn))
            return self._adapter

    def close(self) -> None:
        """End Terraform's provider."""
        with self._lock:
            self._closed = True
            if self._adapter is not None:
                self._adapter.terraform.close()

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Tell what forms of values the adapter takes."""
        self._log.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Tell the version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Take the address of an engine that has not started the plugin itself."""
        self._log.attach(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Ask Terraform's provider to give up what it waits for."""
        adapter = self._adapter
        if adapter is not None:
            adapter.terraform.stop()
        return empty_pb2.Empty()

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetMappingResponse:
        """Have no mapping for converters."""
        return provider_pb2.GetMappingResponse()

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """Tell name and version: the full schema exists only with the official plugin, so no code is generated."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "aws", "version": "{self._version}"}}')

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Refuse options that the provider does not have."""
        news = decode(request.news)
        schema = _guarded(context, request.urn, self.adapter).terraform.provider
        secret = news.secret | {(name,) for name in options.SECRET & news.values.keys()}
        return provider_pb2.CheckResponse(
            inputs=encode(news.values, secret), failures=_failures(options.faults(schema, options.parse(news.values)))
        )

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Tell which options changed; another region is another provider, with other resources."""
        before = request.old_inputs if request.HasField("old_inputs") else request.olds
        olds, news = options.parse(decode(before).values), options.parse(decode(request.news).values)
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        return provider_pb2.DiffResponse(
            diffs=changed, replaces=[name for name in changed if name == "region"], changes=_SOME if changed else _NONE
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Configure Terraform's provider."""
        given = options.parse(decode(request.args).values)
        silent = options.silent_endpoint(given)
        if silent is not None:
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"Nothing answers at {silent}, where this stack's settings send every AWS call. Start the emulator there "
                f"(in this project: make up STACK=local), or correct aws:endpoints in the stack's settings.",
            )

        def configure() -> None:
            adapter = self.adapter()
            adapter.terraform.configure(options.to_terraform(adapter.terraform.provider, given))
            adapter.terraform.emulated = options.emulated(given)
            adapter.default_tags = options.default_tags(given)
            # Without one in the options, it comes from the user's AWS profile, which Terraform's provider has read.
            adapter.region = given.get("region") or adapter.terraform.read_data("aws_region", {})["name"]

        _guarded(context, "", configure)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Check a resource's inputs and fill in its name."""
        news = decode(request.news)
        naming = Naming(_name(request.urn), request.randomSeed)
        if request.HasField("autonaming"):
            wanted = request.autonaming
            naming = Naming(naming.name, naming.seed, _MODES[wanted.mode], wanted.proposed_name)
        inputs, found = _guarded(
            context,
            request.urn,
            lambda: self.adapter().check(_token(request.urn), naming, news, decode(request.olds).values),
        )
        return provider_pb2.CheckResponse(inputs=encode(inputs, news.secret), failures=_failures(found))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Compare a resource with new inputs."""
        found = _guarded(
            context,
            request.urn,
            lambda: self.adapter().difference(
                _token(request.urn),
                decode(request.olds),
                decode(request.old_inputs).values,
                decode(request.news),
                request.ignoreChanges,
            ),
        )
        return provider_pb2.DiffResponse(
            replaces=found.replaces,
            deleteBeforeReplace=found.delete_first,
            diffs=sorted({path.split(".")[0].split("[")[0] for path in found.detailed}),
            changes=_SOME if found.detailed or found.replaces else _NONE,
            hasDetailedDiff=True,
            detailedDiff={
                path: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind))
                for path, kind in found.detailed.items()
            },
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Create a resource, or tell what would come of it."""
        inputs = decode(request.properties)
        identity, outputs = _guarded(
            context,
            request.urn,
            lambda: self.adapter().create(
                _token(request.urn), inputs, preview=request.preview, seconds=request.timeout
            ),
            inputs,
        )
        return provider_pb2.CreateResponse(id=identity, properties=encode(outputs.values, outputs.secret))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Update a resource, or tell what would come of it."""
        news = decode(request.news)
        outputs = _guarded(
            context,
            request.urn,
            lambda: self.adapter().update(
                _token(request.urn),
                decode(request.olds),
                news,
                request.ignoreChanges,
                preview=request.preview,
                seconds=request.timeout,
            ),
            news,
        )
        return provider_pb2.UpdateResponse(properties=encode(outputs.values, outputs.secret))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """Read a resource as it is now; an empty answer says that it is gone."""
        found = _guarded(
            context,
            request.urn,
            lambda: self.adapter().read(
                _token(request.urn), request.id, decode(request.properties), decode(request.inputs)
            ),
        )
        if found is None:
            return provider_pb2.ReadResponse()
        identity, outputs, inputs = found
        return provider_pb2.ReadResponse(
            id=identity,
            properties=encode(outputs.values, outputs.secret),
            inputs=encode(inputs.values, inputs.secret),
        )

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Delete a resource."""
        _guarded(
            context,
            request.urn,
            lambda: self.adapter().delete(_token(request.urn), decode(request.properties), seconds=request.timeout),
        )
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Answer a function."""

        def invoke() -> provider_pb2.InvokeResponse:
            try:
                answer = self.adapter().invoke(request.tok, decode(request.args).values)
            except CheckFailed as failed:
                return provider_pb2.InvokeResponse(failures=_failures(failed.failures))
            message: dict[str, Any] = {"return": encode(answer.values, answer.secret)}
            return provider_pb2.InvokeResponse(**message)

        return _guarded(context, "", invoke)


def _guarded(
    context: grpc.ServicerContext, urn: str, work: Callable[[], _Result], inputs: Properties | None = None
) -> _Result:
    """Do the work; turn what the adapter raises into the protocol's errors."""
    log.resource.set(urn)
    try:
        return work()
    except Failed as failed:
        _abort_half_way(context, failed, inputs or Properties({}))
    except (NotCarried, CheckFailed) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except Failure as failure:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(failure))
    except (ProviderError, RuntimeError, ValueError, OSError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _abort_half_way(context: grpc.ServicerContext, failed: Failed, inputs: Properties) -> NoReturn:
    """Answer an error that carries the resource's state, so that the engine keeps it."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failed.identity,
            properties=encode(failed.outputs.values, failed.outputs.secret),
            reasons=failed.reasons,
            inputs=encode(inputs.values, inputs.secret),
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failed), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(failed))


def _failures(found: list[tuple[str, str]]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in found]


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
