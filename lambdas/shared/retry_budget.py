"""How long an invocation retries: transient errors for two minutes, a fresh deployment for one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.errors import is_transient
from lambdas.shared.invocation import Invocation, OutOfTime

T = TypeVar("T")

TRANSIENT_SECONDS = 120.0
"""For throttling, server errors and lost connections, all of them together."""
SETTLING_SECONDS = 60.0
"""After a deployment, any unexpected answer is retried for this long: reads and new permissions take time to propagate."""
RESERVE_SECONDS = 15.0
"""No read starts this close to the deadline: the time is needed to write the evidence."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


@dataclass(frozen=True, kw_only=True)
class RetryBudget:
    """The time that one invocation may spend on retries.

    Attributes
    ----------
    invocation
        The invocation.
    started_at
        When it started, by its clock.
    settling
        Whether a deployment has just finished.
    """

    invocation: Invocation
    started_at: float
    settling: bool

    def allows_retry(self, *, transient: bool) -> bool:
        """Return whether there is time for another attempt.

        Parameters
        ----------
        transient
            Whether the error is transient; any other is only retried while a deployment settles.
        """
        limit = TRANSIENT_SECONDS if transient else SETTLING_SECONDS if self.settling else 0.0
        elapsed = self.invocation.clock() - self.started_at
        return elapsed + _LONGEST_PAUSE <= limit and self.invocation.remaining() >= RESERVE_SECONDS + _LONGEST_PAUSE

    def pause(self, attempt: int) -> None:
        """Wait before a retry: exponential backoff with equal jitter."""
        self.invocation.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**attempt) * (1 + self.invocation.random()) / 2)

    def call(self, function: Callable[[], T]) -> T:
        """Return what a function returns, retrying its transient errors; any other error is raised."""
        attempt = 0
        while True:
            try:
                return function()
            except (BotoCoreError, ClientError) as error:
                if not self.allows_retry(transient=is_transient(error)):
                    raise
            self.pause(attempt)
            attempt += 1

    def check_deadline(self) -> None:
        """Check that there is time to read one more value.

        Raises
        ------
        OutOfTime
            There is not.
        """
        if self.invocation.remaining() < RESERVE_SECONDS:
            raise OutOfTime("the function's deadline is near, so the value was not read. Raise the function's timeout")
