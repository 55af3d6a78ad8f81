"""How a helper process ends: when it is told to, or when the process that started it is gone.

Standard library only.
"""

import os
import signal
import threading

_PARENT_SECONDS = 0.5
"""How soon after its parent's death a process notices."""


class End(threading.Event):
    """Set on SIGTERM, on SIGINT, and when the parent has died.

    Make it first thing in the main thread: a parent that died before is noticed all the same, since an
    orphan's parent is another process than the one that was there at the start.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parent = os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())

    def await_it(self) -> None:
        """Return when the process has to end."""
        while not self.wait(_PARENT_SECONDS):
            if os.getppid() != self._parent:
                self.set()
