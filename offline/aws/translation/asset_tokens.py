"""Placeholders for assets: Terraform's state holds a token, and the path of a file only during an operation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offline.aws.translation import asset_files
from offline.aws.translation.property_values import Asset, leaves, map_leaves

_HASHES = {"aws_lambda_function": "source_code_hash", "aws_lambda_layer_version": "source_code_hash"}
"""The attribute by which a resource type detects that the content of its file has changed."""


def token_of(asset: Asset) -> str:
    """Return the token of an asset, made from the engine's hash so that no path of a machine gets into the state."""
    return f"asset:{asset.hash}"


def assets_by_token(values: Mapping[str, Any]) -> dict[str, Asset]:
    """Return the assets in some values, by token."""
    return {token_of(leaf): leaf for _, leaf in leaves(dict(values)) if isinstance(leaf, Asset)}


def with_tokens(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's configuration with tokens instead of assets, and with the hash that its type needs."""
    result = dict(config)
    hashed = _HASHES.get(kind)
    if hashed is not None and result.get(hashed) is None:
        result[hashed] = next((value.hash for value in config.values() if isinstance(value, Asset)), None)
    return {
        name: map_leaves(value, lambda leaf: token_of(leaf) if isinstance(leaf, Asset) else leaf)
        for name, value in result.items()
    }


def with_assets(values: dict[str, Any], assets: Mapping[str, Asset]) -> dict[str, Any]:
    """Return values with assets instead of tokens; a token without an asset stays."""
    result: dict[str, Any] = substitute(values, assets)
    return result


def write_files(assets: Mapping[str, Asset], folder: Path) -> dict[str, str]:
    """Write the files of assets into a folder; return their paths by token."""
    return {
        token: asset_files.write(asset, folder, number)
        for number, (token, asset) in enumerate(assets.items())
        if asset.has_contents
    }


def substitute(value: Any, table: Mapping[str, Any]) -> Any:
    """Return a value in which each string that is a key of the table is replaced."""
    return map_leaves(value, lambda leaf: table.get(leaf, leaf) if isinstance(leaf, str) else leaf)
