"""The language host for Python: runs programs and policy packs for the engine, on top of the Pulumi Python SDK.

Implements the part of `pulumirpc.LanguageRuntime` that a deployment needs. Code generation, packing and linking of SDKs
are not implemented; the engine reports them as such.
"""

import importlib.metadata
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from offline.engine.processes import ChildProcesses, signal_group, stream_output
from offline.engine.python_environment import install_commands, installed_packages, interpreter_for
from offline.plugin import serve

ERROR_WAS_SHOWN = 32
"""Exit code of a program that has already sent its error to the engine, so that the engine prints no second one."""

_PROGRAM_RUNNER = Path(__file__).with_name("program_runner.py")
_WORKERS = 16


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The gRPC service; one process serves one engine.

    Parameters
    ----------
    engine
        The engine's address from the command line; empty if the handshake will bring it.
    """

    def __init__(self, engine: str, children: ChildProcesses) -> None:
        self._engine = engine
        self._children = children

    def Handshake(
        self, request: language.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language.LanguageHandshakeResponse:
        """Receive the engine's address."""
        self._engine = request.engine_address or self._engine
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the version of the Pulumi SDK."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def About(self, request: language.AboutRequest, context: grpc.ServicerContext) -> language.AboutResponse:
        """Return the interpreter that runs a program, and its version."""
        return language.AboutResponse(executable=_interpreter(request.info, context), version=sys.version.split()[0])

    def GetRequiredPackages(
        self, request: language.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language.GetRequiredPackagesResponse:
        """Return the packages whose plugins a program may need."""
        return language.GetRequiredPackagesResponse(packages=installed_packages(_interpreter(request.info, context)))

    def GetProgramDependencies(
        self, request: language.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language.GetProgramDependenciesResponse:
        """Return the installed distributions, which `pulumi about` prints."""
        return language.GetProgramDependenciesResponse(
            dependencies=[
                language.DependencyInfo(name=distribution.metadata["Name"], version=distribution.version)
                for distribution in importlib.metadata.distributions()
            ]
        )

    def RuntimeOptionsPrompts(
        self, request: language.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language.RuntimeOptionsResponse:
        """Return no questions: `Pulumi.yaml` holds the options."""
        return language.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: language.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language.InstallDependenciesResponse]:
        """Create the virtual environment and install requirements.txt, as `pulumi install` does with pip."""
        root = Path(request.info.root_directory or request.directory)
        for command in list(install_commands(root, request.info)):
            process = self._children.start(command, str(root), os.environ, piped=True)
            for name, data in stream_output(process):
                yield language.InstallDependenciesResponse(**{name: data})
            self._children.forget(process)
            if process.returncode:
                context.abort(
                    grpc.StatusCode.UNKNOWN, f"`{' '.join(command)}` failed with exit code {process.returncode}."
                )

    def Run(self, request: language.RunRequest, context: grpc.ServicerContext) -> language.RunResponse:
        """Run a program; its resources go to the engine's resource monitor."""
        settings = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "root_directory": request.info.root_directory,
            "program": os.path.join(request.info.program_directory, request.info.entry_point),
            "arguments": list(request.args),
        }
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [_interpreter(request.info, context), "-u", str(_PROGRAM_RUNNER), json.dumps(settings)]
        process = self._children.start(command, request.pwd, environment, piped=False)
        context.add_callback(lambda: signal_group(process, signal.SIGTERM))
        code = process.wait()
        self._children.forget(process)
        if code == ERROR_WAS_SHOWN:
            return language.RunResponse(bail=True)
        return language.RunResponse(error=f"The program ended with exit code {code}." if code else "")

    def RunPlugin(
        self, request: language.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language.RunPluginResponse]:
        """Run a plugin that is written in Python, such as a policy pack, and forward its output."""
        target = request.info.program_directory
        arguments = (
            ["-m", "pulumi.policy", *request.args, target] if request.kind == "analyzer" else [target, *request.args]
        )
        environment = {**os.environ, **dict(entry.split("=", 1) for entry in request.env)}
        command = [_interpreter(request.info, context), "-u", *arguments]
        process = self._children.start(command, request.pwd, environment, piped=True)
        context.add_callback(lambda: signal_group(process, signal.SIGTERM))
        for name, data in stream_output(process):
            yield (
                language.RunPluginResponse(stdout=data) if name == "stdout" else language.RunPluginResponse(stderr=data)
            )
        self._children.forget(process)
        yield language.RunPluginResponse(exitcode=process.returncode)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End all programs and plugins."""
        self._children.end()
        return empty_pb2.Empty()


def _interpreter(info: language.ProgramInfo, context: grpc.ServicerContext) -> str:
    try:
        return interpreter_for(info)
    except FileNotFoundError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def main() -> None:
    """Serve one engine."""
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    children = ChildProcesses()
    host = LanguageHost(addresses[0] if addresses else "", children)
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server), _WORKERS, children.end)


if __name__ == "__main__":
    main()
