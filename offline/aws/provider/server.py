"""The gRPC service `pulumirpc.ResourceProvider`, which calls the adapter."""

import threading
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline.aws.provider import engine_log, options
from offline.aws.provider.adapter import Adapter
from offline.aws.provider.auto_naming import NamingMode, NamingRequest
from offline.aws.provider.configuration import InvalidInputsError
from offline.aws.provider.grpc_errors import call, check_failures
from offline.aws.terraform import mirror
from offline.aws.terraform.client import TerraformProvider
from offline.aws.translation.property_values import decode, encode

_SOME, _NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
_MODES = {
    provider_pb2.CheckRequest.AutonamingOptions.PROPOSE: NamingMode.PROPOSE,
    provider_pb2.CheckRequest.AutonamingOptions.ENFORCE: NamingMode.ENFORCE,
    provider_pb2.CheckRequest.AutonamingOptions.DISABLE: NamingMode.DISABLE,
}


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin process serves one configured provider.

    Parameters
    ----------
    version
        The plugin's version, which is that of the Python package.
    cache
        Folder for what is kept between runs.
    mirror_variable
        Environment variable that names a Terraform provider mirror.
    emulator_command
        The command that starts the emulator, for the error message when no emulator answers.
    """

    def __init__(
        self,
        version: str,
        *,
        cache: Path | None = None,
        mirror_variable: str = mirror.VARIABLE,
        emulator_command: str = "",
    ) -> None:
        self._version = version
        self._cache = cache
        self._mirror_variable = mirror_variable
        self._emulator_command = emulator_command
        self._log = engine_log.EngineLog()
        self._lock = threading.Lock()
        self._adapter: Adapter | None = None
        self._closed = False

    def adapter(self) -> Adapter:
        """Return the adapter; the first call starts the Terraform provider."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the plugin is shutting down")
            if self._adapter is None:
                provider = mirror.find(self._cache, self._mirror_variable)
                self._adapter = Adapter(TerraformProvider(provider, self._cache, self._log.warn))
            return self._adapter

    def close(self) -> None:
        """Stop the Terraform provider."""
        with self._lock:
            self._closed = True
            if self._adapter is not None:
                self._adapter.terraform.close()

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Connect to the engine and return the features of this plugin."""
        self._log.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the plugin's version."""
        return plugin_pb2.PluginInfo(version=self._version)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Connect to an engine that has not started the plugin itself."""
        self._log.attach(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Ask the Terraform provider to stop waiting."""
        adapter = self._adapter
        if adapter is not None:
            adapter.terraform.stop()
        return empty_pb2.Empty()

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetMappingResponse:
        """Return no mapping: converters are not supported."""
        return provider_pb2.GetMappingResponse()

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        """Tell name and version: the full schema exists only with the official plugin, so no code is generated."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "aws", "version": "{self._version}"}}')

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Check the provider's options; an unknown option is an error."""
        news = decode(request.news)
        schema = call(context, request.urn, self.adapter).terraform.provider
        secret = news.secret | {(name,) for name in options.SECRET & news.values.keys()}
        return provider_pb2.CheckResponse(
            inputs=encode(news.values, secret),
            failures=check_failures(options.option_errors(schema, options.parse(news.values))),
        )

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Return which options changed; another region requires a new provider with new resources."""
        before = request.old_inputs if request.HasField("old_inputs") else request.olds
        olds, news = options.parse(decode(before).values), options.parse(decode(request.news).values)
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        return provider_pb2.DiffResponse(
            diffs=changed, replaces=[name for name in changed if name == "region"], changes=_SOME if changed else _NONE
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Configure the Terraform provider."""
        arguments = decode(request.args)
        given = options.parse(arguments.values)
        endpoint = options.unreachable_endpoint(given)
        if endpoint is not None:
            command = f" with `{self._emulator_command}`" if self._emulator_command else ""
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"Nothing answers at {endpoint}, the endpoint of all AWS services in this stack's settings. Start the "
                f"emulator{command}, or correct aws:endpoints in the stack's settings.",
            )

        def configure() -> None:
            adapter = self.adapter()
            adapter.terraform.configure(options.to_terraform(adapter.terraform.provider, given))
            adapter.terraform.emulated = options.is_emulated(given)
            adapter.default_tags = options.default_tags(given)
            if any(option == "defaultTags" for option, *_ in arguments.secret):
                adapter.secret_tags = frozenset(("tags", name) for name in adapter.default_tags)
            # Without a region in the options, the Terraform provider has read it from the user's AWS profile.
            adapter.region = given.get("region") or adapter.terraform.read_data("aws_region", {})["name"]

        call(context, "", configure)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Check a resource's inputs and generate its name."""
        news = decode(request.news)
        naming = NamingRequest(_name(request.urn), request.randomSeed)
        if request.HasField("autonaming"):
            autonaming = request.autonaming
            naming = NamingRequest(naming.name, naming.seed, _MODES[autonaming.mode], autonaming.proposed_name)
        inputs, errors = call(
            context,
            request.urn,
            lambda: self.adapter().check(_token(request.urn), naming, news, decode(request.olds).values),
        )
        secret = news.secret | self.adapter().secret_tags
        return provider_pb2.CheckResponse(inputs=encode(inputs, secret), failures=check_failures(errors))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Compare a resource with new inputs."""
        diff = call(
            context,
            request.urn,
            lambda: self.adapter().diff(
                _token(request.urn),
                decode(request.olds),
                decode(request.old_inputs).values,
                decode(request.news),
                request.ignoreChanges,
            ),
        )
        return provider_pb2.DiffResponse(
            replaces=diff.replaces,
            deleteBeforeReplace=diff.delete_first,
            diffs=sorted({path.split(".")[0].split("[")[0] for path in diff.detailed}),
            changes=_SOME if diff.detailed or diff.replaces else _NONE,
            hasDetailedDiff=True,
            detailedDiff={
                path: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind))
                for path, kind in diff.detailed.items()
            },
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Create a resource, or return its outputs as far as a preview knows them."""
        inputs = decode(request.properties)
        identity, outputs = call(
            context,
            request.urn,
            lambda: self.adapter().create(
                _token(request.urn), inputs, preview=request.preview, seconds=request.timeout
            ),
            inputs,
        )
        return provider_pb2.CreateResponse(id=identity, properties=encode(outputs.values, outputs.secret))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Update a resource, or return its outputs as far as a preview knows them."""
        news = decode(request.news)
        outputs = call(
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
        """Read a resource's current state; the answer is empty if the resource does not exist."""
        current = call(
            context,
            request.urn,
            lambda: self.adapter().read(
                _token(request.urn), request.id, decode(request.properties), decode(request.inputs)
            ),
        )
        if current is None:
            return provider_pb2.ReadResponse()
        identity, outputs, inputs = current
        return provider_pb2.ReadResponse(
            id=identity,
            properties=encode(outputs.values, outputs.secret),
            inputs=encode(inputs.values, inputs.secret),
        )

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Delete a resource."""
        call(
            context,
            request.urn,
            lambda: self.adapter().delete(_token(request.urn), decode(request.properties), seconds=request.timeout),
        )
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Call a function."""

        def invoke() -> provider_pb2.InvokeResponse:
            try:
                answer = self.adapter().invoke(request.tok, decode(request.args).values)
            except InvalidInputsError as failed:
                return provider_pb2.InvokeResponse(failures=check_failures(failed.failures))
            message: dict[str, Any] = {"return": encode(answer.values, answer.secret)}
            return provider_pb2.InvokeResponse(**message)

        return call(context, "", invoke)


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
