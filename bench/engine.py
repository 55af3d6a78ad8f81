"""The engine: a preview against `terraform plan` of the same resources, and `up` against its slowest chain of resources."""

import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from localcloud import emulator, events
from localcloud.aws import mirror, options
from localcloud.aws.fields import Catalog
from localcloud.aws.sdk import Package
from localcloud.aws.terraform import Terraform
from localcloud.aws.translation import to_terraform
from localcloud.aws.values import SIGNATURE
from localcloud.console import Failure, step
from localcloud.paths import ROOT
from localcloud.stack import LocalStack, run_engine

RUNS = 5
PREVIEW_BOUND = 1.0
"""A preview is no slower than `terraform plan`."""
UP_BOUND = 1.2
"""`up` takes at most this many times its slowest chain."""


def main() -> int:
    """Measure, print, and return how many figures miss their bounds."""
    with tempfile.TemporaryDirectory(prefix="strongroom-bench-") as name:
        folder = Path(name)
        with emulator.temporary(folder / "emulator") as aws:
            deployed = LocalStack(folder / "deployed", aws.endpoint)
            missed = _up(deployed)
            resources = [one for one in deployed.resources() if one["type"].startswith("aws:")]
            return missed + _preview(LocalStack(folder / "empty", aws.endpoint), resources, folder / "terraform")


def _up(stack: LocalStack) -> int:
    file = stack.folder / "events.json"
    stack.ensure()
    step("deploying the local stack")
    command = stack.command("up", "--yes", "--skip-preview", "--suppress-progress", "--event-log", str(file))
    run_engine(command, stack.environment | events.ENABLED)
    log = events.read(file.read_text())
    chain = events.slowest_chain(log, stack.resources())
    slowest = sum(seconds for _, seconds in chain)
    print(f"\nup of the local stack, {len(stack.resources())} resources\n  slowest chain of resources:")
    for urn, seconds in chain:
        if seconds:
            print(f"    {seconds:4d} s  {'::'.join(urn.split('::')[2:]).rsplit('$', 1)[-1]}")
    return _told("up", log.seconds, "its slowest chain", slowest, UP_BOUND)


def _preview(stack: LocalStack, resources: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Time previews and plans that create the same resources, in turns."""
    terraform = shutil.which("terraform")
    if terraform is None:
        print("\npreview: terraform is not installed here, so there is nothing to compare a preview with")
        return 0
    stack.ensure()
    configuration = _configuration(stack, resources)
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    # An override needs no `init`, and spares Terraform the checksum of a provider of 700 MB.
    override = f'provider_installation {{ dev_overrides {{ "hashicorp/aws" = "{mirror.find().path.parent}" }} }}'
    (folder / "terraform.rc").write_text(override)
    environment = stack.environment | {"TF_CLI_CONFIG_FILE": str(folder / "terraform.rc"), "CHECKPOINT_DISABLE": "1"}
    plan = [terraform, "plan", "-input=false", "-lock=false", "-no-color"]
    preview = stack.command("preview", "--non-interactive")
    step(f"previewing and planning {len(resources)} resources, {RUNS} times each in turns")
    taken: dict[str, list[float]] = {"preview": [], "plan": []}
    for _ in range(RUNS):
        taken["preview"].append(_timed(preview, ROOT, stack.environment, "to create"))
        taken["plan"].append(_timed(plan, folder, environment, f"{len(resources)} to add"))
    print(f"\npreview and `terraform plan` of {len(resources)} resources, {RUNS} runs each")
    for name, seconds in taken.items():
        print(f"  {name:8} {min(seconds):.2f} to {max(seconds):.2f} s")
    first, second = (statistics.median(one) for one in taken.values())
    return _told("preview", first, "terraform plan", second, PREVIEW_BOUND)


def _configuration(stack: LocalStack, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the resources of a state as Terraform's configuration, with the provider's options of the stack."""
    arguments = stack.config_arguments()
    settings = yaml.safe_load(Path(arguments[1]).read_text())["config"]
    given = {name.removeprefix("aws:"): value for name, value in settings.items() if name.startswith("aws:")}
    terraform = Terraform(mirror.find())
    try:
        catalog = Catalog(terraform, Package())
        provider = options.to_terraform(terraform.provider, options.parse(given))
        blocks: dict[str, dict[str, Any]] = {}
        for number, resource in enumerate(resources):
            fields = catalog.resource(resource["type"])
            config, _ = to_terraform(fields, resource["inputs"])
            blocks.setdefault(fields.terraform, {})[f"resource_{number}"] = _given(config)
    finally:
        terraform.close()
    return {"provider": {"aws": _given(provider)}, "resource": blocks}


def _given(value: Any) -> Any:
    """Return a value without what is none, its texts safe from Terraform's templates; any file serves for an asset."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return __file__
        return {name: _given(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_given(one) for one in value]
    return re.sub(r"([$%])\{", r"\1\1{", value) if isinstance(value, str) else value


def _timed(command: Sequence[str], folder: Path, environment: Mapping[str, str], expected: str) -> float:
    start = time.monotonic()
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if answer.returncode or expected not in answer.stdout:
        raise Failure(f"`{' '.join(command[:2])}` failed: {(answer.stderr or answer.stdout)[-1500:]}")
    return seconds


def _told(name: str, seconds: float, other: str, others: float, bound: float) -> int:
    """Print a ratio beside its bound; return 1 when it is missed."""
    ratio = seconds / others
    print(f"  {name} {seconds:.1f} s, {other} {others:.1f} s: ratio {ratio:.2f}, bound {bound:.2f}", flush=True)
    return int(ratio > bound)
