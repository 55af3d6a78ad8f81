"""Writes assets and archives as files for the Terraform provider; equal contents give equal bytes."""

import io
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

from offline.aws.translation.property_values import Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can represent."""
_MODE = 0o644 << 16
_URL_SECONDS = 60


def write(asset: Asset, folder: Path, number: int) -> str:
    """Return the path of a file with an asset's contents: the asset's own file, or a new file in the folder.

    Raises
    ------
    ValueError
        The contents are unknown, or the URI has another scheme than file, http or https.
    """
    if asset.path is not None and Path(asset.path).is_file() and (not asset.archive or zipfile.is_zipfile(asset.path)):
        return str(Path(asset.path).absolute())
    target = folder / f"{number}{'.zip' if asset.archive else ''}"
    if asset.archive:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in sorted(_files(asset)):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
                file.writestr(entry, content)
    else:
        target.write_bytes(_content(asset))
    return str(target)


def _content(asset: Asset) -> bytes:
    if asset.text is not None:
        return asset.text.encode()
    if asset.path is not None:
        return Path(asset.path).read_bytes()
    if asset.uri is not None:
        if not asset.uri.startswith(("https://", "http://", "file://")):
            raise ValueError(
                f"the asset {asset.uri} cannot be read: expected a URI with the scheme https, http or file"
            )
        with urllib.request.urlopen(asset.uri, timeout=_URL_SECONDS) as answer:  # noqa: S310 - checked above
            content: bytes = answer.read()
        return content
    raise ValueError("an asset has only a hash and no contents, so its file cannot be written")


def _files(asset: Asset) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file in an archive."""
    if asset.assets:
        for name, member in asset.assets.items():
            if member.archive:
                yield from ((f"{name}/{inner}", content) for inner, content in _files(member))
            else:
                yield name, _content(member)
    elif asset.path is not None and Path(asset.path).is_dir():
        root = Path(asset.path)
        for file in sorted(root.rglob("*")):
            if file.is_file():
                yield file.relative_to(root).as_posix(), file.read_bytes()
    else:
        yield from _unpacked(_content(asset))


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    stream = io.BytesIO(packed)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    yield name, archive.read(name)
        return
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield member.name, file.read()
