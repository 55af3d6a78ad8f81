import zipfile
from pathlib import Path

import pytest

from offline.aws.terraform import mirror
from offline.terminal import UserError

TARGET = mirror._target()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder and environment without any mirror, except under /opt."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    for name in ("XDG_DATA_HOME", "TF_CLI_CONFIG_FILE", mirror.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return home


def put(folder: Path, version: str = "5.100.0", target: str = TARGET) -> Path:
    binary = folder / f"registry.terraform.io/hashicorp/aws/{version}/{target}/terraform-provider-aws_v{version}_x5"
    binary.parent.mkdir(parents=True)
    binary.touch(mode=0o755)
    return binary


def pack(folder: Path, version: str) -> Path:
    packed = folder / f"registry.terraform.io/hashicorp/aws/terraform-provider-aws_{version}_{TARGET}.zip"
    packed.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("LICENSE.txt", "")
        archive.writestr(f"terraform-provider-aws_v{version}_x5", "binary")
    return packed


def test_the_newest_supported_version_of_a_mirror_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("5.99.1", "5.100.0", "4.67.0", "6.2.0"):
        put(tmp_path / "m", version)
    monkeypatch.setenv(mirror.VARIABLE, str(tmp_path / "m"))
    assert mirror.find().version == "5.100.0"


def test_the_mirror_in_the_environment_variable_comes_before_terraforms_own(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = put(home / ".terraform.d/plugins", "5.100.0")
    named = put(tmp_path / "named", "5.95.0")
    assert mirror.find().path == own
    monkeypatch.setenv(mirror.VARIABLE, str(tmp_path / "named"))
    assert mirror.find().path == named


def test_a_project_names_its_own_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = put(tmp_path / "m")
    monkeypatch.setenv("PROJECT_MIRROR", str(tmp_path / "m"))
    assert mirror.find(variable="PROJECT_MIRROR").path == binary


@pytest.mark.parametrize("place", [".terraform.d/plugins", ".local/share/terraform/plugins"])
def test_terraforms_implied_mirror_folders_are_searched(home: Path, place: str) -> None:
    binary = put(home / place)
    assert mirror.find().path == binary


def test_the_mirror_in_terraforms_configuration_file_is_searched(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = put(tmp_path / "configured")
    block = f'filesystem_mirror {{ path = "{tmp_path / "configured"}" }}'
    (home / ".terraformrc").write_text(f'# path = "/nowhere"\nprovider_installation {{\n {block}\n}}')
    assert mirror.find().path == binary
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    other = put(home / ".terraform.d/plugins")
    assert mirror.find().path == other


def test_a_packed_provider_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(tmp_path / "m", "5.96.0")
    monkeypatch.setenv(mirror.VARIABLE, str(tmp_path / "m"))
    found = mirror.find()
    assert (found.version, found.path.read_text()) == ("5.96.0", "binary")
    assert found.path.stat().st_mode & 0o111
    stamp = found.path.stat().st_mtime_ns
    assert mirror.find().path.stat().st_mtime_ns == stamp


def test_the_error_for_a_broken_zip_contains_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(tmp_path / "m", "5.96.0")
    packed.write_bytes(b"no zip")
    monkeypatch.setenv(mirror.VARIABLE, str(tmp_path / "m"))
    with pytest.raises(UserError, match="not a complete zip") as failed:
        mirror.find()
    assert str(packed) in str(failed.value)


def test_the_error_without_a_usable_provider_says_what_was_found_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "4.67.0")
    put(tmp_path, "5.100.0", "plan9_mips")
    put(tmp_path, "5.101.0").chmod(0o644)
    monkeypatch.setattr(mirror, "_mirrors", lambda _: iter([tmp_path]))
    with pytest.raises(UserError) as failed:
        mirror.find()
    for part in (
        f"4.67.0 for {TARGET} in {tmp_path} (wrong: version)",
        f"5.100.0 for plan9_mips in {tmp_path} (wrong: machine)",
        f"5.101.0 for {TARGET} in {tmp_path} (wrong: not executable)",
        "5.90.0 or newer, below 6",
        mirror.VARIABLE,
    ):
        assert part in str(failed.value)
    assert "\n" not in str(failed.value)


def test_the_provider_of_this_machine_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert mirror.find().path.name.startswith("terraform-provider-aws")
