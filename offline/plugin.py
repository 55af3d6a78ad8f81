"""The process of a Pulumi plugin: a gRPC server on the loopback interface that ends when the engine ends."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

_MESSAGE_BYTES = 1 << 28
_STOP_SECONDS = 1.0
_PARENT_POLL_SECONDS = 0.5


def serve(register: Callable[[grpc.Server], None], workers: int, close: Callable[[], None]) -> None:
    """Serve a plugin until the engine ends; print the port, which the engine reads, and nothing else.

    Parameters
    ----------
    register
        Adds the plugin's service to the server.
    workers
        How many calls run at the same time.
    close
        Stops what the plugin has started.
    """
    end = _EndOfEngine()
    server = grpc.server(
        ThreadPoolExecutor(workers),
        options=[("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)],
    )
    register(server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    end.wait_for_it()
    close()
    server.stop(grace=_STOP_SECONDS).wait()


class _EndOfEngine(threading.Event):
    """Set on SIGTERM, on SIGINT, and when the parent process has died.

    Create it first, in the main thread. A parent that dies later is noticed because the orphan gets another parent.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parent = os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())

    def wait_for_it(self) -> None:
        while not self.wait(_PARENT_POLL_SECONDS):
            if os.getppid() != self._parent:
                self.set()
