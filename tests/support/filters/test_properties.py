"""Rules that hold for all patterns and events."""

import json
import operator
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.filters.pattern import Pattern, compile_pattern
from tests.support.filters.scanner import PatternError

TEXTS = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), max_size=8)
WORDS = st.text("abAB_01", min_size=1, max_size=3)
NUMBERS = st.decimals(-1000, 1000, places=2) | st.integers(-1000, 1000).map(Decimal)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)
EVENTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)
PIECES = ["{", "}", "[", "]", "(", ")", "$", ".", "a", "b", "*", "%", '"', "\\", "'", "=", "!", "<", ">", "&&", "||", " ", ",",
          "...", "-", "?", "1", "IS", "NULL", "NOT", "EXISTS", "$.a = 1", "^", "|", "+", "{1,2}", "\\d", "ä"]  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def attempt(text: str) -> Pattern | int:
    """Compile a pattern, or return the place where it is refused."""
    try:
        return compile_pattern(text)
    except PatternError as error:
        return error.position


def matches(condition: str, **event: object) -> bool:
    return compile_pattern(f"{{ {condition} }}").matches(json.dumps(event))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), EVENTS, st.text(max_size=20))
@example("{ $.a = %" + "a{1,2}" * 3 + "% }", {"a": "a"}, "")
def test_any_pattern_compiles_and_handles_any_event_or_is_an_error_with_a_position_in_it(
    text: str, event: dict[str, object], line: str
) -> None:
    outcome = attempt(text)
    if isinstance(outcome, int):
        assert 0 <= outcome <= len(text)
    else:
        assert isinstance(outcome.matches(event), bool)
        assert isinstance(outcome.matches(line), bool)


@given(TEXTS, TEXTS)
def test_a_quoted_text_equals_only_itself(wanted: str, found: str) -> None:
    assert matches(f"$.a = {quoted(wanted)}", a=wanted)
    assert matches(f"$.a = {quoted(wanted)}", a=found) is (wanted == found)
    assert matches(f"$.a != {quoted(wanted)}", a=found) is (wanted != found)


@given(TEXTS, TEXTS)
def test_a_star_at_an_end_matches_any_text_there(part: str, found: str) -> None:
    assert matches(f"$.a = {quoted(part + '*')}", a=found) is found.startswith(part)
    assert matches(f"$.a = {quoted('*' + part)}", a=found) is found.endswith(part)
    assert matches(f"$.a = {quoted('*' + part + '*')}", a=found) is (part in found)


@given(NUMBERS, NUMBERS)
def test_numbers_are_compared_by_value(wanted: Decimal, found: Decimal) -> None:
    for sign, compare in (
        ("=", operator.eq),
        ("!=", operator.ne),
        ("<", operator.lt),
        (">", operator.gt),
        ("<=", operator.le),
        (">=", operator.ge),
    ):
        assert compile_pattern(f"{{ $.a {sign} {wanted} }}").matches(f'{{"a": {found}}}') is compare(found, wanted)
        assert compile_pattern(f"[a {sign} {wanted}, b]").matches(f"{found} x") is compare(found, wanted)
        assert compile_pattern(f"{{ $.a {sign} {wanted:e} }}").matches(f'{{"a": {found}}}') is compare(found, wanted)


@given(JSON, st.sampled_from(["1", '"a"', '"*"', "*", "%a%"]))
def test_unequal_is_the_opposite_of_equal_for_texts_and_numbers_and_neither_holds_for_other_values(
    value: object, wanted: str
) -> None:
    equal, unequal = (matches(f"$.a {sign} {wanted}", a=value) for sign in ("=", "!="))
    comparable = isinstance(value, str | int | float) and not isinstance(value, bool)
    assert (equal, unequal) in ([(True, False), (False, True)] if comparable else [(False, False)])


@given(JSON, st.booleans())
def test_a_pattern_distinguishes_null_true_false_and_absent_properties(value: object, present: bool) -> None:
    event = {"a": value} if present else {}
    told = {
        "absent": matches("$.a NOT EXISTS", **event),
        "null": matches("$.a IS NULL", **event),
        "true": matches("$.a IS TRUE", **event),
        "false": matches("$.a IS FALSE", **event),
        "text": matches('$.a = "*"', **event),
        "any": matches("$.a = *", **event),
    }
    if not present:
        kind = ["absent"]
    elif value is None or isinstance(value, bool):
        kind = [json.dumps(value)]
    elif isinstance(value, str):
        kind = ["text", "any"]
    else:
        kind = ["any"] if isinstance(value, int | float) else []
    assert [name for name, holds in told.items() if holds] == kind


TRUTHS = {"$.t = 1": "True", "$.f = 1": "False"}
EXPRESSIONS = st.recursive(
    st.sampled_from(list(TRUTHS)),
    lambda inner: st.one_of(
        inner.map(lambda expression: f"({expression})"),
        st.tuples(inner, st.sampled_from([" && ", "&&", " || ", "||"]), inner).map("".join),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_random_expressions_follow_the_precedence_of_parentheses_and_and_or(expression: str) -> None:
    python = expression.replace("&&", " and ").replace("||", " or ")
    for condition, truth in TRUTHS.items():
        python = python.replace(condition, truth)
    assert matches(expression, t=1, f=2) is eval(python)  # noqa: S307 - made of True, False, and, or and parentheses


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, max_size=4), st.text("abAB_01 ", max_size=12))
def test_a_matching_text_contains_all_included_terms_and_no_excluded_term(
    included: list[str], excluded: list[str], text: str
) -> None:
    pattern = compile_pattern(" ".join([*included, *(f"-{term}" for term in excluded)]))
    assert pattern.matches(text) is (
        all(term in text for term in included) and all(term not in text for term in excluded)
    )
    assert compile_pattern(" ".join(f"?{term}" for term in included)).matches(text) is any(
        term in text for term in included
    )


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_fields_before_an_ellipsis_count_from_the_start_and_those_after_it_from_the_end(
    words: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words) - 1))
    names = [f"f{number}" for number in range(len(words))]
    line = " ".join(words)
    wanted = data.draw(st.sampled_from(words))
    expected = words[place] == wanted
    ahead, behind = names[:place], names[place + 1 :]
    condition = f"{names[place]} = {quoted(wanted)}"
    for fields in ([*ahead, condition, "..."], ["...", condition, *behind], [*ahead, condition, *behind]):
        assert compile_pattern(f"[{', '.join(fields)}]").matches(line) is expected


@given(st.text("aB1:_#=@/;,- ", min_size=1, max_size=6), st.text("aB1:_#=@/;,- ", max_size=8))
def test_ordinary_characters_of_a_regular_expression_are_literal(part: str, text: str) -> None:
    assert compile_pattern(f"%{part}%").matches(text) is (part in text)
    assert compile_pattern(f"%^{part}$%").matches(text) is (part == text)


@given(st.text("^$?[]{}|\\*+.", min_size=1, max_size=4), st.text("^$?[]{}|\\*+.", max_size=6))
def test_an_escaped_operator_of_a_regular_expression_is_literal(part: str, text: str) -> None:
    escaped = "".join(f"\\{character}" for character in part)
    assert compile_pattern(f"%{escaped}%").matches(text) is (part in text)
