"""Which AWS types can be tagged, as the installed pulumi_aws says.

Its sources are read, not imported: importing one large service costs 0.4 s, reading one class a millisecond.
"""

import importlib.metadata
import importlib.util
import keyword
import re
from functools import cache
from pathlib import Path

_LISTED_TAGS = frozenset({"aws:autoscaling/group:Group"})
"""Types that list their tags one by one, so that the SDK has no sum of them and the provider no default tags."""


@cache
def is_taggable(kind: str) -> bool | None:
    """Tell whether resources of a type, such as `aws:sqs/queue:Queue`, carry tags; None where the SDK has no such type.

    What the SDK gives a `tags_all` does: some types have a `tags` that means something else.
    """
    source = _source(kind)
    if source is None or not source.is_file():
        return None
    return kind in _LISTED_TAGS or re.search(r"^    def tags_all\(self\)", source.read_text("utf-8"), re.M) is not None


def sdk_version() -> str:
    """Return what is installed, for messages."""
    if _package() is None:
        return "pulumi_aws (not installed)"
    return f"pulumi_aws {importlib.metadata.version('pulumi_aws')}"


def _source(kind: str) -> Path | None:
    """Return where the SDK defines a type: `aws:glue/mLTransform:MLTransform` is glue/ml_transform.py."""
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
