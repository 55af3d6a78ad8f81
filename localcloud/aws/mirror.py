"""Finds the Terraform AWS provider in a filesystem mirror.

Standard library only: setup runs before anything is installed.
"""

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.console import Failure

VARIABLE = "STRONGROOM_TERRAFORM_MIRROR"
_LEAST = (5, 90, 0)
_BELOW = (6, 0, 0)
_WANTED = "5.90.0 or newer, below 6"


@dataclass(frozen=True)
class Provider:
    """A Terraform AWS provider on this machine.

    Attributes
    ----------
    version
        Such as `5.100.0`.
    path
        Its executable.
    """

    version: str
    path: Path


def find() -> Provider:
    """Return the newest supported provider of the first mirror that has one.

    A mirror's layout is HOST/NAMESPACE/TYPE/VERSION/OS_ARCH. What `STRONGROOM_TERRAFORM_MIRROR` names comes first, then
    where Terraform itself looks, then a mirror directly under a folder of /opt.

    Raises
    ------
    Failure
        None has; the message tells where it looked, what it found and how to provide one.
    """
    unfit: list[str] = []
    mirrors = list(dict.fromkeys(_mirrors()))
    for mirror in mirrors:
        found: list[tuple[tuple[int, ...], Provider]] = []
        for binary in sorted(mirror.glob("*/*/aws/*/*/terraform-provider-aws*")):
            version, target = binary.parent.parent.name, binary.parent.name
            numbers = _numbers(version)
            if (
                numbers is None
                or not _LEAST <= numbers < _BELOW
                or target != _target()
                or not os.access(binary, os.X_OK)
            ):
                unfit.append(f"{version} for {target}" + ("" if os.access(binary, os.X_OK) else ", not executable"))
            elif binary.is_file():
                found.append((numbers, Provider(version, binary)))
        if found:
            return max(found, key=lambda one: one[0])[1]
    raise Failure(
        f"No Terraform AWS provider fits, and the official Pulumi plugin cannot be downloaded. Expected: version {_WANTED}, for "
        f"{_target()}. Found: {', '.join(unfit) or 'none'}. Looked in: {', '.join(str(mirror) for mirror in mirrors)}. "
        f"Provide one with `terraform providers mirror <folder>` on a machine that can, unpack it to "
        f"HOST/NAMESPACE/aws/VERSION/{_target()}/, and set {VARIABLE}=<folder>; or let this machine reach the download site."
    )


def _mirrors() -> Iterator[Path]:
    named = os.environ.get(VARIABLE)
    if named:
        yield Path(named)
    yield from _configured()
    home = Path.home()
    data = os.environ.get("XDG_DATA_HOME")
    yield home / ".terraform.d" / "plugins"
    yield (Path(data) if data else home / ".local" / "share") / "terraform" / "plugins"
    for folder in (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"):
        yield Path(folder) / "terraform" / "plugins"
    try:
        yield from sorted(folder for folder in Path("/opt").iterdir() if folder.is_dir())
    except OSError:
        return


def _configured() -> Iterator[Path]:
    """Yield the `filesystem_mirror` paths of Terraform's own configuration file, which may be named and missing."""
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    file = Path(named) if named else Path.home() / ".terraformrc"
    try:
        text = file.read_text()
    except OSError:
        return
    for block in re.finditer(r"filesystem_mirror\s*\{([^}]*)\}", text):
        path = re.search(r'^\s*path\s*=\s*"([^"]+)"', block.group(1), re.MULTILINE)
        if path:
            yield Path(path.group(1)).expanduser()


def _numbers(version: str) -> tuple[int, ...] | None:
    return tuple(int(part) for part in version.split(".")) if re.fullmatch(r"\d+\.\d+\.\d+", version) else None


def _target() -> str:
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{processor}"
