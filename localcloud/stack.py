"""Runs the Pulumi engine for a stack: the local one with its own backend, settings and emulator, others as the user set them up."""

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud import emulator
from localcloud.console import Failure, step
from localcloud.environment import without_accounts
from localcloud.paths import LOCAL, PULUMI, ROOT, VENV
from localcloud.setup import backend, make_stack, stack_file

NAME = "local"
REGION = "us-east-1"
_DEFAULT_ENDPOINT = f"http://{emulator.HOST}:{emulator.PORT}"


@dataclass(frozen=True)
class LocalStack:
    """A stack on an emulator, with everything that belongs to it: tests run others beside the one of `make demo`.

    Attributes
    ----------
    folder
        Where its state, generated settings and emulator are kept.
    endpoint
        The URL of every AWS service.
    overrides
        Settings of the program that differ from those of the stack's file, by key without the project's name.
    name
        The stack: `local`, or one that is meant for an account and can be previewed with its own settings here.
    """

    folder: Path = LOCAL
    endpoint: str = field(default_factory=lambda: os.environ.get("STRONGROOM_ENDPOINT", _DEFAULT_ENDPOINT).rstrip("/"))
    overrides: Mapping[str, Any] = field(default_factory=dict)
    name: str = NAME

    @property
    def state(self) -> Path:
        """The folder of its backend."""
        return self.folder / "state"

    @property
    def environment(self) -> dict[str, str]:
        """What the engine runs with: the local backend, and nothing of the user's own accounts."""
        return without_accounts() | {
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **backend(self.state),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **{key: os.environ[key] for key in ("PULUMI_HOME",) if key in os.environ},
        }

    def config_arguments(self) -> list[str]:
        """Return `--config-file …` with generated settings, or nothing where `Pulumi.local.yaml` serves as it is."""
        if self.name == NAME and self.endpoint == _DEFAULT_ENDPOINT and not self.overrides:
            return []
        return ["--config-file", str(settings_copy(self.name, self.folder, self.overrides, self.endpoint))]

    def command(self, verb: str, *arguments: str) -> list[str]:
        """Return the command line that does something to this stack with its settings."""
        return [PULUMI, verb, "--stack", self.name, *self.config_arguments(), *arguments]

    def run(self, verb: str, *arguments: str) -> None:
        """Let the engine do something, its words going to standard error.

        Raises
        ------
        Failure
            The engine says no; it has told why.
        """
        run_engine(self.command(verb, *arguments), self.environment)

    def read(self, verb: str, *arguments: str) -> str:
        """Return what the engine prints, quietly."""
        return read_engine([PULUMI, verb, *arguments, "--stack", self.name], self.environment)

    def exists(self) -> bool:
        """Whether the stack is there, with or without resources."""
        return stack_file(self.state, self.name).exists()

    def ensure(self) -> None:
        """Make the stack if it is not there."""
        make_stack(self.state, self.environment, self.name)

    def forget(self) -> None:
        """Forget the state, and touch nothing that it speaks of."""
        if self.exists():
            read_engine(
                [PULUMI, "stack", "rm", "--stack", self.name, "--force", "--yes", "--preserve-config"], self.environment
            )

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of the state."""
        return self._deployment().get("resources") or []

    def _deployment(self) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self.read("stack", "export"))["deployment"] if self.exists() else {}
        return deployment

    def recover(self) -> None:
        """Make the state fit to go on from.

        The lock of an engine that was killed is taken away, and what that may have left half made is told. A state whose
        resources are gone with the emulator that held them is dropped.
        """
        for lock in (self.state / ".pulumi" / "locks").rglob("*.json"):
            if _is_dead(lock):
                step("the last engine that worked on this stack was killed: taking its lock away")
                lock.unlink(missing_ok=True)
        deployment = self._deployment()
        made = deployment.get("resources") or []
        keys = [one["id"] for one in made if one["type"] == "aws:kms/key:Key" and one.get("id")]
        if keys and not any(self._knows(key) for key in keys):
            step("this AWS knows nothing of the local state, which is from another emulator: dropping that state")
            self.forget()
            return
        for one in deployment.get("pending_operations") or []:
            urn = one["resource"]["urn"]
            step(
                f"{one['type']} {urn.split('::', 2)[2].rsplit('$', 1)[-1]} was cut short: if this run finds it there already, "
                f"`make down` starts afresh"
            )

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs.

        Raises
        ------
        Failure
            The stack is not deployed.
        """
        outputs: dict[str, Any] = json.loads(self.read("stack", "output", "--json")) if self.exists() else {}
        if not outputs:
            raise Failure("Stack local is not deployed. Run `make up STACK=local`, or `make demo`, first.")
        return outputs

    def client(self, service: str, read_timeout: float = 60) -> Any:
        """Return a boto3 client of the local AWS, which waits for an answer's next byte for some seconds."""
        session = boto3.Session("test", "test", region_name=REGION)
        settings = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, read_timeout=read_timeout)
        return session.client(service, endpoint_url=self.endpoint, config=settings)  # type: ignore[call-overload]

    def _knows(self, key: str) -> bool:
        try:
            self.client("kms").describe_key(KeyId=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return False
            raise
        return True


def _is_dead(lock: Path) -> bool:
    """Tell whether a lock is of a process of this machine that is gone."""
    try:
        holder = json.loads(lock.read_text())
        if holder["hostname"] != socket.gethostname():
            return False
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False  # not ours to judge: the engine says what to do about it
    return False


def settings_copy(stack: str, folder: Path, overrides: Mapping[str, Any], endpoint: str | None = None) -> Path:
    """Write a copy of a stack's settings file with some changed, since a tracked file is never edited.

    Parameters
    ----------
    overrides
        Settings of the program, by key without the project's name.
    endpoint
        The URL for every service, which then is an emulator's: what the provider needs there comes from stack local.
    """
    settings = read_settings(stack)
    config = settings["config"]
    if endpoint is not None:
        shared = {key: value for key, value in read_settings(NAME)["config"].items() if key.startswith("aws:")}
        maps = [*shared["aws:endpoints"], *config.get("aws:endpoints", [])]
        config |= {key: value for key, value in shared.items() if key not in config}
        config["aws:endpoints"] = [{service: endpoint for one in maps for service in one}]
    config |= {f"strongroom:{key}": value for key, value in overrides.items()}
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"Pulumi.{stack}.yaml"
    copy.write_text(f"# Generated from Pulumi.{stack}.yaml.\n" + yaml.safe_dump(settings, sort_keys=False))
    return copy


def read_settings(stack: str) -> dict[str, Any]:
    """Return what a stack's settings file says."""
    settings: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return settings


def run_engine(command: list[str], environment: Mapping[str, str]) -> None:
    """Run the engine with its words on standard error; it gets every signal that this process gets.

    Raises
    ------
    Failure
        It ends with another exit code than 0.
    """
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=2)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            continue  # the engine got it as well: it finishes what it has begun and says how to go on
    if code:
        raise Failure(f"`pulumi {command[1]}` ended with exit code {code}; what went wrong stands above.")


def read_engine(command: list[str], environment: Mapping[str, str]) -> str:
    """Return what the engine prints on standard output.

    Raises
    ------
    Failure
        It ends with another exit code than 0; the message is the engine's own.
    """
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        lines = [
            line for line in (answer.stdout + answer.stderr).splitlines() if line.strip() and "from $PATH" not in line
        ]
        raise Failure(f"`pulumi {' '.join(command[1:3])}` failed: {' '.join(lines[-6:])}")
    return answer.stdout


def ensure_emulator(stack: LocalStack) -> None:
    """Have an AWS answer at the stack's endpoint: the one that is there, or else our own.

    Raises
    ------
    Failure
        The port is taken by something else, or another address than the default one does not answer.
    """
    if emulator.healthy(stack.endpoint):
        return
    if stack.endpoint != _DEFAULT_ENDPOINT:
        raise Failure(
            f"No AWS emulator answers at {stack.endpoint}, which STRONGROOM_ENDPOINT names. "
            f"Start it, or unset STRONGROOM_ENDPOINT to use the one that comes with this project."
        )
    step(f"starting the local AWS on {stack.endpoint}; `make down` stops it")
    emulator.start(stack.folder / "emulator")


def require_emulator(stack: LocalStack) -> None:
    """Check that an AWS answers at the stack's endpoint.

    Raises
    ------
    Failure
        None does.
    """
    if not emulator.healthy(stack.endpoint):
        raise Failure(
            f"No AWS answers at {stack.endpoint}, where stack local has its resources. "
            f"Run `make up STACK=local` to start it and deploy anew; a state left from before is dropped then."
        )
