import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from offline.aws.translation import asset_files as assets
from offline.aws.translation.property_values import Asset


def packed(folder: Path, asset: Asset) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(assets.write(asset, folder, 0))


def test_equal_contents_from_different_sources_give_equal_bytes(tmp_path: Path) -> None:
    (tmp_path / "source/inner").mkdir(parents=True)
    (tmp_path / "source/b.py").write_text("b")
    (tmp_path / "source/inner/a.py").write_text("a")
    inner = Asset(True, assets={"a.py": Asset(False, text="a")})
    listed = Asset(True, assets={"inner": inner, "b.py": Asset(False, path=str(tmp_path / "source/b.py"))})
    from_folder = packed(tmp_path / "1", Asset(True, path=str(tmp_path / "source")))
    from_assets = packed(tmp_path / "2", listed)
    assert from_folder.read_bytes() == from_assets.read_bytes()
    with zipfile.ZipFile(from_folder) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"b.py": b"b", "inner/a.py": b"a"}


def test_a_file_and_a_zip_are_used_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("x")
    ready = tmp_path / "ready.zip"
    with zipfile.ZipFile(ready, "w") as archive:
        archive.writestr("a", "1")
    assert packed(tmp_path / "1", Asset(False, path=str(file))) == file
    assert packed(tmp_path / "2", Asset(True, path=str(ready))) == ready


def test_a_tar_is_converted_to_a_zip(tmp_path: Path) -> None:
    tar = tmp_path / "it.tar.gz"
    with tarfile.open(tar, "w:gz") as archive:
        entry = tarfile.TarInfo("a/b.txt")
        entry.size = 2
        archive.addfile(entry, io.BytesIO(b"ok"))
    with zipfile.ZipFile(packed(tmp_path / "1", Asset(True, path=str(tar)))) as made:
        assert made.read("a/b.txt") == b"ok"


def test_a_string_is_written_to_a_file_and_a_file_uri_is_read(tmp_path: Path) -> None:
    assert packed(tmp_path / "1", Asset(False, text="ü")).read_bytes() == "ü".encode()
    (tmp_path / "there").write_text("far")
    assert packed(tmp_path / "2", Asset(False, uri=(tmp_path / "there").as_uri())).read_text() == "far"


@pytest.mark.parametrize(
    ("asset", "words"),
    [
        (Asset(False, hash="h"), "only a hash and no contents"),
        (Asset(False, uri="ftp://example.com/x"), "expected a URI with the scheme https"),
    ],
)
def test_an_asset_that_cannot_be_written_is_an_error(tmp_path: Path, asset: Asset, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        packed(tmp_path, asset)
