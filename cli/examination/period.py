"""The period of an export."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from offline.terminal import UserError


@dataclass(frozen=True)
class Period:
    """Whole days in UTC.

    Attributes
    ----------
    start
        Start of the first day.
    end
        Start of the day after the last one: it is not part of the period.
    """

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end - timedelta(days=1):%Y-%m-%d} (UTC, both days included)"

    @property
    def months(self) -> list[tuple[int, int]]:
        """Year and number of each month that has a day of the period, or the day after it."""
        first, last = (12 * day.year + day.month - 1 for day in (self.start, self.end))
        return [(month // 12, month % 12 + 1) for month in range(first, last + 1)]


def parse_period(first: str, end: str) -> Period:
    """Return the period from a day to the one before another day, each given as `YYYY-MM-DD`.

    Raises
    ------
    UserError
        A day is missing or invalid, or the period is empty.
    """
    period = Period(_day("FROM", first), _day("TO", end))
    if period.start >= period.end:
        raise UserError(
            f"The period from {first} to {end} has no day. TO is the day after the last one: set it later than FROM."
        )
    return period


def _day(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UserError(f"{name} is {text!r}; expected a day such as 2026-01-31. Set {name}=<YYYY-MM-DD>.") from None
