"""What one invocation has: its id, the time, and how much of it is left."""

from collections.abc import Callable
from dataclasses import dataclass

from lambdas.telemetry import Told

RESERVE = 5.0
"""Seconds before the deadline in which nothing new is begun: enough to let go of a file and to answer."""


class OutOfTime(Told):
    """The deadline nears: the message goes back and comes again."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One run of the function.

    Attributes
    ----------
    request_id
        Its id; the owner of the leases that it takes.
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
