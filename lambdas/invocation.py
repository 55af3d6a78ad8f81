"""What one invocation has: its id, the time, and how much of it is left."""

from collections.abc import Callable
from dataclasses import dataclass

from lambdas.telemetry import Told

RESERVE = 5.0
"""Seconds before the deadline in which nothing new is begun: enough to let go of what was begun, and to answer."""
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 5.0


class OutOfTime(Told):
    """The deadline nears."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One run of the function.

    Attributes
    ----------
    request_id
        Its id.
    clock
        Seconds since the epoch.
    remaining
        Seconds until it is ended.
    sleep
        Waits for some seconds.
    random
        A number from 0 to 1, for waits that differ.
    """

    request_id: str
    clock: Callable[[], float]
    remaining: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def pulse(self) -> None:
        """Go on only if there is time.

        Raises
        ------
        OutOfTime
            There is not.
        """
        if self.remaining() < RESERVE:
            raise OutOfTime("the deadline is near")

    def pause(self, attempt: int, undone: str) -> None:
        """Wait before something is tried again: longer each time, with full jitter.

        Parameters
        ----------
        attempt
            How often it was tried again already.
        undone
            What is not done yet, as a sentence.

        Raises
        ------
        OutOfTime
            The wait would not end before the deadline.
        """
        wait = min(_FIRST_WAIT * 2.0**attempt, _LONGEST_WAIT) * self.random()
        if self.remaining() < wait + RESERVE:
            raise OutOfTime(undone)
        self.sleep(wait)
