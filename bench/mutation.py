"""Measures how many mutations of the policy pack its tests detect, with a seeded sample of cosmic-ray's mutants."""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from bench._tools import tool
from cli.paths import ROOT

COSMIC_RAY = "8.7.0"
SAMPLE = int(os.environ.get("STRONGROOM_MUTANTS", "150"))
_SEED = 20270131
_MINIMUM_SHARE = 0.85
_EQUIVALENT = (
    (r"Is_Eq|IsNot_NotEq", r"", "identity and equality are the same for None and members of an enumeration"),
    (r"RemoveDecorator", r"^@(lru_)?cache", "a cache does not change a result"),
    (
        r"BinaryOperator",
        r"^def |: dict\[",
        "the operator is part of a signature or an annotation, which is not evaluated",
    ),
    (r"ReplaceTrueWithFalse", r"^@dataclass", "the option of the dataclass does not change a value"),
    (r"NumberReplacer", r"nearest\[0\]", "the list has one element"),
)
"""Mutants that behave like the original: a pattern for the operator, a pattern for the line, and the reason."""
_TESTS = "tests/policy --ignore tests/policy/test_engine.py -x -q -p no:cacheprovider --hypothesis-seed=0"


def main() -> int:
    """Print the share of mutants that the tests kill, and each survivor. Return 1 if the share is below 85 %."""
    cosmic_ray = tool("cosmic-ray", COSMIC_RAY)
    if cosmic_ray is None:
        print(f"cosmic-ray {COSMIC_RAY} is not available here: no mutation test")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy, session = Path(folder, "copy"), Path(folder, "session.sqlite")
        for name in ("policy", "tests", "docs", "cli", "offline"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        config = copy / "mutation.toml"
        config.write_text(
            f'[cosmic-ray]\nmodule-path = "policy"\ntimeout = 60.0\nexcluded-modules = []\n'
            f'test-command = "{sys.executable} -m pytest {_TESTS}"\n[cosmic-ray.distributor]\nname = "local"\n'
        )
        _run(cosmic_ray, "init", config, session, folder=copy)
        total = _keep_sample(session)
        _run(cosmic_ray, "exec", config, session, folder=copy)
        killed, survivors = _outcome(session, copy)
    share = killed / (killed + len(survivors))
    print(f"{killed} of {killed + len(survivors)} mutants killed ({share:.0%}), a sample of {total}")
    for path, row, operator, line in survivors:
        reasons = [why for kind, shape, why in _EQUIVALENT if re.search(kind, operator) and re.search(shape, line)]
        reason = f" ({reasons[0]})" if reasons else ""
        print(f"survived: {path}:{row} {operator.removeprefix('core/')}: {line}{reason}")
    return int(share < _MINIMUM_SHARE)


def _run(program: Path, verb: str, *arguments: Path, folder: Path) -> None:
    subprocess.run([program, verb, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _keep_sample(session: Path) -> int:
    """Remove all mutants but a sample from the session; return the number of all mutants."""
    with closing(sqlite3.connect(session)) as database, database:
        jobs = sorted(database.execute("SELECT module_path, operator_name, occurrence, job_id FROM mutation_specs"))
        kept = {job[-1] for job in random.Random(_SEED).sample(jobs, min(SAMPLE, len(jobs)))}  # noqa: S311 (no secret)
        for *_, job_id in jobs:
            if job_id not in kept:
                database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job_id,))
                database.execute("DELETE FROM work_items WHERE job_id = ?", (job_id,))
    return len(jobs)


def _outcome(session: Path, copy: Path) -> tuple[int, list[tuple[str, int, str, str]]]:
    """Return the number of killed mutants, and for each survivor the file, line number, operator and line."""
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute(
            "SELECT module_path, start_pos_row, operator_name, test_outcome FROM mutation_specs "
            "JOIN work_results USING (job_id) ORDER BY 1, 2"
        ).fetchall()
    survivors = [
        (path, row, operator, (copy / path).read_text("utf-8").splitlines()[row - 1].strip())
        for path, row, operator, outcome in rows
        if "SURVIVED" in str(outcome)
    ]
    return len(rows) - len(survivors), survivors
