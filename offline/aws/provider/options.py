"""Converts the provider's options from Pulumi's stack config to the Terraform provider's configuration."""

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from offline.aws.terraform.cty import UNKNOWN, CoercionError, coerce
from offline.aws.terraform.schema import Block
from offline.aws.translation.fields import camel

SECRET = frozenset({"accessKey", "secretKey", "token"})
_ENGINE_OPTIONS = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})
_NAMES = {"assumeRoles": "assume_role"}
"""Options with another name in Pulumi."""

_AWS_DOMAINS = (
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
"""Domains of the endpoints of all AWS partitions."""

_CONNECT_SECONDS = 5.0


def parse(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as data; the engine sends values other than strings as JSON."""
    options: dict[str, Any] = {}
    for name, value in values.items():
        if name in _ENGINE_OPTIONS or value is None:
            continue
        options[name] = value
        if isinstance(value, str) and (value[:1] in ("[", "{") or value in ("true", "false")):
            try:
                options[name] = json.loads(value)
            except ValueError:
                options[name] = value
    return options


def option_errors(schema: Block, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the errors in options, as (name, reason)."""
    errors = []
    for name, value in options.items():
        key = _terraform_name(schema, name)
        if key is None:
            errors.append((name, "is not an option of the installed Terraform AWS provider"))
        elif value is UNKNOWN:
            continue
        elif key in schema.attributes:
            try:
                coerce(schema.attributes[key].type, value)
            except CoercionError as error:
                errors.append((name, str(error)))
        else:
            errors += [(name, reason) for reason in _block_errors(name, schema.blocks[key].block, value)]
    return errors


def _block_errors(name: str, block: Block, value: Any) -> list[str]:
    reasons = []
    for element in value if isinstance(value, list) else [value]:
        if not isinstance(element, dict):
            reasons.append(f"expected a map, or a list of maps, found {type(element).__name__}")
            continue
        unknown = [inner for inner in element if _terraform_name(block, inner) is None]
        if name == "endpoints":
            reason = "names the service {!r}, which does not exist: calls to the intended service would go to AWS"
        else:
            reason = "contains {!r}, which is not one of its options"
        reasons += [reason.format(inner) for inner in unknown]
    return reasons


def to_terraform(schema: Block, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options by Terraform names, without the default tags, which the adapter adds to the inputs."""
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
                {_terraform_name(block, inner): setting for inner, setting in element.items()}
                for element in (value if isinstance(value, list) else [value])
            ]
        else:
            config[key] = value
    return config


def default_tags(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags for every resource."""
    given = options.get("defaultTags")
    block = given[0] if isinstance(given, list) and given else given
    tags = block.get("tags") if isinstance(block, dict) else None
    return dict(tags) if isinstance(tags, dict) else {}


def _terraform_name(block: Block, name: str) -> str | None:
    names = {camel(attribute): attribute for attribute in [*block.attributes, *block.blocks]}
    return _NAMES.get(name) or names.get(name)


def _endpoints(options: Mapping[str, Any]) -> dict[str, Any]:
    given = options.get("endpoints")
    maps = given if isinstance(given, list) else [given]
    return {service: url for item in maps if isinstance(item, dict) for service, url in item.items()}


def is_emulated(options: Mapping[str, Any]) -> bool:
    """Tell whether an emulator answers: there are endpoints, and none of them is in a domain of AWS."""
    hosts = [urlsplit(url).hostname or "" for url in _endpoints(options).values() if isinstance(url, str)]
    return bool(hosts) and not any(host.endswith(_AWS_DOMAINS) for host in hosts)


def unreachable_endpoint(options: Mapping[str, Any]) -> str | None:
    """Return the endpoint of all services if it is on this machine and no program listens there, else None.

    The provider itself would retry for minutes and then report an error of the first service that it called.
    """
    urls = {url for url in _endpoints(options).values() if isinstance(url, str)}
    if len(urls) != 1:
        return None
    (url,) = urls
    address = urlsplit(url)
    if address.hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    try:
        with socket.create_connection((address.hostname, address.port or 80), timeout=_CONNECT_SECONDS):
            return None
    except OSError:
        return url
