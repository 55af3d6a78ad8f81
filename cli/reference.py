"""Renders the API reference in `docs/reference/` from signatures and numpydoc docstrings."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import griffe

from cli.paths import ROOT
from cli.tiers import component_classes

_SOURCE = "Rendered by `make docs` from the docstrings."
_Kind = griffe.DocstringSectionKind
_Item = Any
"""An object of griffe; its lookups do not tell classes from functions."""
_POLICY_MODULES = ("evaluation", "settings", "model", "pulumi_json")
_PROCESSOR_MODULES = {
    "__main__": ["main", "token_key"],
    "pipeline": ["process", "Result"],
    "records.tokens": ["Tokens"],
    "manifest": ["manifest_of", "manifest_json", "Manifest"],
    "formats.format": ["read_records", "record_format", "Format", "Record", "DroppedColumns"],
}
"""What other programs would call, by module of `lambdas.processor`."""


def pages() -> dict[str, str]:
    """Return the pages of the reference by file name."""
    contents = {
        "components.md": ("Components", "the component classes of each tier, with their arguments and outputs", _components()),
        "policy.md": ("Policy pack", "what `python -m policy` does, from Python", _policy()),
        "processor.md": ("Processor", "what `python -m lambdas.processor` does, from Python", _processor()),
    }  # fmt: skip
    index = [f"| [{title}]({name}) | {content} |" for name, (title, content, _) in contents.items()]
    texts = {name: _page(title, lines) for name, (title, _, lines) in contents.items()}
    return {"README.md": _page("Reference", ["", "| page | content |", "|---|---|", *index]), **texts}


def write(folder: Path = ROOT / "docs" / "reference") -> None:
    """Write all pages of the reference."""
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _page(title: str, lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join([f"# {title}", "", _SOURCE, *lines]) + "\n")


def _load(package: str) -> _Item:
    return griffe.load(package, search_paths=[ROOT], docstring_parser="numpy")


def _components() -> Iterator[str]:
    package = _load("components")
    yield from ("", *_text(package))
    yield from _item(package["base.Component"], "Component", "##")
    for tier, classes in component_classes().items():
        yield from ("", f"## {tier.capitalize()}")
        for cls in classes:
            component = package[f"{cls.__module__.removeprefix('components.')}.{cls.__name__}"]
            yield from _item(component, cls.__name__, "###", hidden="create")
            arguments = component.bases[0].slice.canonical_path.removeprefix("components.")
            yield from _item(package[arguments], arguments.rpartition(".")[2], "####")


def _policy() -> Iterator[str]:
    package = _load("policy")
    yield from ("", *_text(package))
    for name in _POLICY_MODULES:
        public = [key for key, member in package[name].members.items() if member.is_public]
        yield from _module(package[name], package[name].exports or public)


def _processor() -> Iterator[str]:
    package = _load("lambdas")["processor"]
    yield from ("", *_text(package))
    for name, members in _PROCESSOR_MODULES.items():
        yield from _module(package[name], members)


def _module(module: _Item, names: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## `{module.path}`", "", *_text(module))
    for name in names:
        member = module[name]
        yield from _item(module[f"{name}.{name}"] if member.is_module else member, name, "###")


def _item(item: _Item, name: str, heading: str, hidden: str = "") -> Iterator[str]:
    """Yield a class, function or value: heading, signature, docstring, and a class's attributes and methods as tables."""
    item = item.final_target if item.is_alias else item
    yield from ("", f"{heading} {name}")
    if item.is_attribute:
        yield from ("", "```python", f"{name} = {item.value}", "```")
    elif item.is_function or ("__init__" in item.members and "dataclass" not in item.labels):
        yield from ("", "```python", item.signature(), "```")
    yield from ("", *_text(item))
    yield from _tables(item)
    if item.is_class:
        own = [member for key, member in item.members.items() if key != hidden and key[0] != "_"]
        yield from _table(("attribute", "type", "meaning"), _attributes(item, own))
        methods = ((f"`{member.signature()}`", _summary(member)) for member in own if member.is_function)
        yield from _table(("method", "meaning"), methods)


def _sections(item: _Item) -> list[griffe.DocstringSection]:
    return item.docstring.parsed if item.docstring else []


def _text(item: _Item) -> Iterator[str]:
    for section in _sections(item):
        if section.kind is _Kind.text:
            yield section.value


def _summary(item: _Item) -> str:
    raised = (f"Raises `{entry.annotation}`: {entry.description}" for entry in _entries(item, _Kind.raises))
    return " ".join([*_text(item), *raised])


def _entries(item: _Item, kind: griffe.DocstringSectionKind) -> list[Any]:
    return [entry for section in _sections(item) if section.kind is kind for entry in section.value]


def _tables(item: _Item) -> Iterator[str]:
    parameters = ((f"`{entry.name}`", entry.description) for entry in _entries(item, _Kind.parameters))
    yield from _table(("parameter", "meaning"), parameters)
    for kind in (_Kind.returns, _Kind.yields, _Kind.raises):
        rows = ((f"`{entry.annotation}`", entry.description) for entry in _entries(item, kind))
        yield from _table((kind.value, "meaning"), rows)


def _attributes(item: _Item, members: Iterable[_Item]) -> Iterator[tuple[str, str, str]]:
    documented = {
        name: entry.description for entry in _entries(item, _Kind.attributes) for name in entry.name.split(", ")
    }
    for member in members:
        if member.is_attribute:
            meaning = documented.get(member.name) or _summary(member)
            default = [str(member.value)] if "class-attribute" in member.labels else []
            shown = " = ".join([*([str(member.annotation)] if member.annotation else []), *default])
            if shown or meaning:
                yield f"`{member.name}`", f"`{shown}`" if shown else "", meaning


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    if lines:
        yield from ("", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *lines)
