"""Which AWS resource types can be tagged, according to the installed pulumi_aws.

The SDK's source files are read, not imported: importing one large service takes 0.4 s, reading one class a millisecond.
"""

import importlib.metadata
import importlib.util
import keyword
import re
from functools import cache
from pathlib import Path

_WITHOUT_TAGS_ALL = frozenset({"aws:autoscaling/group:Group"})
"""Taggable types that list their tags one by one, without `tags_all` and without the provider's default tags."""


@cache
def is_taggable(kind: str) -> bool | None:
    """Tell whether a type, such as `aws:sqs/queue:Queue`, can be tagged; None where the SDK does not have the type.

    The property `tags_all` decides, because some types have a `tags` with another meaning.
    """
    source = _source(kind)
    if source is None or not source.is_file():
        return None
    return (
        kind in _WITHOUT_TAGS_ALL
        or re.search(r"^    def tags_all\(self\)", source.read_text("utf-8"), re.M) is not None
    )


def sdk_version() -> str:
    """Return the name and version of the installed SDK, for messages."""
    if _package() is None:
        return "pulumi_aws (not installed)"
    return f"pulumi_aws {importlib.metadata.version('pulumi_aws')}"


def _source(kind: str) -> Path | None:
    """Return the SDK's source file of a type: glue/ml_transform.py for `aws:glue/mLTransform:MLTransform`."""
    package = _package()
    match = re.fullmatch(r"aws:(\w+)/(\w+):\w+", kind)
    if package is None or match is None:
        return None
    service, name = match.groups()
    folder = f"{service}_" if keyword.iskeyword(service) else service.lower()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name[:1].upper() + name[1:])
    return package / folder / f"{words.lower()}.py"


@cache
def _package() -> Path | None:
    spec = importlib.util.find_spec("pulumi_aws")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
