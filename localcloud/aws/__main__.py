"""The plugin's process: `pulumi-resource-aws`, started by the engine."""

import importlib.metadata
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.aws.server import AwsProvider
from localcloud.console import Failure
from localcloud.lifetime import End

_MESSAGE_BYTES = 1 << 28
_WORKERS = 128
"""More than the engine has operations in flight: nearly all of them only wait for AWS."""


def main() -> None:
    """Serve until the engine ends: print the port, which the engine reads, and nothing else."""
    end = End()
    server = grpc.server(
        ThreadPoolExecutor(_WORKERS),
        options=[("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)],
    )
    provider = AwsProvider(importlib.metadata.version("pulumi-aws"))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()

    def start_early() -> None:
        """Start Terraform's provider while the engine is still shaking hands; whoever needs it meets the error."""
        try:
            provider.adapter()
        except (Failure, OSError, RuntimeError):
            return

    threading.Thread(target=start_early, daemon=True).start()
    end.await_it()
    provider.close()
    server.stop(grace=1).wait()


if __name__ == "__main__":
    main()
