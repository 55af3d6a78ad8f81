"""What `make` can do with a stack."""

import json
import os
import subprocess
import sys
from pathlib import Path

from localcloud import attestation, emulator
from localcloud.console import Failure, done, step
from localcloud.diagram import mermaid
from localcloud.intake import send, summary
from localcloud.paths import LOCAL, PULUMI, ROOT
from localcloud.stack import (
    NAME,
    LocalStack,
    ensure_emulator,
    read_engine,
    read_settings,
    require_emulator,
    run_engine,
    settings_copy,
)

_PACK = ["--policy-pack", str(ROOT / "policy")]


def _known(stack: str) -> str:
    """Return the stack's name if it has a settings file.

    Raises
    ------
    Failure
        It has none.
    """
    names = sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in ROOT.glob("Pulumi.*.yaml"))
    if stack not in names:
        raise Failure(
            f"There is no stack {stack!r}: expected one of {', '.join(names)}, each with its file Pulumi.<stack>.yaml. Say STACK=<name>."
        )
    return stack


def _account(stack: str) -> dict[str, str]:
    """Return the environment for a stack in a real account, which is the user's own.

    Raises
    ------
    Failure
        No backend is chosen for its state.
    """
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        current = json.loads((home / "credentials.json").read_text()).get("current")
    except (OSError, ValueError):
        current = None
    if not os.environ.get("PULUMI_BACKEND_URL") and not current:
        raise Failure(
            f"Stack {stack} needs a backend for its state, and none is chosen: run `pulumi login <url>`, for example with a "
            f"versioned S3 bucket of your own, or set PULUMI_BACKEND_URL, then run the command again."
        )
    return dict(os.environ)


def _check_state(exported: str) -> None:
    """Judge a deployed state, in which nothing is unknown that a preview could not know.

    Raises
    ------
    Failure
        A mandatory rule fails; the report has told which.
    """
    step("checking the deployed state by the policy pack's rules")
    judged = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-"],
        cwd=ROOT, input=exported, stdout=2, text=True, check=False,
    )  # fmt: skip
    if judged.returncode:
        raise Failure("The deployed state breaks a mandatory rule of the policy pack; which one stands above.")


def up(stack: str) -> None:
    """Deploy a stack under the policy pack, then judge what is deployed by the same rules."""
    if _known(stack) != NAME:
        environment = _account(stack)
        run_engine([PULUMI, "up", "--stack", stack, *_PACK], environment)
        _check_state(read_engine([PULUMI, "stack", "export", "--stack", stack], environment))
        return
    local = LocalStack()
    ensure_emulator(local)
    local.recover()
    local.ensure()
    local.run("up", "--yes", "--skip-preview", *_PACK)
    _check_state(local.read("stack", "export"))


def preview(stack: str) -> None:
    """Show what `up` would change, and what the policy pack says of it."""
    if _known(stack) != NAME:
        run_engine([PULUMI, "preview", "--stack", stack, *_PACK], _account(stack))
        return
    local = LocalStack()
    require_emulator(local)
    local.ensure()
    local.run("preview", *_PACK)


def destroy(stack: str) -> None:
    """Destroy a stack; the protections of the local and the development one are lifted first.

    Raises
    ------
    Failure
        It is production, or its records are locked in compliance mode, which nobody can lift.
    """
    settings = read_settings(_known(stack))["config"]
    if "prod" in (stack, settings.get("strongroom:environment")):
        raise Failure(
            f"Stack {stack} is production and not destroyed by a command: its records and their keys have to outlive it for ten "
            f"years. Single resources are retired with the engine, one by one: pulumi state unprotect, then pulumi destroy --target."
        )
    if settings.get("strongroom:object_lock_mode") == "compliance":
        raise Failure(
            f"Stack {stack} locks its records in compliance mode: nobody can delete them before their time, and without its "
            f"keys nobody could read them any more. It stays as it is, as docs/compliance.md says."
        )
    step(
        f"of stack {stack} nothing stays but its keys, which AWS keeps for the days of strongroom:key_deletion_days: until then "
        f"their deletion can be cancelled, afterwards nothing that was ever written under them can be read"
    )
    step("the protections are lifted, locked objects are deleted under governance, then everything is destroyed")
    lifted = {"protection": False}
    if stack != NAME:
        environment = _account(stack)
        copy = ["--config-file", str(settings_copy(stack, LOCAL, lifted))]
        run_engine([PULUMI, "up", "--stack", stack, *copy], environment)
        run_engine([PULUMI, "destroy", "--stack", stack, *copy], environment)
        return
    local = LocalStack(overrides=lifted)
    require_emulator(local)
    local.recover()
    if local.resources():
        local.run("up", "--yes", "--skip-preview")
        local.run("destroy", "--yes", "--skip-preview")


def down() -> None:
    """Stop the local AWS that `up` or `demo` started, and forget the local state."""
    local = LocalStack()
    running = emulator.leased(local.folder / "emulator")
    if running is not None:
        running.stop()
        done("the local AWS is stopped")
    local.forget()
    local.ensure()
    done("the local state is forgotten")


def outputs(stack: str) -> None:
    """Print the outputs of a stack as JSON."""
    if _known(stack) == NAME:
        print(json.dumps(LocalStack().outputs(), indent=2))
    else:
        print(read_engine([PULUMI, "stack", "output", "--json", "--stack", stack], _account(stack)), end="")


def export(stack: str) -> None:
    """Print the state of a stack as JSON; secrets stay encrypted."""
    if _known(stack) == NAME:
        local = LocalStack()
        local.outputs()
        print(local.read("stack", "export"), end="")
    else:
        print(read_engine([PULUMI, "stack", "export", "--stack", stack], _account(stack)), end="")


def diagram() -> None:
    """Print the deployed local stack as a Mermaid diagram."""
    local = LocalStack()
    local.outputs()
    print(mermaid(local.resources()), end="")


def docs() -> None:
    """Write the pages that are rendered from data."""
    from localcloud.pages import write  # noqa: PLC0415 - heavy, and needed by this command only

    write()
    done("docs/rules.md, docs/controls.md and docs/runbooks/ are written")


def process(file: str) -> None:
    """Send a file through the running local stack and print its manifest as JSON; 0 when it is COMPLETED."""
    local = LocalStack()
    require_emulator(local)
    manifest = send(local, Path(file))
    print(json.dumps(manifest, indent=2, ensure_ascii=False))
    if manifest["manifest_status"] != "COMPLETED":
        raise Failure(f"{file} is {manifest['manifest_status']}: {manifest.get('error', 'no reason given')}")


def attest() -> None:
    """Let the deployed attestor compare the local stack with what was meant, and print its evidence as JSON."""
    local = LocalStack()
    require_emulator(local)
    evidence = attestation.attest(local)
    print(attestation.summary(evidence), file=sys.stderr)
    print(json.dumps(evidence, indent=2, ensure_ascii=False))
    if failed := evidence["summary"]["fail"]:
        raise Failure(
            f"{failed} of {len(evidence['controls'])} controls failed: what is deployed is not what was meant."
        )


def demo() -> None:
    """Deploy the local stack and send the samples through it."""
    up(NAME)
    local = LocalStack()
    step("sending samples/ through the deployed stack")
    samples = sorted(file for file in (ROOT / "samples").iterdir() if file.suffix != ".md")
    manifests = [send(local, file) for file in samples]
    print(summary(manifests), file=sys.stderr)
    done("the local AWS is still running: `make process FILE=…` sends a file of yours, `make down` stops it")
