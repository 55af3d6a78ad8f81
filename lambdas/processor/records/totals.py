"""Control totals: exact sums of the accepted amounts of one currency."""

from dataclasses import dataclass
from typing import TypedDict

from lambdas.processor.records.reference_data import CURRENCY_DIGITS


class TotalFields(TypedDict):
    """A total as a manifest holds it, with sums as decimal strings."""

    count: int
    positive: str
    negative: str


@dataclass
class Total:
    """Exact sums of the accepted amounts of one currency, in its minor unit."""

    currency: str
    count: int = 0
    positive: int = 0
    negative: int = 0

    def add(self, amount: str) -> None:
        """Add an amount, given in its canonical form."""
        whole, _, fraction = amount.partition(".")
        minor = int(whole + fraction.ljust(CURRENCY_DIGITS[self.currency], "0"))
        self.count += 1
        if minor < 0:
            self.negative += minor
        else:
            self.positive += minor

    def fields(self) -> TotalFields:
        """Return the total with all decimal places of its currency."""
        return {"count": self.count, "positive": self._decimal(self.positive), "negative": self._decimal(self.negative)}

    def _decimal(self, minor: int) -> str:
        digits = CURRENCY_DIGITS[self.currency]
        text = str(abs(minor)).rjust(digits + 1, "0")
        sign = "-" if minor < 0 else ""
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
