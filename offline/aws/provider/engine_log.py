"""Sends the provider's warnings to the engine's log, which the user sees."""

import contextlib
import threading
from contextvars import ContextVar

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

resource: ContextVar[str] = ContextVar("resource", default="")
"""URN of the resource of the current call."""

_SECONDS = 5


class EngineLog:
    """The engine's log; warnings are dropped until the engine's address is known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: engine_pb2_grpc.EngineStub | None = None
        self._logged: set[tuple[str, str]] = set()

    def attach(self, address: str) -> None:
        """Connect to the engine."""
        if address:
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, text: str) -> None:
        """Log a warning, once per resource."""
        warning = (resource.get(), text)
        with self._lock:
            if self._engine is None or warning in self._logged:
                return
            self._logged.add(warning)
        request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=warning[0])
        with contextlib.suppress(grpc.RpcError):  # the engine may have ended
            self._engine.Log(request, timeout=_SECONDS)
