"""The provider's options: from Pulumi's stack config to what the Terraform provider takes."""

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from localcloud.aws.cty import UNKNOWN, CoercionError, coerce
from localcloud.aws.fields import camel
from localcloud.aws.schema import Block

SECRET = frozenset({"accessKey", "secretKey", "token"})
_OWN = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})
_NAMES = {"assumeRoles": "assume_role"}
"""Options that Pulumi calls otherwise."""

_AWS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".adc-e.uk",
    ".api.aws.scloud",
    ".ic.gov",
    ".sc2s.sgov.gov",
)
"""How the hosts of AWS's partitions end."""

_CONNECT_SECONDS = 5.0


def parse(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as data; what is no text arrives as JSON."""
    options: dict[str, Any] = {}
    for name, value in values.items():
        if name in _OWN or value is None:
            continue
        options[name] = value
        if isinstance(value, str) and (value[:1] in ("[", "{") or value in ("true", "false")):
            try:
                options[name] = json.loads(value)
            except ValueError:
                options[name] = value
    return options


def faults(schema: Block, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with options, as (name, reason)."""
    found = []
    for name, value in options.items():
        key = _terraform_name(schema, name)
        if key is None:
            found.append((name, "is not an option of the Terraform AWS provider at hand"))
        elif value is UNKNOWN:
            continue
        elif key in schema.attributes:
            try:
                coerce(schema.attributes[key].type, value)
            except CoercionError as error:
                found.append((name, str(error)))
        else:
            found += [(name, reason) for reason in _block_faults(name, schema.blocks[key].block, value)]
    return found


def _block_faults(name: str, block: Block, value: Any) -> list[str]:
    reasons = []
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            reasons.append(f"expected a map, or a list of maps, found {type(one).__name__}")
            continue
        unknown = [inner for inner in one if _terraform_name(block, inner) is None]
        if name == "endpoints":
            reason = "names the service {!r}, which does not exist: its calls would go to AWS"
        else:
            reason = "has {!r}, which is not an option of it"
        reasons += [reason.format(inner) for inner in unknown]
    return reasons


def to_terraform(schema: Block, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options by Terraform's names; default tags are left out, as the adapter puts them into the inputs."""
    config: dict[str, Any] = {}
    for name, value in options.items():
        key = _terraform_name(schema, name)
        if key is None or key == "default_tags":
            continue
        if key == "endpoints":
            config[key] = [_endpoints(options)]
        elif key in schema.blocks:
            block = schema.blocks[key].block
            config[key] = [
                {_terraform_name(block, inner): setting for inner, setting in one.items()}
                for one in (value if isinstance(value, list) else [value])
            ]
        else:
            config[key] = value
    return config


def default_tags(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that every resource gets."""
    given = options.get("defaultTags")
    one = given[0] if isinstance(given, list) and given else given
    tags = one.get("tags") if isinstance(one, dict) else None
    return dict(tags) if isinstance(tags, dict) else {}


def _terraform_name(block: Block, name: str) -> str | None:
    names = {camel(one): one for one in [*block.attributes, *block.blocks]}
    return _NAMES.get(name) or names.get(name)


def _endpoints(options: Mapping[str, Any]) -> dict[str, Any]:
    given = options.get("endpoints")
    maps = given if isinstance(given, list) else [given]
    return {service: url for one in maps if isinstance(one, dict) for service, url in one.items()}


def emulated(options: Mapping[str, Any]) -> bool:
    """Tell whether another than AWS answers: services are sent elsewhere, and none to one of its own addresses."""
    hosts = [urlsplit(url).hostname or "" for url in _endpoints(options).values() if isinstance(url, str)]
    return bool(hosts) and not any(host.endswith(_AWS) for host in hosts)


def silent_endpoint(options: Mapping[str, Any]) -> str | None:
    """Return the address that all services are sent to, if it is one of this machine and nothing listens there.

    The provider itself would try for minutes and then blame the first service it called.
    """
    urls = {url for url in _endpoints(options).values() if isinstance(url, str)}
    if len(urls) != 1:
        return None
    (url,) = urls
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    try:
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=_CONNECT_SECONDS):
            return None
    except OSError:
        return url
