"""The plugin `pulumi-resource-aws`, which the engine starts."""

import argparse
import importlib.metadata
import threading
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from offline.aws.provider.server import AwsProvider
from offline.aws.terraform import mirror
from offline.cache import user_cache
from offline.plugin import serve
from offline.terminal import UserError

_WORKERS = 128
"""More than the engine's parallel operations: almost all of them only wait for AWS."""


def main() -> None:
    """Serve one engine."""
    parser = argparse.ArgumentParser(prog="python -m offline.aws", description=__doc__, allow_abbrev=False)
    parser.add_argument("--cache", type=Path, default=user_cache(), help="folder for what is kept between runs")
    parser.add_argument("--mirror-variable", default=mirror.VARIABLE, help="environment variable that names a mirror")
    parser.add_argument("--emulator-command", default="", help="how to start the emulator, for an error message")
    options, _ = parser.parse_known_args()  # the engine adds its address and logging flags
    provider = AwsProvider(
        importlib.metadata.version("pulumi-aws"),
        cache=options.cache,
        mirror_variable=options.mirror_variable,
        emulator_command=options.emulator_command,
    )

    def start_early() -> None:
        """Start the Terraform provider during the engine's handshake; the call that needs it reports an error."""
        try:
            provider.adapter()
        except (UserError, OSError, RuntimeError):
            return

    def register(server: grpc.Server) -> None:
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
        threading.Thread(target=start_early, daemon=True).start()

    serve(register, _WORKERS, provider.close)


if __name__ == "__main__":
    main()
