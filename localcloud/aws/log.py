"""The engine's log, where the user sees what the provider warns of."""

import contextlib
import threading
from contextvars import ContextVar

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

resource: ContextVar[str] = ContextVar("resource", default="")
"""The URN of the resource that the current call is about."""

_SECONDS = 5


class Log:
    """Passes warnings on, once it knows the engine's address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: engine_pb2_grpc.EngineStub | None = None
        self._told: set[tuple[str, str]] = set()

    def attach(self, address: str) -> None:
        """Take the engine's address."""
        if address:
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, text: str) -> None:
        """Tell the user, once for each resource."""
        warning = (resource.get(), text)
        with self._lock:
            if self._engine is None or warning in self._told:
                return
            self._told.add(warning)
        request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=warning[0])
        with contextlib.suppress(grpc.RpcError):  # an engine that is ending takes no more warnings
            self._engine.Log(request, timeout=_SECONDS)
