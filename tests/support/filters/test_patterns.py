"""Unstructured and space-delimited patterns and regular expressions, mostly by the guide's examples; and what is refused."""

import pytest

from tests.support.filters.pattern import MAX_LENGTH, compile_pattern
from tests.support.filters.scanner import PatternError

ERRORS = [
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
    "[ERROR 500] INTERNAL SERVER ERROR",
    "[INFO] REQUEST FAILED",
]


def matched(pattern: str, lines: list[str]) -> list[int]:
    compiled = compile_pattern(pattern)
    return [place for place, line in enumerate(lines) if compiled.matches(line)]


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("ERROR", [0, 1, 2, 3, 4]),
        ("error", []),
        ("ERROR ARGUMENTS", [2, 3]),
        ("ARGUMENTS   ERROR", [2, 3]),
        ("?ERROR ?ARGUMENTS", [0, 1, 2, 3, 4]),
        ("?ARGUMENTS ?FAILED", [2, 3, 5]),
        # With other terms the optional ones are ignored.
        ("?ERROR ?ARGUMENTS REQUEST", [0, 1, 5]),
        ("?ARGUMENTS -ERROR", [5]),
        ('"INTERNAL SERVER ERROR"', [4]),
        ('"SERVER ERROR" INTERNAL', [4]),
        ('"ERROR INTERNAL"', []),
        ("ERROR -ARGUMENTS", [0, 1, 4]),
        ('ERROR -"BAD REQUEST" -ARGUMENTS', [1, 4]),
        ("-ERROR", [5]),
        ("AUTHORIZED", [1]),
        ('"[ERROR 40"', [0, 1]),
        ('" "', [0, 1, 2, 3, 4, 5]),
        ("", [0, 1, 2, 3, 4, 5]),
        ("  ", [0, 1, 2, 3, 4, 5]),
        ("%AUTHORIZED%", [1]),
        ("%40[01]%", [0, 1]),
    ],
)
def test_a_term_matches_anywhere_in_the_text(pattern: str, places: list[int]) -> None:
    assert matched(pattern, ERRORS) == places


def test_a_quoted_space_matches_an_event_without_spaces() -> None:
    assert compile_pattern('" "').matches("ERROR")


def test_a_backslash_escapes_a_quote_and_a_backslash() -> None:
    assert compile_pattern(r'"say \"no\" \\"').matches('they say "no" \\ and go')


def test_a_term_matches_in_the_compact_json_of_an_object() -> None:
    assert compile_pattern(r'"\"level\":\"ERROR\""').matches({"level": "ERROR"})


REQUEST = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
LINES = [
    "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
    "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
    "WARNING 09/25/2014 12:00:02 Invalid user request",
    "ERROR 09/25/2014 12:00:02 Failed to process request",
]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        (r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 5*, bytes]", False),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 400 || status_code = 410, bytes]", False),
        ("[..., request =*.html*, status_code = 4*, bytes]", True),
        ("[..., status_code = 4*]", False),
        ("[ip, user, ..., status_code = 404, bytes]", True),
        ("[ip, user = Prod, ...]", True),
        ("[ip, user = Dev, ...]", False),
        ("[...]", True),
        ('[ip, user, username, timestamp = "10/Oct/2000:13:25:15 -0700", request, status_code, bytes]', True),
        ('[ip, user, username, timestamp, request = "GET /index.html HTTP/1.0", status_code, bytes]', True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1534]", False),
        ("[ip, user, username, timestamp, request, status_code, bytes >= 1.534e3]", True),
        ("[ip, user, username, timestamp, request, status_code = 404.0, bytes]", True),
        ('[ip, user, username, timestamp, request, status_code = "404", bytes]', True),
        ("[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]", False),
        ("[ip, user < 5, username, timestamp, request, status_code, bytes]", False),
        ("[ip, user != 5, username, timestamp, request, status_code, bytes]", True),
        ("[a, b, c, d, e, f, g, h]", False),
        ("[a, b, c, ..., d, e, f, g, h]", False),
        ("[a, b, c, ..., d, e, f, g]", True),
        # Without an ellipsis a last field without condition is the rest.
        ("[ip, rest]", True),
        ("[ip, user = Prod]", False),
        ("  [  ip  ,  user=Prod  ,  rest  ]  ", True),
    ],
)
def test_fields_of_a_line_are_compared_in_order(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern).matches(REQUEST) is expected


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("[w1=ERROR, w2]", [3]),
        ("[w1=ERROR || w1=WARNING, w2]", [2, 3]),
        ("[w1!=ERROR && w1!=WARNING, w2]", [0, 1]),
        ("[w1!=ERROR && w1!=WARNING || w1=ERROR, w2]", [0, 1, 3]),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", [0]),
        ("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", [1]),
    ],
)
def test_fields_are_matched_by_their_position(pattern: str, places: list[int]) -> None:
    assert matched(pattern, LINES) == places


@pytest.mark.parametrize(
    ("expression", "found", "missed"),
    [
        ("^[hc]at", ["hat", "cats"], ["that", "bat"]),
        ("[hc]at$", ["hat", "that chat"], ["hats", "hat\n"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        ("[abcx-z]", ["a", "y"], ["d", "w"]),
        ("^a{3,5}$", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2, 3}$", ["aa", "aaa"], ["a", "aaaa"]),
        ("^a{,2}$", ["", "aa"], ["aaa"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]),
        ("gra|ey", ["gray", "grey"], ["gry"]),
        (
            "^starting|^initializing|^shutting down",
            ["starting up", "initializing", "shutting down"],
            ["skipping initializing"],
        ),
        ("abcc|ab[^c]$", ["abcc x", "aba"], ["aac"]),
        (r"\[.\]", ["[a]", "[]]", "[ ]"], ["[]", "[ab]"]),
        (r"10\.10\.0\.1", ["10.10.0.1"], ["10010,051"]),
        ("10.10.0.1", ["10010,051"], ["1010"]),
        ("ab*c", ["ac", "abc", "abbbc"], ["adc"]),
        ("ab+c", ["abc", "abbc"], ["ac"]),
        (".at", ["hat", "#at", " at"], ["at"]),
        (r"^\d\D$", ["4x"], ["44", "xx", "٤x"]),
        (r"^\s\S$", [" x", "\tx"], ["xx", "  "]),
        (r"^\w\W$", ["_-", "a "], ["--", "aa", "ä-"]),
        (r"\x3A", [":"], ["3A"]),
        (r"\x28", ["("], [")"]),
        ("a:_#=@/;,-b", ["a:_#=@/;,-b"], []),
        (r"^[a||b]$", ["a", "|"], ["c"]),
        (r"^[+--]$", ["+", ",", "-"], ["."]),
        (r"^[\[\]]$", ["[", "]"], ["\\"]),
        (r"^[^-]$", ["a"], ["-"]),
        (r"^[.*+?{}^$]+$", [".*+?{}^$"], ["a"]),
    ],
)
def test_a_regular_expression_matches_as_in_the_guide(expression: str, found: list[str], missed: list[str]) -> None:
    pattern = compile_pattern(f"%{expression}%")
    assert [text for text in found if not pattern.matches(text)] == []
    assert [text for text in missed if pattern.matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "position", "message"),
    [
        # The length.
        ("E" * (MAX_LENGTH + 1), MAX_LENGTH, "1025 characters, where a pattern may have 1024"),
        # Terms.
        ("ERROR: x", 5, "needs double quotes"),
        ("a/b", 1, "needs double quotes"),
        ("ERR*", 3, "needs double quotes"),
        ("größe", 2, "needs double quotes"),
        ('ERROR "x', 6, "not closed"),
        ('"a"b', 3, "needs double quotes"),
        ("- ERROR", 1, "needs double quotes"),
        ('-" "', 4, "expected a term after -"),
        ("--a", 1, "needs double quotes"),
        ("a %b%", 2, "needs double quotes"),
        # Regular expressions.
        ("%a", 0, "not closed by %"),
        ("%%", 0, "is empty"),
        ("%something!%", 10, "not supported in a regular expression"),
        ("%(a|b)%", 1, "not supported in a regular expression"),
        ("%ä%", 1, "not supported in a regular expression"),
        (r"%\(%", 1, "not supported in a regular expression"),
        (r"%\t%", 1, "not supported in a regular expression"),
        ("%[a%", 1, "not supported in a regular expression"),
        ("%*a%", 1, "not supported in a regular expression"),
        ("%a**%", 3, "not supported in a regular expression"),
        ("%a{3,2}%", 0, "not a regular expression: min repeat greater than max repeat"),
        ("%[z-a]%", 0, "not a regular expression: bad character range"),
        ("%a% b", 4, "expected the pattern's end"),
        # JSON.
        ("{", 1, "expected a property"),
        ("{ }", 2, "expected a property"),
        ("{ $.a = 1", 9, "expected '}'"),
        ("{ $.a = 1 } x", 12, "expected the pattern's end"),
        ("{ a = 1 }", 2, "expected a property"),
        ("{ $ = 1 }", 3, "expected a name after $"),
        ("{ $a = 1 }", 3, "expected a name after $"),
        ("{ $[0] = 1 }", 3, "expected a name after $"),
        ("{ $.a. = 1 }", 6, "expected a name of letters"),
        ("{ $.a:b = 1 }", 5, "expected one of"),
        ('{ $.["a.b"] = 1 }', 5, "single quotes"),
        ("{ $.[0] = 1 }", 5, "single quotes"),
        ("{ $.a['b.c'] = 1 }", 6, "expected an index or *"),
        ("{ $.a[-1] = 1 }", 6, "expected an index or *"),
        ("{ $.a[1 = 1 }", 6, "expected an index or *"),
        ("{ $.a }", 6, "expected one of"),
        ("{ $.a == 1 }", 7, "expected a word"),
        ("{ $.a =! x }", 7, "expected a word"),
        ("{ $.a ~ 1 }", 6, "expected one of"),
        ("{ $.a = }", 8, "expected a word"),
        ("{ $.a = eu-west-1 }", 10, "expected '}'"),
        ("{ $.a = 'x' }", 8, "expected a word"),
        ('{ $.a = "x }', 8, "not closed"),
        (r'{ $.a = "\d" }', 8, "backslash"),
        ('{ $.a = "x*y" }', 8, "only at the start and the end of a text"),
        ("{ $.a = x*y }", 8, "only at the start and the end of a text"),
        ('{ $.a > "x" }', 6, "> compares numbers"),
        ("{ $.a <= 4* }", 6, "<= compares numbers"),
        ("{ $.a < %x% }", 6, "< compares numbers"),
        ("{ $.a IS NOT NULL }", 9, "IS NOT is not supported"),
        ("{ $.a IS NULLS }", 9, "expected NULL, TRUE or FALSE"),
        ("{ $.a IS 1 }", 9, "expected NULL, TRUE or FALSE"),
        ("{ $.a is null }", 6, "expected one of"),
        ("{ $.a = true }", 6, "expected IS TRUE"),
        ("{ $.a != null }", 6, "expected IS TRUE"),
        ("{ $.a EXISTS }", 12, "EXISTS is not supported"),
        ("{ $.a NOT NULL }", 10, "expected EXISTS after NOT"),
        ("{ ($.a = 1 }", 11, "expected ')'"),
        ("{ $.a = 1) }", 9, "expected '}'"),
        ("{ $.a = 1 & $.b = 1 }", 10, "expected '}'"),
        ("{ $.a = 1 && }", 13, "expected a property"),
        ("{ $.a = 1 $.b = 1 }", 10, "expected '}'"),
        ("{ !($.a = 1) }", 2, "expected a property"),
        ("{ $.a[*].b[*] = 1 }", 2, "2 wildcards in one selector"),
        ("{ $.*.b[*] = 1 }", 2, "2 wildcards in one selector"),
        (
            "{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }",
            44,
            "4 wildcard selectors, where a pattern may have 3",
        ),
        ("{ $.a = %x% && $.b = %y% && $.c = %z% }", 34, "one regular expression more than the 2"),
        # Fields.
        ("[", 1, "expected a field's name"),
        ("[]", 1, "expected a field's name"),
        ("[a, b", 5, "expected ','"),
        ("[a,]", 3, "expected a field's name"),
        ("[a b]", 3, "expected ','"),
        ("[a, b] c", 7, "expected the pattern's end"),
        ("[a, a]", 4, "the field a is used twice"),
        ("[..., a, ...]", 9, "a second ellipsis"),
        ("[a=1 || b=2, c]", 8, "expected a: a condition of a field cannot use another field"),
        ("[a=1 && =2, c]", 8, "expected a: a condition of a field cannot use another field"),
        ("[a=!b, c]", 3, "expected a word"),
        ("[a>>1, c]", 3, "expected a word"),
        ("[(a=1), c]", 1, "expected a field's name"),
        ("[a=%x%, b=%y%, c=%z%]", 17, "one regular expression more than the 2"),
    ],
)
def test_an_undocumented_pattern_is_an_error_with_the_position(pattern: str, position: int, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert message in str(caught.value)
    assert caught.value.position == position


def test_a_pattern_can_be_as_long_as_the_limit() -> None:
    assert compile_pattern("E" * MAX_LENGTH).matches("E" * MAX_LENGTH)


def test_an_error_shows_the_position_and_the_text_there() -> None:
    with pytest.raises(PatternError, match=r"^at 6, before 'EQUALS 1 }': expected one of != <= >= < > =$"):
        compile_pattern("{ $.a EQUALS 1 }")
    with pytest.raises(PatternError, match=r"^at 9, at the end: expected '}'"):
        compile_pattern("{ $.a = 1")
