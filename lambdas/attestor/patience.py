"""How long trouble is waited out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.attestor.trouble import passes
from lambdas.telemetry import Told

T = TypeVar("T")

PASSING_SECONDS = 120.0
"""For throttles, faults of AWS's and lost connections, all of them together."""
SETTLING_SECONDS = 60.0
"""For what was just deployed: other answers than the right one are tried again, as reads may lag and new permissions do."""
RESERVE_SECONDS = 15.0
"""Before the function's deadline nothing new is begun: enough to write the evidence."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


class OutOfTime(Told):
    """The function's deadline nears."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """The time of one invocation.

    Attributes
    ----------
    clock
        Seconds since the epoch.
    sleep
        Waits for some seconds.
    random
        A number from 0 to 1, for pauses that differ.
    remaining
        Seconds until the invocation is ended.
    started_at
        When it began, by the clock.
    settling
        Whether something was just deployed.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    remaining: Callable[[], float]
    started_at: float
    settling: bool

    def waits(self, *, passing: bool) -> bool:
        """Whether there is time for another attempt.

        Parameters
        ----------
        passing
            Whether the trouble passes by itself; any other is only waited out while things settle.
        """
        limit = PASSING_SECONDS if passing else SETTLING_SECONDS if self.settling else 0.0
        elapsed = self.clock() - self.started_at
        return elapsed + _LONGEST_PAUSE <= limit and self.remaining() >= RESERVE_SECONDS + _LONGEST_PAUSE

    def pause(self, attempt: int) -> None:
        """Wait before an attempt: longer each time, and never quite as long as others who wait."""
        self.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**attempt) * (1 + self.random()) / 2)

    def persist(self, call: Callable[[], T]) -> T:
        """Return what a call returns, tried again while AWS's trouble may pass; else its exception goes through."""
        attempt = 0
        while True:
            try:
                return call()
            except (BotoCoreError, ClientError) as error:
                if not self.waits(passing=passes(error)):
                    raise
            self.pause(attempt)
            attempt += 1

    def check(self) -> None:
        """Go on only if there is time.

        Raises
        ------
        OutOfTime
            There is not.
        """
        if self.remaining() < RESERVE_SECONDS:
            raise OutOfTime("it was not read: the function's deadline is near. Raise its timeout")
