"""The Python language host: what the engine asks to run programs and policy packs, on the Pulumi Python SDK.

Implements `pulumirpc.LanguageRuntime` as far as deploying needs it. Generating code, packing and linking SDKs are
not carried: the engine reports them as unimplemented.
"""

import contextlib
import importlib.metadata
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from localcloud.plugin import serve

ERROR_WAS_SHOWN = 32
"""Exit code of a program that has told the engine its error already; the engine then adds none of its own."""

_PROGRAM = Path(__file__).with_name("program.py")
_WORKERS = 16
_CHUNK_BYTES = 1 << 16
_GRACE_SECONDS = 5.0


class Children:
    """The processes that run for the engine, each in a group of its own, so that ending one ends what it started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def start(
        self, command: list[str], directory: str, environment: Mapping[str, str], *, piped: bool
    ) -> subprocess.Popen[bytes]:
        """Start a process; piped ones hand their output to the caller, others share the host's."""
        pipe = subprocess.PIPE if piped else None
        with self._lock:
            if self._ended:
                raise RuntimeError("the language host is ending")
            process = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
                start_new_session=True,
            )  # fmt: skip
            self._running.add(process)
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Drop a process that has ended."""
        with self._lock:
            self._running.discard(process)

    def end(self) -> None:
        """End all of them, at first politely."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            end_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                end_group(process, signal.SIGKILL)


def end_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a process and what it started, unless it has ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def python_of(info: language.ProgramInfo) -> str:
    """Return the interpreter for a program: its virtual environment's if `Pulumi.yaml` names one, else the host's.

    Raises
    ------
    FileNotFoundError
        The environment is named but not there.
    """
    virtualenv = info.options.fields["virtualenv"].string_value if "virtualenv" in info.options.fields else ""
    if not virtualenv:
        return sys.executable
    python = Path(info.root_directory, virtualenv, "bin", "python")
    if not python.exists():
        raise FileNotFoundError(
            f"The virtual environment {python.parent.parent} that {info.root_directory} names is not there: "
            f"run `pulumi install` in that folder (in this project: `make setup`)."
        )
    return str(python)


def packages_of(python: str) -> list[plugin_pb2.PackageDependency]:
    """Return the Pulumi packages installed beside an interpreter, by the plugin file each brings.

    Looking at the folders of packages named `pulumi_…` takes a thousandth of what reading every installed
    distribution's metadata does.
    """
    if Path(python).parent == Path(sys.executable).parent:
        folders = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
    else:
        folders = sorted(Path(python).parent.parent.glob("lib/python3*/site-packages"))
    found = []
    for file in sorted(file for folder in folders for file in folder.glob("pulumi_*/pulumi-plugin.json")):
        plugin = json.loads(file.read_text())
        if plugin.get("resource"):
            version = str(plugin.get("version", ""))
            found.append(
                plugin_pb2.PackageDependency(
                    name=plugin["name"],
                    kind="resource",
                    version=f"v{version}" if version else "",
                    server=plugin.get("server", ""),
                )
            )
    return found


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One host serves one engine.

    Parameters
    ----------
    engine
        Address of the engine, where it was given on the command line.
    """

    def __init__(self, engine: str, children: Children) -> None:
        self._engine = engine
        self._children = children

    def Handshake(
        self, request: language.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language.LanguageHandshakeResponse:
        """Learn the engine's address."""
        self._engine = request.engine_address or self._engine
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Tell the version of the SDK that the host is made of."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def About(self, request: language.AboutRequest, context: grpc.ServicerContext) -> language.AboutResponse:
        """Tell which Python runs a program."""
        return language.AboutResponse(executable=_python(request.info, context), version=sys.version.split()[0])

    def GetRequiredPlugins(
        self, request: language.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language.GetRequiredPluginsResponse:
        """Answer the older form of `GetRequiredPackages`."""
        return language.GetRequiredPluginsResponse(
            plugins=[
                plugin_pb2.PluginDependency(
                    name=package.name, kind=package.kind, version=package.version, server=package.server
                )
                for package in packages_of(_python(request.info, context))
            ]
        )

    def GetRequiredPackages(
        self, request: language.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language.GetRequiredPackagesResponse:
        """List the plugins that a program may need."""
        return language.GetRequiredPackagesResponse(packages=packages_of(_python(request.info, context)))

    def GetProgramDependencies(
        self, request: language.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language.GetProgramDependenciesResponse:
        """List the installed packages, for `pulumi about`."""
        return language.GetProgramDependenciesResponse(
            dependencies=[
                language.DependencyInfo(name=one.metadata["Name"], version=one.version)
                for one in importlib.metadata.distributions()
            ]
        )

    def RuntimeOptionsPrompts(
        self, request: language.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language.RuntimeOptionsResponse:
        """Ask nothing: the options stand in `Pulumi.yaml`."""
        return language.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: language.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language.InstallDependenciesResponse]:
        """Do what `pulumi install` promises with the pip toolchain: make the environment, install requirements.txt."""
        root = Path(request.info.root_directory or request.directory)
        options = request.info.options.fields
        virtualenv = options["virtualenv"].string_value if "virtualenv" in options else ""
        python = sys.executable
        commands = []
        if virtualenv:
            python = str(root / virtualenv / "bin" / "python")
            if not Path(python).exists():
                commands.append([sys.executable, "-m", "venv", str(root / virtualenv)])
        requirements = root / "requirements.txt"
        if requirements.exists():
            commands.append([python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)])
        for command in commands:
            process = self._children.start(command, str(root), os.environ, piped=True)
            for name, data in _output(process):
                yield language.InstallDependenciesResponse(**{name: data})
            self._children.forget(process)
            if process.returncode:
                context.abort(
                    grpc.StatusCode.UNKNOWN, f"`{' '.join(command)}` failed with exit code {process.returncode}"
                )

    def Run(self, request: language.RunRequest, context: grpc.ServicerContext) -> language.RunResponse:
        """Run a program against the engine's resource monitor."""
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
        command = [_python(request.info, context), "-u", str(_PROGRAM), json.dumps(settings)]
        process = self._children.start(command, request.pwd, environment, piped=False)
        context.add_callback(lambda: end_group(process, signal.SIGTERM))
        code = process.wait()
        self._children.forget(process)
        if code == ERROR_WAS_SHOWN:
            return language.RunResponse(bail=True)
        return language.RunResponse(error=f"The program ended with exit code {code}." if code else "")

    def RunPlugin(
        self, request: language.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language.RunPluginResponse]:
        """Run a plugin that is written in Python, a policy pack among them, and pass on what it prints."""
        target = request.info.program_directory
        arguments = (
            ["-m", "pulumi.policy", *request.args, target] if request.kind == "analyzer" else [target, *request.args]
        )
        environment = {**os.environ, **dict(entry.split("=", 1) for entry in request.env)}
        command = [_python(request.info, context), "-u", *arguments]
        process = self._children.start(command, request.pwd, environment, piped=True)
        context.add_callback(lambda: end_group(process, signal.SIGTERM))
        for name, data in _output(process):
            yield (
                language.RunPluginResponse(stdout=data) if name == "stdout" else language.RunPluginResponse(stderr=data)
            )
        self._children.forget(process)
        yield language.RunPluginResponse(exitcode=process.returncode)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End what runs."""
        self._children.end()
        return empty_pb2.Empty()


def _python(info: language.ProgramInfo, context: grpc.ServicerContext) -> str:
    try:
        return python_of(info)
    except FileNotFoundError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _output(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what a process prints, as ("stdout" or "stderr", bytes), until it has ended."""
    chunks: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str) -> None:
        descriptor = getattr(process, name).fileno()
        while data := os.read(descriptor, _CHUNK_BYTES):
            chunks.put((name, data))
        chunks.put((name, b""))

    for name in ("stdout", "stderr"):
        threading.Thread(target=pump, args=(name,), daemon=True).start()
    open_streams = 2
    while open_streams:
        name, data = chunks.get()
        if data:
            yield name, data
        else:
            open_streams -= 1
    process.wait()


def main() -> None:
    """Serve one engine."""
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    children = Children()
    host = LanguageHost(addresses[0] if addresses else "", children)
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server), _WORKERS, children.end)


if __name__ == "__main__":
    main()
