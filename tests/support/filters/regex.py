"""The regular expressions of filter patterns, `%…%`.

Source: CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax".
"""

import re

from tests.support.filters.scanner import Scanner

_LITERAL = r"[A-Za-z0-9:_#=@/;, -]"
_ESCAPES = r"\\(?:[dDsSwW]|x[0-9A-Fa-f]{2}|[\^$?\[\]{}|\\*+.])"
_QUANTIFIER = r"[?*+]|\{ *(?:\d+ *(?:, *\d* *)?|, *\d+ *)\}"
_RANGE = rf"(?:{_ESCAPES}|[A-Za-z0-9:_#=@/;, ^$?{{}}|*+.-])"
_CLASS = rf"\[\^?(?:{_RANGE})+\]"
_ATOM = re.compile(rf"{_ESCAPES}|{_CLASS}|{_LITERAL}|\.")


def parse_regex(scanner: Scanner) -> re.Pattern[str]:
    """Parse an expression with its percent signs.

    Raises
    ------
    PatternError
        The expression is not closed, contains an unsupported character, or does not compile.
    """
    start = scanner.position
    if scanner.take("%") is None:
        raise scanner.error("expected a regular expression, %…%")
    pieces: list[str] = []
    while scanner.take("%") is None:
        if scanner.ended:
            raise scanner.error("the regular expression is not closed by %", start)
        pieces.append(_piece(scanner))
    if not "".join(pieces):
        raise scanner.error("the regular expression is empty", start)
    try:
        return re.compile("".join(pieces), re.ASCII)
    except re.error as error:
        raise scanner.error(f"not a regular expression: {error}", start) from error


def _piece(scanner: Scanner) -> str:
    """Parse an operator, or a character or class with its quantifier."""
    if scanner.take(r"\|"):
        return "|"
    if scanner.take(r"\^"):
        return "^"
    if scanner.take(r"\$"):
        return r"\Z"  # the end of the text, not a line end before it
    atom = scanner.take(_ATOM.pattern)
    if atom is None:
        raise scanner.error(
            "not supported in a regular expression; allowed are ASCII letters and digits, : _ # = @ / ; , - and space, "
            r"the operators ^ $ ? [ ] { } | \ * + . and the escapes \d \s \w \xhh and their like"
        )
    quantifier = scanner.take(_QUANTIFIER) or ""
    return _plain(atom) + quantifier.replace(" ", "")


def _plain(atom: str) -> str:
    """Return an atom as Python spells it, which gives some characters in a class another meaning."""
    if atom[0] == "[":
        # Python reserves doubled characters in a class for set operators.
        return re.sub(r"\|+", "|", atom).replace("--", r"-\-")
    return re.escape(atom) if re.fullmatch(_LITERAL, atom) else atom
