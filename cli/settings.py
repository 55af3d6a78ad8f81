"""Stack settings: the tracked files `Pulumi.<stack>.yaml`, and generated copies with some values changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cli.paths import ROOT


def read_settings(stack: str) -> dict[str, Any]:
    """Return the content of a stack's settings file."""
    settings: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return settings


def copy_settings(stack: str, folder: Path, overrides: Mapping[str, Any], endpoint: str | None = None) -> Path:
    """Write a changed copy of a stack's settings file, because a command never edits the tracked file.

    Parameters
    ----------
    overrides
        Settings of the program to change, by key without the project's name.
    endpoint
        URL of an emulator for every AWS service; the provider's settings for it come from stack local.
    """
    settings = read_settings(stack)
    config = settings["config"]
    if endpoint is not None:
        shared = {key: value for key, value in read_settings("local")["config"].items() if key.startswith("aws:")}
        endpoints = [*shared["aws:endpoints"], *config.get("aws:endpoints", [])]
        config |= {key: value for key, value in shared.items() if key not in config}
        config["aws:endpoints"] = [{service: endpoint for services in endpoints for service in services}]
    config |= {f"strongroom:{key}": value for key, value in overrides.items()}
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"Pulumi.{stack}.yaml"
    copy.write_text(f"# Generated from Pulumi.{stack}.yaml.\n" + yaml.safe_dump(settings, sort_keys=False))
    return copy
