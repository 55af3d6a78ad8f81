"""The code of a function: its own files, and the boto3 that requirements.txt locks."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackagePath
from pathlib import Path
from typing import Any

import pytest

from components.shared.function_code import SOURCE, PackageError, function_code

FUNCTIONS = sorted(folder.parent.name for folder in (SOURCE / "lambdas").glob("*/handler.py"))
LOCK = (SOURCE / "requirements.txt").read_text()


def files_of(name: str, root: Path = SOURCE) -> dict[str, Path]:
    code: Any = function_code(f"lambdas.{name}", root)
    return {file: Path(asset.path) for file, asset in code.assets.items()}


def clients_of(name: str) -> Iterator[str]:
    """Yield the services whose clients a function's code makes by name."""
    for file in (SOURCE / "lambdas" / name).rglob("*.py"):
        yield from re.findall(r'boto3\.client\("([a-z0-9]+)"', file.read_text())
        yield from re.findall(r'aws\.call\(\s*"([a-z0-9-]+)"', file.read_text())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a function is packed from."""
    shutil.copytree(SOURCE / "lambdas", tmp_path / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SOURCE / "requirements.txt", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_brings_the_locked_boto3_with_all_that_it_requires(name: str) -> None:
    files = files_of(name)
    for package in ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"):
        (version,) = re.findall(rf"^{package}==(\S+)", LOCK, re.MULTILINE)
        assert f"{package.replace('-', '_')}-{version}.dist-info/METADATA" in files


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_brings_the_descriptions_of_the_services_it_calls_and_few_others(name: str) -> None:
    described = {file.split("/")[2] for file in files_of(name) if file.startswith("botocore/data/")}
    assert set(clients_of(name)) <= described
    assert len(described) < 25


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_starts_from_its_package_alone(name: str, tmp_path: Path) -> None:
    for file, source in files_of(name).items():
        target = tmp_path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    services = sorted(set(clients_of(name)))
    program = (
        f"import json, sys; sys.path.insert(0, {str(tmp_path)!r}); import lambdas.{name}.handler, boto3\n"
        f"for service in {services!r}: boto3.client(service, region_name='eu-central-1')\n"
        "print(json.dumps(sorted({m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)})))"
    )
    # Isolated and without site packages, as in Lambda's runtime if that had no boto3.
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not [file for file in json.loads(run.stdout) if "site-packages" in file]


def test_two_packings_of_the_same_files_are_equal(checkout: Path) -> None:
    first, second = files_of("processor"), files_of("processor", checkout)
    assert list(first) == list(second)
    assert [file.read_bytes() for file in first.values()] == [file.read_bytes() for file in second.values()]
    assert not [name for name in first if name.endswith((".pyc", "RECORD", "INSTALLER"))]


def test_every_packed_package_runs_on_either_architecture() -> None:
    wheels = [file for name, file in files_of("processor").items() if name.endswith(".dist-info/WHEEL")]
    assert len(wheels) == 7
    for wheel in wheels:
        assert "Tag: py3-none-any" in wheel.read_text()


def test_a_package_that_is_not_the_locked_version_is_refused(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text(re.sub(r"^urllib3==\S+", "urllib3==1.0.0", LOCK, flags=re.MULTILINE))
    with pytest.raises(
        PackageError, match=r"urllib3 \S+ is installed, and requirements.txt locks 1\.0\.0\. Run `make setup`"
    ):
        function_code("lambdas.processor", checkout)


def test_a_package_that_is_not_locked_is_refused(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text(LOCK.replace("\nsix==", "\nseven=="))
    with pytest.raises(PackageError, match=r"six .* locks no version"):
        function_code("lambdas.processor", checkout)


def test_a_changed_file_of_a_package_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "client.py"
    changed.write_text("# changed\n")
    located = PackagePath.locate
    monkeypatch.setattr(
        PackagePath, "locate", lambda file: changed if file.as_posix() == "botocore/client.py" else located(file)
    )
    with pytest.raises(PackageError, match=r"botocore/client\.py is not the file that botocore was installed with"):
        function_code("lambdas.processor")


def test_a_package_without_code_is_an_error(checkout: Path) -> None:
    with pytest.raises(FileNotFoundError, match="not a Python package"):
        function_code("lambdas.nothing", checkout)
