"""The house keeps its order: small modules, small folders, no loop variable without a meaning."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "bootstrap", "cli", "components", "examples", "lambdas", "offline", "policy", "tests")
MODULES = sorted(
    file.relative_to(ROOT)
    for folder in FOLDERS
    for file in (ROOT / folder).rglob("*.py")
    if not {"__pycache__", "node_modules"} & set(file.parts)
)
TABLES = {
    "bootstrap/grants.py",
    "components/data/bucket_alarms.py",
}
"""Modules of the product with more than 300 lines, since they are a table."""
MAX_LINES, MAX_MODULES = 300, 15


def is_test(module: Path) -> bool:
    return module.parts[0] == "tests"


@pytest.mark.parametrize("module", [module for module in MODULES if not is_test(module)], ids=str)
def test_a_module_has_one_purpose_and_at_most_300_lines_unless_it_is_a_table(module: Path) -> None:
    lines = len((ROOT / module).read_text("utf-8").splitlines())
    assert (lines > MAX_LINES) is (module.as_posix() in TABLES), f"{module} has {lines} lines"


def test_a_folder_has_at_most_15_modules() -> None:
    counts = Counter(module.parent.as_posix() for module in MODULES if module.name != "__init__.py")
    assert {folder: count for folder, count in counts.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("module", [module for module in MODULES if not is_test(module)], ids=str)
def test_a_loop_variable_is_named_after_what_it_holds(module: Path) -> None:
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    targets = [node.target for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    names = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    assert not names & {"one", "other", "each"}
