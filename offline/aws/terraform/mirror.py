"""Finds the Terraform AWS provider in a filesystem mirror.

Standard library only: a project's setup imports this module before it has installed any package.
"""

import os
import platform
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offline.cache import user_cache
from offline.terminal import UserError

VARIABLE = "OFFLINE_TERRAFORM_MIRROR"
"""The environment variable that names a mirror, unless a project has its own."""

_MINIMUM = (5, 90, 0)
_BELOW = (6, 0, 0)
_SUPPORTED = "5.90.0 or newer, below 6"


@dataclass(frozen=True)
class Provider:
    """A Terraform AWS provider on this machine.

    Attributes
    ----------
    version
        For example `5.100.0`.
    path
        The executable.
    """

    version: str
    path: Path


@dataclass(frozen=True)
class _Candidate:
    """A provider in a mirror: an executable, or the zip file in which it is published."""

    version: str
    target: str
    path: Path

    @property
    def numbers(self) -> tuple[int, ...]:
        whole = re.fullmatch(r"\d+\.\d+\.\d+", self.version)
        return tuple(int(part) for part in self.version.split(".")) if whole else ()

    @property
    def packed(self) -> bool:
        return self.path.suffix == ".zip"

    def rejection(self) -> str | None:
        """Return why the provider cannot be used, or None if it can."""
        if not _MINIMUM <= self.numbers < _BELOW:
            return "version"
        if self.target != _target():
            return "machine"
        return None if self.packed or os.access(self.path, os.X_OK) else "not executable"


def find(cache: Path | None = None, variable: str = VARIABLE) -> Provider:
    """Return the newest supported provider from the first mirror that has one.

    A mirror has the layout HOST/NAMESPACE/TYPE/VERSION/OS_ARCH, or HOST/NAMESPACE/TYPE with the published zip files. The
    order is: the mirror that the environment variable names, the folders where Terraform itself looks, the folders
    directly under /opt.

    Parameters
    ----------
    cache
        Folder into which a zip file is unpacked once; the user's cache by default.
    variable
        The environment variable.

    Raises
    ------
    UserError
        No mirror has a supported provider; the message names the folders, what they contain and how to provide one.
    """
    rejected: list[str] = []
    mirrors = list(dict.fromkeys(_mirrors(variable)))
    for mirror in mirrors:
        usable = []
        for candidate in _candidates(mirror):
            rejection = candidate.rejection()
            if rejection is None:
                usable.append(candidate)
            else:
                rejected.append(f"{candidate.version} for {candidate.target} in {mirror} (wrong: {rejection})")
        if usable:
            best = max(usable, key=lambda candidate: (candidate.numbers, not candidate.packed))
            return Provider(best.version, _unpack(best, cache or user_cache()) if best.packed else best.path)
    raise UserError(
        f"No usable Terraform AWS provider was found, and the official Pulumi plugin is not installed. Expected: version "
        f"{_SUPPORTED}, for {_target()}. Found: {', '.join(rejected) or 'none'}. "
        f"Searched: {', '.join(str(mirror) for mirror in mirrors)}. "
        f"Run `terraform providers mirror <folder>` on a machine with internet access, copy that folder to this machine and set "
        f"{variable}=<folder>; or give this machine access to Pulumi's download site."
    )


def _candidates(mirror: Path) -> Iterator[_Candidate]:
    for binary in sorted(mirror.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")):
        if binary.is_file():
            yield _Candidate(binary.parent.parent.name, binary.parent.name, binary)
    for packed in sorted(mirror.glob("*/hashicorp/aws/terraform-provider-aws_*.zip")):
        name = re.fullmatch(r"terraform-provider-aws_([^_]+)_(\w+)\.zip", packed.name)
        if name is not None:
            yield _Candidate(name.group(1), name.group(2), packed)


def _unpack(candidate: _Candidate, cache: Path) -> Path:
    """Return the executable from a zip file, which is unpacked only once."""
    status = candidate.path.stat()
    target = cache / "provider" / f"{candidate.version}-{candidate.target}-{status.st_size}-{status.st_mtime_ns}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            with zipfile.ZipFile(candidate.path) as archive:
                member = next((name for name in archive.namelist() if name.startswith("terraform-provider-aws")), None)
                if member is None:
                    raise UserError(
                        f"{candidate.path} contains no terraform-provider-aws. Download it again, then run the command again."
                    )
                archive.extract(member, draft)
            (draft / member).chmod(0o755)
            draft.rename(target)
        except zipfile.BadZipFile:
            raise UserError(
                f"{candidate.path} is not a complete zip file. Download it again, then run the command again."
            ) from None
        except OSError:
            if not target.exists():  # another process may have unpacked the same file in the meantime
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return next(target.glob("terraform-provider-aws*"))


def _mirrors(variable: str) -> Iterator[Path]:
    named = os.environ.get(variable)
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
    """Yield the `filesystem_mirror` paths from Terraform's own configuration file, if it exists."""
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    file = Path(named) if named else Path.home() / ".terraformrc"
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return
    text = re.sub(r"(?m)^\s*(#|//).*$", "", text)
    for block in re.finditer(r"filesystem_mirror\s*\{([^}]*)\}", text):
        path = re.search(r'\bpath\s*=\s*"([^"]+)"', block.group(1))
        if path:
            yield Path(path.group(1)).expanduser()


def _target() -> str:
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{processor}"
