"""The report as text, for people: what needs somebody first, then how much there was of everything."""

from collections import Counter
from collections.abc import Iterator

from policy.evaluation import Report, Result, Verdict
from policy.model import Level

_COLOURS = {Verdict.FAIL: "31", Verdict.UNKNOWN: "33", Verdict.WAIVED: "36"}
_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED)


def render(report: Report, *, colour: bool = False) -> str:
    """Return the text, in colour for a terminal."""
    lines = [line for verdict in _ORDER for one in report.of(verdict) for line in _told(one, colour=colour)]
    lines += [f"NOTE {note.message}" for note in report.notes]
    counts = Counter(one.verdict for one in report.results)
    lines.append(", ".join(f"{counts[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict))
    return "\n".join(lines) + "\n"


def _told(result: Result, *, colour: bool) -> Iterator[str]:
    word = result.verdict.value.upper()
    if result.verdict is Verdict.FAIL and result.level is Level.ADVISORY:
        word += " (advisory)"
    painted = f"\033[{_COLOURS[result.verdict]}m{word}\033[0m" if colour else word
    yield f"{painted} {result.rule.name}: {result.resource.logical_name if result.resource else ''}"
    for message in result.messages:
        yield f"    {message}"
    if result.unknown:
        yield f"    could not be decided, not known yet: {', '.join(result.unknown)}"
    if result.waiver:
        yield f"    waived by {result.waiver.owner} until {result.waiver.expires}: {result.waiver.reason}"
    elif result.messages:
        yield f"    remedy: {result.rule.remedy}"
