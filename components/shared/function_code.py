"""The code of a function: its own Python files, and boto3 as requirements.txt locks it.

Lambda's runtimes contain a boto3 of their own, which AWS updates at any time and recommends for functions that cannot bring
one: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html. A function therefore brings the version that its tests
ran with. pip checked the hash of each package when it was installed (`--require-hashes`) and recorded the hash of each file;
the files are checked against those records when they are packed. All of these packages are pure Python, so they run on either
architecture. Equal files give equal bytes: the engine sorts the files of an archive and gives them a constant time.
"""

import ast
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Set
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from pulumi import Archive, AssetArchive, FileAsset

SOURCE = Path(__file__).parents[2]
"""The folder that holds the package `lambdas`, and the file that locks its packages."""
_SDK = "boto3"
_WRITTEN_BY_INSTALLERS = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
"""They differ from one machine to the next."""


class PackageError(Exception):
    """An installed package is not the one that the lock file names."""


def function_code(package: str, root: Path = SOURCE) -> Archive:
    """Return the Python files of a function's package, and of the package `shared` beside it, with boto3.

    Raises
    ------
    FileNotFoundError
        There is no such package.
    PackageError
        The installed boto3, or a package that it requires, is not the locked one.
    """
    folder = root.joinpath(*package.split("."))
    if not (folder / "__init__.py").exists():
        raise FileNotFoundError(f"{folder} is not a Python package: it has no __init__.py")
    own = sorted({*folder.parent.glob("*.py"), *folder.rglob("*.py"), *(folder.parent / "shared").rglob("*.py")})
    files = {file.relative_to(root).as_posix(): file for file in own}
    words = frozenset(word for file in own for word in _texts(file))
    for package_file in _sdk_files((root / "requirements.txt").read_text(), words):
        files[package_file.as_posix()] = Path(str(package_file.locate()))
    return AssetArchive({name: FileAsset(str(file)) for name, file in sorted(files.items())})


def _texts(file: Path) -> Iterator[str]:
    """Yield the texts in a file's code, among which are the names of the services that it calls."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _sdk_files(lock: str, services: Set[str]) -> Iterator[PackagePath]:
    """Yield the files of boto3 and of what it requires; of the descriptions of services, only those of `services`.

    Botocore describes over 400 services in nine tenths of its size, and a function calls a few of them.
    """
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    for package in sorted(_requirements(_SDK)):
        installed = _installed(package)
        if installed.version != locked.get(package):
            raise PackageError(
                f"{package} {installed.version} is installed, and requirements.txt locks {locked.get(package, 'no version')}. "
                f"Run `make setup`, then deploy again"
            )
        for file in installed.files or ():
            if _is_packed(file, services):
                _check(package, file)
                yield file


def _requirements(package: str) -> set[str]:
    """Return a package and what it requires, directly or indirectly, without extras."""
    required = {
        re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()
        for requirement in _installed(package).requires or ()
        if "extra ==" not in requirement
    }
    return {package}.union(*(_requirements(name) for name in required))


def _installed(package: str) -> Distribution:
    try:
        return distribution(package)
    except PackageNotFoundError:
        raise PackageError(
            f"{package} is not installed, and functions need it. Run `make setup`, then deploy again"
        ) from None


def _is_packed(file: PackagePath, services: Set[str]) -> bool:
    if file.parts[0] == ".." or file.suffix == ".pyc" or file.name in _WRITTEN_BY_INSTALLERS:
        return False
    describes_service = len(file.parts) > 3 and file.parts[0] in ("boto3", "botocore") and file.parts[1] == "data"
    return not describes_service or file.parts[2] in services


def _check(package: str, file: PackagePath) -> None:
    content = Path(str(file.locate())).read_bytes()
    found = urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
    if file.hash is None or (file.hash.mode, file.hash.value) != ("sha256", found):
        raise PackageError(
            f"{file} is not the file that {package} was installed with: expected {file.hash}, found sha256 {found}. "
            f"Delete .venv and run `make setup`, then deploy again"
        )
