"""Entry point: serves the policy pack when the engine runs this folder, and the command line for `python -m policy`."""

import sys
from pathlib import Path

# The engine runs this folder as a program, so Python puts the folder itself on the path instead of its parent; and a
# project that uses the pack may have a module called `policy`.
_FOLDER = Path(__file__).resolve().parent
sys.path[:] = [str(_FOLDER.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != _FOLDER)]

if __name__ == "__main__":
    if __package__:
        from policy.cli import main

        sys.exit(main())
    else:
        from policy.crossguard import run

        run()
