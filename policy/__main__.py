"""The one door: under the engine it builds the policy pack, under `python -m policy` it is the command line."""

import sys
from pathlib import Path

# The engine runs this folder as a program, which puts it on the path in its parent's place; and a project that uses
# the pack may have a `policy` of its own.
_FOLDER = Path(__file__).resolve().parent
sys.path[:] = [str(_FOLDER.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != _FOLDER)]

if __name__ == "__main__":
    if __package__:
        from policy.cli import main

        sys.exit(main())
    else:
        from policy.crossguard import run

        run()
