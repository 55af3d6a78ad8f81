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

from cli.engine import run_engine
from cli.paths import CACHE, ROOT
from cli.setup import MIRROR_VARIABLE
from cli.stack import EmulatedStack
from offline import emulator
from offline.aws.provider import options
from offline.aws.terraform import mirror
from offline.aws.terraform.client import TerraformProvider
from offline.aws.translation.conversion import to_terraform
from offline.aws.translation.fields import Catalog
from offline.aws.translation.package import Package
from offline.aws.translation.property_values import SIGNATURE
from offline.engine import event_log
from offline.terminal import UserError, step

RUNS = 5
PREVIEW_BOUND = 1.0
"""A preview takes at most as long as `terraform plan`."""
UP_BOUND = 1.2
"""`up` takes at most this many times as long as its slowest chain."""


def main() -> int:
    """Measure and print; return how many figures miss their bounds."""
    with tempfile.TemporaryDirectory(prefix="strongroom-bench-") as name:
        folder = Path(name)
        with emulator.temporary(folder / "emulator") as aws:
            deployed = EmulatedStack(folder / "deployed", aws.endpoint)
            missed = _up(deployed)
            resources = [resource for resource in deployed.resources() if resource["type"].startswith("aws:")]
            return missed + _preview(EmulatedStack(folder / "empty", aws.endpoint), resources, folder / "terraform")


def _up(stack: EmulatedStack) -> int:
    file = stack.folder / "events.json"
    stack.ensure()
    step("deploying the local stack")
    command = stack.command("up", "--yes", "--skip-preview", "--suppress-progress", "--event-log", str(file))
    run_engine(command, stack.environment | event_log.ENABLED)
    log = event_log.read(file.read_text())
    chain = event_log.slowest_chain(log, stack.resources())
    slowest = sum(seconds for _, seconds in chain)
    print(f"\nup of the local stack, {len(stack.resources())} resources\n  slowest chain of resources:")
    for urn, seconds in chain:
        if seconds:
            print(f"    {seconds:4d} s  {'::'.join(urn.split('::')[2:]).rsplit('$', 1)[-1]}")
    return _report("up", log.seconds, "its slowest chain", slowest, UP_BOUND)


def _preview(stack: EmulatedStack, resources: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Time previews and plans that create the same resources, alternately."""
    terraform = shutil.which("terraform")
    if terraform is None:
        print("\npreview: not measured, because terraform is not installed")
        return 0
    stack.ensure()
    configuration = _configuration(stack, resources)
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    # An override needs no `init`, and Terraform does not compute the checksum of the provider's 700 MB.
    override = f'provider_installation {{ dev_overrides {{ "hashicorp/aws" = "{mirror.find(CACHE, MIRROR_VARIABLE).path.parent}" }} }}'
    (folder / "terraform.rc").write_text(override)
    environment = stack.environment | {"TF_CLI_CONFIG_FILE": str(folder / "terraform.rc"), "CHECKPOINT_DISABLE": "1"}
    plan = [terraform, "plan", "-input=false", "-lock=false", "-no-color"]
    preview = stack.command("preview", "--non-interactive")
    step(f"previewing and planning {len(resources)} resources, {RUNS} times each, alternately")
    taken: dict[str, list[float]] = {"preview": [], "plan": []}
    for _ in range(RUNS):
        taken["preview"].append(_timed(preview, ROOT, stack.environment, "to create"))
        taken["plan"].append(_timed(plan, folder, environment, f"{len(resources)} to add"))
    print(f"\npreview and `terraform plan` of {len(resources)} resources, {RUNS} runs each")
    for name, seconds in taken.items():
        print(f"  {name:8} {min(seconds):.2f} to {max(seconds):.2f} s")
    first, second = (statistics.median(seconds) for seconds in taken.values())
    return _report("preview", first, "terraform plan", second, PREVIEW_BOUND)


def _configuration(stack: EmulatedStack, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a state's resources as Terraform configuration, with the stack's provider options."""
    arguments = stack.config_arguments()
    settings = yaml.safe_load(Path(arguments[1]).read_text())["config"]
    given = {name.removeprefix("aws:"): value for name, value in settings.items() if name.startswith("aws:")}
    terraform = TerraformProvider(mirror.find(CACHE, MIRROR_VARIABLE), CACHE)
    try:
        catalog = Catalog(terraform, Package())
        provider = options.to_terraform(terraform.provider, options.parse(given))
        blocks: dict[str, dict[str, Any]] = {}
        for number, resource in enumerate(resources):
            fields = catalog.resource(resource["type"])
            config, _ = to_terraform(fields, resource["inputs"])
            blocks.setdefault(fields.terraform, {})[f"resource_{number}"] = _configured(config)
    finally:
        terraform.close()
    return {"provider": {"aws": _configured(provider)}, "resource": blocks}


def _configured(value: Any) -> Any:
    """Return a value without None, with escaped template markers, and with this file in the place of each asset."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return __file__
        return {name: _configured(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_configured(item) for item in value]
    return re.sub(r"([$%])\{", r"\1\1{", value) if isinstance(value, str) else value


def _timed(command: Sequence[str], folder: Path, environment: Mapping[str, str], expected: str) -> float:
    start = time.monotonic()
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if answer.returncode or expected not in answer.stdout:
        raise UserError(f"`{' '.join(command[:2])}` failed: {(answer.stderr or answer.stdout)[-1500:]}")
    return seconds


def _report(name: str, seconds: float, reference: str, reference_seconds: float, bound: float) -> int:
    """Print a ratio and its bound; return 1 if the ratio exceeds the bound."""
    ratio = seconds / reference_seconds
    print(
        f"  {name} {seconds:.1f} s, {reference} {reference_seconds:.1f} s: ratio {ratio:.2f}, bound {bound:.2f}",
        flush=True,
    )
    return int(ratio > bound)
