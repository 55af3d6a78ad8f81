"""The provider's options: from Pulumi's stack config to what the Terraform provider takes."""

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from localcloud.aws.cty import UNKNOWN, Block
from localcloud.aws.names import snake

SECRET = frozenset({"secretKey", "token"})
_OWN = frozenset({"version", "pluginDownloadURL", "__internal"})
_PLURALS = {"assumeRoles": "assume_role", "assumeRole": "assume_role"}
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
    names = {*schema.attributes, *schema.blocks, "default_tags"}
    services = schema.blocks["endpoints"].block.attributes
    unknown = "is not an option of the Terraform AWS provider at hand"
    return [(name, unknown) for name in options if _terraform_name(name) not in names] + [
        ("endpoints", f"names the service {service!r}, which does not exist: its calls would go to AWS")
        for service in _endpoints(options)
        if service not in services
    ]


def to_terraform(schema: Block, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options by Terraform's names; default tags are left out, as the adapter puts them into the inputs."""
    config: dict[str, Any] = {}
    for name, value in options.items():
        if name == "defaultTags":
            continue
        key = _terraform_name(name)
        if key == "endpoints":
            config[key] = [_endpoints(options)]
        elif key in schema.blocks:
            blocks = value if isinstance(value, list) else [value]
            config[key] = [{snake(inner): one for inner, one in block.items()} for block in blocks]
        else:
            config[key] = value
    return config


def _terraform_name(name: str) -> str:
    return _PLURALS.get(name, snake(name))


def _endpoints(options: Mapping[str, Any]) -> dict[str, Any]:
    given = options.get("endpoints")
    if given is None or given is UNKNOWN:
        return {}
    maps = given if isinstance(given, list) else [given]
    return {snake(service): url for one in maps if isinstance(one, dict) for service, url in one.items()}


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
