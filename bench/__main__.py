"""The measurements: `python -m bench [NAME]`, all of them without a name; 1 when a figure misses its bound."""

import argparse
import importlib
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from offline.terminal import report_errors

NAMES = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="measurement to run; all without it")
    name = parser.parse_args().name
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores", flush=True)
    with report_errors():
        missed = [bench for bench in ([name] if name else NAMES) if importlib.import_module(f"bench.{bench}").main()]
    if missed:
        sys.exit(f"error: a figure of {', '.join(missed)} misses its bound")


if __name__ == "__main__":
    main()
