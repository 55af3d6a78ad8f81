"""What stands for an asset in Terraform's state, and what does in the files that Terraform wants while it works."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.aws import assets
from localcloud.aws.values import Asset, leaves, replaced

_HASHES = {"aws_lambda_function": "source_code_hash", "aws_lambda_layer_version": "source_code_hash"}
"""Attributes by which a type learns that a file's content is another."""


def token(asset: Asset) -> str:
    """Return what Terraform's state holds for an asset: by the engine's hash of its contents, never a path of one machine."""
    return f"asset:{asset.hash}"


def by_token(values: Mapping[str, Any]) -> dict[str, Asset]:
    """Return the assets in values by their tokens."""
    return {token(leaf): leaf for _, leaf in leaves(dict(values)) if isinstance(leaf, Asset)}


def tokenised(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's configuration with tokens for its assets, and with the hash by which its type knows them."""
    result = dict(config)
    hashed = _HASHES.get(kind)
    if hashed is not None and result.get(hashed) is None:
        result[hashed] = next((value.hash for value in config.values() if isinstance(value, Asset)), None)
    return {
        name: replaced(value, lambda leaf: token(leaf) if isinstance(leaf, Asset) else leaf)
        for name, value in result.items()
    }


def with_assets(values: dict[str, Any], found: Mapping[str, Asset]) -> dict[str, Any]:
    """Return values with the assets that their tokens stand for, as far as these are found."""
    result: dict[str, Any] = swapped(values, found)
    return result


def written_files(found: Mapping[str, Asset], folder: Path) -> dict[str, str]:
    """Return the paths of files with the contents of assets, by token; they are written into a folder where need be."""
    return {
        name: assets.write(asset, folder, number)
        for number, (name, asset) in enumerate(found.items())
        if asset.has_contents
    }


def swapped(value: Any, table: Mapping[str, Any]) -> Any:
    """Return a value in which each text that a table has is what the table says."""
    return replaced(value, lambda leaf: table.get(leaf, leaf) if isinstance(leaf, str) else leaf)
