"""What every plugin of the engine is: a gRPC server on the loopback interface that lives as long as the engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from localcloud.lifetime import End

_MESSAGE_BYTES = 1 << 28
_STOP_SECONDS = 1.0


def serve(register: Callable[[grpc.Server], None], workers: int, close: Callable[[], None]) -> None:
    """Serve until the engine ends: print the port, which the engine reads, and nothing else.

    Parameters
    ----------
    register
        Adds the plugin's service to the server.
    workers
        How many calls are answered at once.
    close
        Ends what the plugin has started.
    """
    end = End()
    server = grpc.server(
        ThreadPoolExecutor(workers),
        options=[("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)],
    )
    register(server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    end.await_it()
    close()
    server.stop(grace=_STOP_SECONDS).wait()
