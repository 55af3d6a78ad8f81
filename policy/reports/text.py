"""The report as text for people: failures, undecided rules and waivers first, then the number of each verdict."""

from collections import Counter
from collections.abc import Iterator

from policy.evaluation import Report, Result, Verdict
from policy.model import Level

_COLOURS = {Verdict.FAIL: "31", Verdict.UNKNOWN: "33", Verdict.WAIVED: "36"}
_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED)


def render(report: Report, *, colour: bool = False) -> str:
    """Return the text, with terminal colours if wanted."""
    results = [result for verdict in _ORDER for result in report.with_verdict(verdict)]
    lines = [line for result in results for line in _lines(result, colour=colour)]
    lines += [f"NOTE {note.message}" for note in report.notes]
    counts = Counter(result.verdict for result in report.results)
    lines.append(", ".join(f"{counts[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict))
    return "\n".join(lines) + "\n"


def _lines(result: Result, *, colour: bool) -> Iterator[str]:
    heading = result.verdict.value.upper()
    if result.verdict is Verdict.FAIL and result.level is Level.ADVISORY:
        heading += " (advisory)"
    if colour:
        heading = f"\033[{_COLOURS[result.verdict]}m{heading}\033[0m"
    yield f"{heading} {result.rule.name}: {result.resource.logical_name if result.resource else ''}"
    for message in result.messages:
        yield f"    {message}"
    if result.unknown:
        yield f"    undecided, not known yet: {', '.join(result.unknown)}"
    if result.waiver:
        yield f"    waived by {result.waiver.owner} until {result.waiver.expires}: {result.waiver.reason}"
    elif result.messages:
        yield f"    remedy: {result.rule.remedy}"
