"""What a person sees: steps, progress and errors on standard error, so that standard output stays free for data.

Standard library only: setup runs before anything is installed.
"""

import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_BOLD, _RED, _GREEN, _RESET = "\033[1m", "\033[31m", "\033[32m", "\033[0m"
_QUIET_SECONDS = 15.0
"""How often a pipe is told that long work is alive; a terminal sees every second."""


class Failure(Exception):  # noqa: N818 - it is what the user reads, not a programming error
    """An error for the user, in one paragraph: what failed, expected and found, what to do next."""


def _terminal() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _paint(colour: str, text: str) -> str:
    return f"{colour}{text}{_RESET}" if _terminal() else text


def step(text: str) -> None:
    """Say what happens next, or what was chosen."""
    print(_paint(_BOLD, "==> ") + text, file=sys.stderr, flush=True)


def done(text: str) -> None:
    """Say what is finished."""
    print(_paint(_GREEN, "==> ") + text, file=sys.stderr, flush=True)


def error(text: str) -> None:
    """Print an error as one paragraph."""
    paragraph = textwrap.fill(" ".join(text.split()), width=100, break_long_words=False, break_on_hyphens=False)
    print(_paint(_RED, "error: ") + paragraph, file=sys.stderr, flush=True)


class Progress:
    """A long piece of work: what it is, how far it is, and that it is alive.

    Attributes
    ----------
    detail
        How far it is, in a few words; whoever does the work sets it.
    """

    def __init__(self, text: str) -> None:
        self.detail = ""
        self._text = text
        self._start = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _line(self) -> str:
        seconds = int(time.monotonic() - self._start)
        detail = f": {self.detail}" if self.detail else ""
        return f"    {self._text}{detail} ({seconds // 60}:{seconds % 60:02d})"

    def _run(self) -> None:
        terminal = _terminal()
        while not self._stop.wait(1.0 if terminal else _QUIET_SECONDS):
            line = self._line()
            print(
                f"\r\033[K{line[:110]}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True
            )

    def __enter__(self) -> "Progress":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if _terminal():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C and a `Failure` into a clear last line and an honest exit code."""
    try:
        yield
    except Failure as failure:
        error(str(failure))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        error("interrupted")
        raise SystemExit(130) from None
