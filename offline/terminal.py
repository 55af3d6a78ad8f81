"""Messages for the person at the terminal, all on standard error: standard output is reserved for data.

Standard library only: a project's setup imports this module before it has installed any package.
"""

import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_BOLD, _RED, _GREEN, _RESET = "\033[1m", "\033[31m", "\033[32m", "\033[0m"
_PIPE_INTERVAL = 15.0
"""Seconds between two progress lines when standard error is not a terminal; a terminal gets one every second."""


class UserError(Exception):
    """An error that the user can act on; the message says what failed, what was expected and found, what to do next."""


def _is_terminal() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _paint(colour: str, text: str) -> str:
    return f"{colour}{text}{_RESET}" if _is_terminal() else text


def step(text: str) -> None:
    """Print what happens next, or what was chosen."""
    print(_paint(_BOLD, "==> ") + text, file=sys.stderr, flush=True)


def done(text: str) -> None:
    """Print what has finished."""
    print(_paint(_GREEN, "==> ") + text, file=sys.stderr, flush=True)


def error(text: str) -> None:
    """Print an error as one wrapped paragraph."""
    paragraph = textwrap.fill(" ".join(text.split()), width=100, break_long_words=False, break_on_hyphens=False)
    print(_paint(_RED, "error: ") + paragraph, file=sys.stderr, flush=True)


class Progress:
    """A progress line for slow work, with the elapsed time.

    Attributes
    ----------
    detail
        How far the work has got, in a few words; set by the code that does the work.
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
        terminal = _is_terminal()
        while not self._stop.wait(1.0 if terminal else _PIPE_INTERVAL):
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
        if _is_terminal():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


@contextmanager
def report_errors() -> Iterator[None]:
    """Print a `UserError` or an interrupt as the last line, and exit with 1 or 130."""
    try:
        yield
    except UserError as failure:
        error(str(failure))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        error("interrupted")
        raise SystemExit(130) from None
