"""The plugin's process: `pulumi-resource-aws`, started by the engine."""

import importlib.metadata
import threading

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.aws.server import AwsProvider
from localcloud.console import Failure
from localcloud.plugin import serve

_WORKERS = 128
"""More than the engine has operations in flight: nearly all of them only wait for AWS."""


def main() -> None:
    """Serve one engine."""
    provider = AwsProvider(importlib.metadata.version("pulumi-aws"))

    def start_early() -> None:
        """Start Terraform's provider while the engine is still shaking hands; whoever needs it meets the error."""
        try:
            provider.adapter()
        except (Failure, OSError, RuntimeError):
            return

    def register(server: grpc.Server) -> None:
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
        threading.Thread(target=start_early, daemon=True).start()

    serve(register, _WORKERS, provider.close)


if __name__ == "__main__":
    main()
