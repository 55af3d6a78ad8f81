"""How many changes of the policy pack its tests notice: a seeded sample of cosmic-ray's mutants."""

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
from localcloud.paths import ROOT

COSMIC_RAY = "8.7.0"
SAMPLE = int(os.environ.get("STRONGROOM_MUTANTS", "150"))
_SEED = 20270131
_LEAST = 0.85
_ALIKE = (
    (r"Is_Eq|IsNot_NotEq", r"", "identity and equality are the same for None and an enumeration's members"),
    (r"RemoveDecorator", r"^@(lru_)?cache", "a cache changes how often something is done, not what"),
    (r"BinaryOperator", r"^def |: dict\[", "the sign is part of a signature or an annotation, which nothing computes"),
    (r"ReplaceTrueWithFalse", r"^@dataclass", "it keeps a programmer from a mistake, and changes no value"),
    (r"NumberReplacer", r"near\[0\]", "the list has one element"),
)
"""Mutants that no test can notice: by operator and by row, and why."""
_TESTS = "tests/policy --ignore tests/policy/test_engine.py -x -q -p no:cacheprovider --hypothesis-seed=0"


def main() -> int:
    """Print the share of mutants that the tests kill, and each that survives; 1 below 85 %."""
    cosmic_ray = tool("cosmic-ray", COSMIC_RAY)
    if cosmic_ray is None:
        print(f"cosmic-ray {COSMIC_RAY}: not to be had here, so nothing is mutated")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy, session = Path(folder, "copy"), Path(folder, "session.sqlite")
        for name in ("policy", "tests", "docs", "localcloud"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        config = copy / "mutation.toml"
        config.write_text(
            f'[cosmic-ray]\nmodule-path = "policy"\ntimeout = 60.0\nexcluded-modules = []\n'
            f'test-command = "{sys.executable} -m pytest {_TESTS}"\n[cosmic-ray.distributor]\nname = "local"\n'
        )
        _run(cosmic_ray, "init", config, session, folder=copy)
        every = _keep_sample(session)
        _run(cosmic_ray, "exec", config, session, folder=copy)
        killed, survivors = _outcome(session, copy)
    share = killed / (killed + len(survivors))
    print(f"{killed} of {killed + len(survivors)} mutants killed ({share:.0%}), a sample of {every}")
    for path, row, operator, line in survivors:
        reasons = [why for kind, shape, why in _ALIKE if re.search(kind, operator) and re.search(shape, line)]
        told = f" ({reasons[0]})" if reasons else ""
        print(f"survived: {path}:{row} {operator.removeprefix('core/')}: {line}{told}")
    return int(share < _LEAST)


def _run(program: Path, verb: str, *arguments: Path, folder: Path) -> None:
    subprocess.run([program, verb, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _keep_sample(session: Path) -> int:
    """Leave a sample of the mutants in the session; return how many there were."""
    with closing(sqlite3.connect(session)) as database, database:
        jobs = sorted(database.execute("SELECT module_path, operator_name, occurrence, job_id FROM mutation_specs"))
        kept = {job[-1] for job in random.Random(_SEED).sample(jobs, min(SAMPLE, len(jobs)))}  # noqa: S311 (no secret)
        for job in (job[-1] for job in jobs if job[-1] not in kept):
            database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
            database.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
    return len(jobs)


def _outcome(session: Path, copy: Path) -> tuple[int, list[tuple[str, int, str, str]]]:
    """Return how many mutants were killed, and where the others are: file, row, operator and the row itself."""
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
