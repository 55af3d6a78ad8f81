"""A stack on an AWS emulator, with its own backend and settings."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.engine import read_engine, run_engine
from cli.paths import LOCAL, PULUMI, VENV
from cli.settings import copy_settings
from cli.setup import backend, make_stack, stack_file
from offline import emulator
from offline.environment import without_credentials
from offline.terminal import UserError, step

NAME = "local"
REGION = "us-east-1"
_DEFAULT_ENDPOINT = f"http://{emulator.HOST}:{emulator.PORT}"


@dataclass(frozen=True)
class EmulatedStack:
    """A stack on an emulator. Tests run stacks of their own beside the one of `make demo`.

    Attributes
    ----------
    folder
        Folder of the state, the generated settings and the emulator.
    endpoint
        URL of every AWS service.
    overrides
        Settings of the program that differ from the stack's file, by key without the project's name.
    name
        Name of the stack: `local`, or a stack for an AWS account, whose settings can be previewed here.
    """

    folder: Path = LOCAL
    endpoint: str = field(default_factory=lambda: os.environ.get("STRONGROOM_ENDPOINT", _DEFAULT_ENDPOINT).rstrip("/"))
    overrides: Mapping[str, Any] = field(default_factory=dict)
    name: str = NAME

    @property
    def state(self) -> Path:
        """The backend's folder."""
        return self.folder / "state"

    @property
    def environment(self) -> dict[str, str]:
        """The engine's environment: the local backend, and no credentials of the user."""
        return without_credentials() | {
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **backend(self.state),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **{key: os.environ[key] for key in ("PULUMI_HOME",) if key in os.environ},
        }

    def config_arguments(self) -> list[str]:
        """Return `--config-file` with a generated copy: the engine writes the salt of the state into the file it uses."""
        return ["--config-file", str(copy_settings(self.name, self.folder, self.overrides, self.endpoint))]

    def command(self, verb: str, *arguments: str) -> list[str]:
        """Return the command line of a Pulumi command on this stack with its settings."""
        return [PULUMI, verb, "--stack", self.name, *self.config_arguments(), *arguments]

    def run(self, verb: str, *arguments: str) -> None:
        """Run a Pulumi command with its output on standard error.

        Raises
        ------
        UserError
            The command failed; the engine has printed the reason.
        """
        run_engine(self.command(verb, *arguments), self.environment)

    def read(self, verb: str, *arguments: str) -> str:
        """Return what a Pulumi command prints on standard output."""
        return read_engine([PULUMI, verb, *arguments, "--stack", self.name], self.environment)

    def exists(self) -> bool:
        """Tell whether the stack exists, with or without resources."""
        return stack_file(self.state, self.name).exists()

    def ensure(self) -> None:
        """Create the stack if it does not exist."""
        make_stack(self.state, self.environment, self.name)

    def forget(self) -> None:
        """Delete the state and leave its resources alone."""
        if self.exists():
            read_engine(
                [PULUMI, "stack", "rm", "--stack", self.name, "--force", "--yes", "--preserve-config"], self.environment
            )

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources in the state."""
        return self._deployment().get("resources") or []

    def _deployment(self) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self.read("stack", "export"))["deployment"] if self.exists() else {}
        return deployment

    def recover(self) -> None:
        """Prepare the state for the next update.

        Remove the lock of an engine that was killed, report its unfinished operations, and delete a state whose
        resources disappeared together with their emulator.
        """
        for lock in (self.state / ".pulumi" / "locks").rglob("*.json"):
            if _is_stale(lock):
                step("the last engine on this stack was killed: removing its lock")
                lock.unlink(missing_ok=True)
        deployment = self._deployment()
        resources = deployment.get("resources") or []
        keys = [
            resource["id"] for resource in resources if resource["type"] == "aws:kms/key:Key" and resource.get("id")
        ]
        if keys and not any(self._has_key(key) for key in keys):
            step("the local state is from another emulator and its resources no longer exist: deleting that state")
            self.forget()
            return
        for operation in deployment.get("pending_operations") or []:
            resource = operation["resource"]["urn"].split("::", 2)[2].rsplit("$", 1)[-1]
            step(
                f"{operation['type']} {resource} was interrupted; if this run reports that the resource already exists, "
                f"run `make down` and start again"
            )

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs.

        Raises
        ------
        UserError
            The stack is not deployed.
        """
        outputs: dict[str, Any] = json.loads(self.read("stack", "output", "--json")) if self.exists() else {}
        if not outputs:
            raise UserError("Stack local is not deployed. Run `make up STACK=local` or `make demo` first.")
        return outputs

    def client(self, service: str, read_timeout: float = 60) -> Any:
        """Return a boto3 client of the emulator; the timeout in seconds is for each read from the socket."""
        session = boto3.Session("test", "test", region_name=REGION)
        settings = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, read_timeout=read_timeout)
        return session.client(service, endpoint_url=self.endpoint, config=settings)  # type: ignore[call-overload]

    def _has_key(self, key: str) -> bool:
        try:
            self.client("kms").describe_key(KeyId=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return False
            raise
        return True


def _is_stale(lock: Path) -> bool:
    """Tell whether the process that holds a lock was on this machine and has ended."""
    try:
        holder = json.loads(lock.read_text())
        if holder["hostname"] != socket.gethostname():
            return False
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False  # if in doubt, keep the lock: the engine says what to do about it
    return False


def ensure_emulator(stack: EmulatedStack) -> None:
    """Start the emulator if nothing answers at the stack's endpoint.

    Raises
    ------
    UserError
        Another program uses the port, or the endpoint is not the default one and does not answer.
    """
    if emulator.is_healthy(stack.endpoint):
        return
    if stack.endpoint != _DEFAULT_ENDPOINT:
        raise UserError(
            f"No AWS emulator answers at {stack.endpoint}, which STRONGROOM_ENDPOINT names. "
            f"Start that emulator, or unset STRONGROOM_ENDPOINT to use the one of this project."
        )
    if emulator.is_listening(stack.endpoint):
        raise UserError(
            f"Port {emulator.PORT} on {emulator.HOST} is taken by a program that is not an AWS emulator. Stop that program, "
            f"or set STRONGROOM_ENDPOINT to the URL of an emulator of yours, then run the command again."
        )
    step(f"starting the local AWS on {stack.endpoint}; `make down` stops it")
    emulator.start(stack.folder / "emulator")


def require_emulator(stack: EmulatedStack) -> None:
    """Check that an emulator answers at the stack's endpoint.

    Raises
    ------
    UserError
        No emulator answers.
    """
    if not emulator.is_healthy(stack.endpoint):
        raise UserError(
            f"No AWS emulator answers at {stack.endpoint}, the endpoint of stack local. "
            f"Run `make up STACK=local`, which starts one and deploys the stack again; the old local state is deleted."
        )
