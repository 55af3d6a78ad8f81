"""The commands on a stack."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cli import attestation, rebuilding
from cli.engine import read_engine, run_engine
from cli.examination.export import export_period
from cli.examination.period import parse_period
from cli.paths import LOCAL, PULUMI, ROOT
from cli.processing import REDRIVE_TIMEOUT, ask_redrive, process_file, summary
from cli.settings import copy_settings, read_settings
from cli.stack import NAME, EmulatedStack, ensure_emulator, require_emulator
from lambdas.shared.checksums import sha256_of
from offline import emulator
from offline.terminal import UserError, done, step

_PACK = ["--policy-pack", str(ROOT / "policy")]


def _check_name(stack: str) -> str:
    """Return a stack's name after checking that it has a settings file."""
    names = sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in ROOT.glob("Pulumi.*.yaml"))
    if stack not in names:
        raise UserError(
            f"There is no stack {stack!r}: expected one of {', '.join(names)}, which have a file Pulumi.<stack>.yaml. Set STACK=<name>."
        )
    return stack


def _account_environment(stack: str) -> dict[str, str]:
    """Return the environment for a stack in an AWS account, after checking that a backend is chosen for its state."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        current = json.loads((home / "credentials.json").read_text()).get("current")
    except (OSError, ValueError):
        current = None
    if not os.environ.get("PULUMI_BACKEND_URL") and not current:
        raise UserError(
            f"No backend is chosen for the state of stack {stack}. Run `pulumi login <url>`, for example with a versioned S3 "
            f"bucket, or set PULUMI_BACKEND_URL, then run the command again."
        )
    return dict(os.environ)


def _check_state(exported: str) -> None:
    """Check a deployed state with the policy pack: it has no unknown values, unlike a preview."""
    step("checking the deployed state with the policy pack")
    answer = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-"],
        cwd=ROOT, input=exported, stdout=2, text=True, check=False,
    )  # fmt: skip
    if answer.returncode:
        raise UserError(
            "The deployed state violates a mandatory rule of the policy pack; the findings are printed above."
        )


def up(stack: str) -> None:
    """Deploy a stack under the policy pack, then check the deployed state with the same rules."""
    if _check_name(stack) != NAME:
        environment = _account_environment(stack)
        run_engine([PULUMI, "up", "--stack", stack, *_PACK], environment)
        _check_state(read_engine([PULUMI, "stack", "export", "--stack", stack], environment))
        return
    local = EmulatedStack()
    ensure_emulator(local)
    local.recover()
    local.ensure()
    local.run("up", "--yes", "--skip-preview", *_PACK)
    _check_state(local.read("stack", "export"))


def preview(stack: str) -> None:
    """Show what `up` would change, and the policy pack's findings."""
    if _check_name(stack) != NAME:
        run_engine([PULUMI, "preview", "--stack", stack, *_PACK], _account_environment(stack))
        return
    local = EmulatedStack()
    require_emulator(local)
    local.ensure()
    local.run("preview", *_PACK)


def destroy(stack: str) -> None:
    """Lift the protections of a stack and destroy it.

    Raises
    ------
    UserError
        The stack is a production stack, or its records are locked in compliance mode.
    """
    settings = read_settings(_check_name(stack))["config"]
    if "prod" in (stack, settings.get("strongroom:environment")):
        raise UserError(
            f"Stack {stack} is production and was not destroyed: its records and keys must be kept for ten years. To retire a "
            f"single resource, run `pulumi state unprotect`, then `pulumi destroy --target`."
        )
    if settings.get("strongroom:object_lock_mode") == "compliance":
        raise UserError(
            f"Stack {stack} locks its records in compliance mode and was not destroyed: nobody can delete the records before "
            f"their retention period ends, and without the keys nobody could read them. See docs/compliance.md."
        )
    step(
        f"destroying everything in stack {stack} but its keys, whose deletion AWS delays by strongroom:key_deletion_days: until "
        f"then the deletion can be cancelled, afterwards nothing encrypted with them can be read"
    )
    step("lifting the protections, deleting objects that are locked in governance mode, then destroying everything")
    unprotected = {"protection": False}
    if stack != NAME:
        environment = _account_environment(stack)
        copy = ["--config-file", str(copy_settings(stack, LOCAL, unprotected))]
        run_engine([PULUMI, "up", "--stack", stack, *copy], environment)
        run_engine([PULUMI, "destroy", "--stack", stack, *copy], environment)
        return
    local = EmulatedStack(overrides=unprotected)
    require_emulator(local)
    local.recover()
    if local.resources():
        local.run("up", "--yes", "--skip-preview")
        local.run("destroy", "--yes", "--skip-preview")


def down() -> None:
    """Stop the local AWS that `up` or `demo` started, and delete the local state."""
    local = EmulatedStack()
    running = emulator.find_running(local.folder / "emulator")
    if running is not None:
        running.stop()
        done("the local AWS is stopped")
    local.forget()
    local.ensure()
    done("the local state is deleted")


def outputs(stack: str) -> None:
    """Print the outputs of a stack as JSON."""
    if _check_name(stack) == NAME:
        print(json.dumps(EmulatedStack().outputs(), indent=2))
    else:
        print(read_engine([PULUMI, "stack", "output", "--json", "--stack", stack], _account_environment(stack)), end="")


def export(stack: str) -> None:
    """Print the state of a stack as JSON; secrets stay encrypted."""
    if _check_name(stack) == NAME:
        local = EmulatedStack()
        local.outputs()
        print(local.read("stack", "export"), end="")
    else:
        print(read_engine([PULUMI, "stack", "export", "--stack", stack], _account_environment(stack)), end="")


def diagram() -> None:
    """Draw the pictures of the documentation."""
    from cli.pictures import write  # noqa: PLC0415 - slow to import, and only this command needs it

    write()
    done("drew docs/pictures/")


def docs() -> None:
    """Write everything that is rendered from code: pages, API reference, JSON Schemas and pictures."""
    from cli.rendered_docs import write  # noqa: PLC0415 - slow to import, and only this command needs it

    write()
    done("wrote the rendered pages of docs/, the API reference in docs/reference/, and the schemas in policy/")
    diagram()


def process(file: str) -> None:
    """Process a file with the local stack and print its manifest as JSON; fail unless the file is COMPLETED."""
    local = EmulatedStack()
    require_emulator(local)
    manifest = process_file(local, Path(file))
    print(json.dumps(manifest, indent=2, ensure_ascii=False))
    if manifest["manifest_status"] != "COMPLETED":
        raise UserError(f"{file} is {manifest['manifest_status']}: {manifest.get('error', 'no reason given')}")


def rebuild_table(stack: str) -> None:
    """Rebuild the table of a stack from its output bucket, with the credentials of the caller."""
    if _check_name(stack) == NAME:
        local = EmulatedStack()
        require_emulator(local)
        deployed, s3, dynamodb = local.outputs(), local.client("s3"), local.client("dynamodb")
    else:
        exported = read_engine([PULUMI, "stack", "output", "--json", "--stack", stack], _account_environment(stack))
        session = boto3.Session(region_name=read_settings(stack)["config"]["aws:region"])
        deployed, s3, dynamodb = json.loads(exported), session.client("s3"), session.client("dynamodb")
    table = deployed["transactions_table"]
    files = rebuilding.rebuild_table(s3, dynamodb, output_bucket=deployed["output_bucket"], table=table)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(files.items())) or "no file"
    done(f"{table} is rebuilt: {counts}")


def examiner_export(stack: str, start: str, end: str, output: str) -> None:
    """Pack the results and the audit trail of a period for an examiner; fail if the package names problems."""
    period = parse_period(start, end)
    if not output:
        raise UserError("No file is named. Set FILE=<path of the ZIP file to write>.")
    if _check_name(stack) == NAME:
        local = EmulatedStack()
        require_emulator(local)
        s3 = local.client("s3")
    else:
        s3 = boto3.Session(region_name=read_settings(stack)["config"]["aws:region"]).client("s3")
    path = Path(output)
    contents = export_period(s3, stack=stack, period=period, path=path, clock=lambda: datetime.now(UTC))
    for name, text in contents.facts.items():
        step(f"{name}: {text}")
    done(f"{path} is written; its SHA-256 is {sha256_of(path)}")
    if contents.problems:
        raise UserError(
            f"{path} has {len(contents.problems)} problems, which its README.txt lists: {'; '.join(contents.problems[:3])}. "
            f"Compare the objects with their earlier versions."
        )


def redrive(stack: str) -> None:
    """Return the dead letters of a stack to its processor."""
    answer = _ask_redrive(stack, {"operation": "redrive"})
    done(f"{answer['moved']} messages returned from the dead-letter queue to the processor")


def replay(stack: str, key: str, version: str) -> None:
    """Notify the processor of a stack of a file again, and print the file's id and version as JSON."""
    if not key:
        raise UserError("No file is named. Set KEY=<key of the object in the input bucket>.")
    request = {"operation": "replay", "key": key, **({"version_id": version} if version else {})}
    print(json.dumps(_ask_redrive(stack, request), indent=2))


def _ask_redrive(stack: str, request: dict[str, str]) -> dict[str, Any]:
    """Ask the redrive function, whose name is known without the stack's state, which operators cannot read."""
    function = f"strongroom-{stack}-redrive"
    if _check_name(stack) == NAME:
        local = EmulatedStack()
        require_emulator(local)
        return ask_redrive(local.client("lambda", read_timeout=REDRIVE_TIMEOUT), function, request)
    config = Config(read_timeout=REDRIVE_TIMEOUT, retries={"total_max_attempts": 1})
    session = boto3.Session(region_name=read_settings(stack)["config"]["aws:region"])
    return ask_redrive(session.client("lambda", config=config), function, request)


def attest() -> None:
    """Run the attestor of the local stack and print its evidence as JSON; fail if a control failed."""
    local = EmulatedStack()
    require_emulator(local)
    evidence = attestation.attest(local)
    print(attestation.summary(evidence), file=sys.stderr)
    print(json.dumps(evidence, indent=2, ensure_ascii=False))
    if failed := evidence["summary"]["fail"]:
        raise UserError(
            f"{failed} of {len(evidence['controls'])} controls failed: the deployed stack differs from its expected state."
        )


def demo() -> None:
    """Deploy the local stack and process the sample files."""
    up(NAME)
    local = EmulatedStack()
    step("processing the files in samples/")
    samples = sorted(file for file in (ROOT / "samples").iterdir() if file.suffix != ".md")
    manifests = [process_file(local, file) for file in samples]
    print(summary(manifests), file=sys.stderr)
    done("the local AWS is still running: `make process FILE=<path>` processes a file of yours, `make down` stops it")
