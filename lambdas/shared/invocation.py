"""One invocation of a function: its id, the clock, and the time that is left."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lambdas.shared.errors import SafeError

RESERVE_SECONDS = 5.0
"""No new work starts this close to the deadline: the time is needed to release a file and to answer."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Context(Protocol):
    """The parts of Lambda's context object that the functions use."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the invocation."""


class OutOfTime(SafeError):
    """The deadline of the invocation is near."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One invocation of a function.

    Attributes
    ----------
    request_id
        Lambda's id of the invocation.
    clock
        Returns seconds since the epoch.
    remaining
        Returns seconds until the deadline.
    sleep
        Waits for a number of seconds.
    random
        Returns a number from 0 to 1, for jitter.
    """

    request_id: str
    clock: Callable[[], float]
    remaining: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def check_deadline(self) -> None:
        """Check that there is time to start something.

        Raises
        ------
        OutOfTime
            There is not.
        """
        if self.remaining() < RESERVE_SECONDS:
            raise OutOfTime("the deadline is near")

    def back_off(self, attempt: int, unfinished: str) -> None:
        """Wait before a retry: exponential backoff with full jitter.

        Parameters
        ----------
        attempt
            Retries so far.
        unfinished
            What remains to be done, as a sentence for the error.

        Raises
        ------
        OutOfTime
            The pause would not end before the deadline.
        """
        pause = min(_FIRST_PAUSE * 2.0**attempt, _LONGEST_PAUSE) * self.random()
        if self.remaining() < pause + RESERVE_SECONDS:
            raise OutOfTime(unfinished)
        self.sleep(pause)


def invocation_of(context: Context) -> Invocation:
    """Return the invocation that a Lambda context describes."""
    return Invocation(
        request_id=context.aws_request_id,
        clock=time.time,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        sleep=time.sleep,
        random=random.random,
    )
