from typing import Any

import pytest

from tests.support.iam.conditions import Context, parse_condition

ARN = "arn:aws:sns:eu-central-1:111122223333:news"
BYTES = "QmluYXJ5VmFsdWVJbkJhc2U2NA=="


def holds(operator: str, wanted: Any, found: Any, key: str = "aws:key") -> bool:
    """Compare a policy's value or values with a request's; None is a request without the key."""
    values = wanted if isinstance(wanted, list) else [wanted]
    context = {"aws:PrincipalTag/Team": "red*", "aws:username": "ann"}
    return parse_condition(operator, key, values).holds(Context(context | ({} if found is None else {key: found})))


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "", "", True),
        ("StringEquals", True, "true", True),
        ("StringEquals", 7, "7", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", "a", "a", False),
        ("StringEqualsIgnoreCase", "ab", "AB", True),
        ("StringEqualsIgnoreCase", "ab", "ac", False),
        ("StringNotEqualsIgnoreCase", "ab", "AB", False),
        ("StringNotEqualsIgnoreCase", "ab", "ac", True),
        ("StringLike", "t1.*", "t1.micro", True),
        ("StringLike", "t1.*", "t2.micro", False),
        ("StringLike", "*", "", True),
        ("StringLike", "?", "", False),
        ("StringLike", "a?c", "abc", True),
        ("StringLike", "a.c", "abc", False),
        ("StringLike", "a*c", "a\nc", True),
        ("StringLike", "T1.*", "t1.micro", False),
        ("StringNotLike", "t1.*", "t2.micro", True),
        ("StringNotLike", "t1.*", "t1.micro", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, 10, True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", "10", "10", False),
        ("NumericLessThan", "1.2", "1.1", True),
        ("NumericLessThan", "1.2", "1.2", False),
        ("NumericLessThan", "1.10", "1.2", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "10.5", False),
        ("NumericGreaterThan", "10", "11", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateEquals", "2026", "2026-01-01", True),
        ("DateEquals", "2026-02", "2026-02-01T00:00:00Z", True),
        ("DateEquals", "1970-01-02", "86400", True),
        ("DateNotEquals", "2026-01-01", "2026-01-02", True),
        ("DateLessThan", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateLessThanEquals", "2026-01-01", "2026-01-01", True),
        ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:00.5Z", True),
        ("DateGreaterThan", "2026-01-01", "2025-12-31", False),
        ("DateGreaterThanEquals", "2026-01-01", "2026-01-01", True),
        ("Bool", "true", True, True),
        ("Bool", "false", "False", True),
        ("Bool", "false", True, False),
        ("Bool", False, "false", True),
        ("BinaryEquals", BYTES, BYTES, True),
        ("BinaryEquals", BYTES, "AAAA", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "203.0.113.7", False),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
        ("ArnEquals", ARN, ARN, True),
        ("ArnEquals", "arn:aws:sns:*:111122223333:n*", ARN, True),
        ("ArnLike", "arn:aws:sns:*:111122223333:ne?s", ARN, True),
        ("ArnLike", "arn:aws:sns:*:444455556666:*", ARN, False),
        ("ArnLike", "arn:aws:sns:*:111122223333:news", ARN + ":x", False),
        ("ArnNotEquals", ARN, ARN, False),
        ("ArnNotLike", "arn:aws:sqs:*:*:*", ARN, True),
    ],
)
def test_an_operator_compares_as_documented(operator: str, wanted: Any, found: Any, expected: bool) -> None:
    assert holds(operator, wanted, found) is expected


def test_a_wildcard_of_an_arn_operator_does_not_span_colons_but_one_of_a_string_operator_does() -> None:
    pattern = "arn:aws:someservice:*:111122223333:finance/*"
    found = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
    assert holds("StringLike", pattern, found)
    assert not holds("ArnLike", pattern, found)


@pytest.mark.parametrize("operator", ["StringEquals", "NumericEquals", "DateEquals", "IpAddress", "ArnLike", "Bool"])
def test_an_absent_key_matches_a_positive_operator_only_with_if_exists(operator: str) -> None:
    wanted = {"NumericEquals": "1", "DateEquals": "2026", "IpAddress": "::/0", "ArnLike": ARN, "Bool": "true"}
    assert not holds(operator, wanted.get(operator, "x"), None)
    assert holds(f"{operator}IfExists", wanted.get(operator, "x"), None)


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("StringNotEquals", "x"),
        ("StringNotEqualsIgnoreCase", "x"),
        ("StringNotLike", "*"),
        ("NumericNotEquals", "1"),
        ("DateNotEquals", "2026"),
        ("NotIpAddress", "0.0.0.0/0"),
        ("ArnNotEquals", ARN),
        ("ArnNotLike", ARN),
    ],
)
def test_an_absent_key_matches_every_negated_operator(operator: str, wanted: str) -> None:
    assert holds(operator, wanted, None)
    assert holds(f"{operator}IfExists", wanted, None)


@pytest.mark.parametrize(
    ("operator", "found", "expected"),
    [
        ("StringEqualsIfExists", "a", True),
        ("StringEqualsIfExists", "c", False),
        ("StringNotEqualsIfExists", "a", False),
        ("StringNotEqualsIfExists", "c", True),
    ],
)
def test_if_exists_changes_nothing_for_a_present_key(operator: str, found: str, expected: bool) -> None:
    assert holds(operator, ["a", "b"], found) is expected


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [("true", None, True), ("true", "x", False), ("false", None, False), (False, "x", True), ("true", [], True)],
)
def test_null_tests_whether_the_key_is_absent(wanted: Any, found: Any, expected: bool) -> None:
    assert holds("Null", wanted, found) is expected


@pytest.mark.parametrize(
    ("operator", "found", "expected"),
    [
        ("StringEquals", "b", True),
        ("StringEquals", "c", False),
        ("StringNotEquals", "b", False),
        ("StringNotEquals", "c", True),
    ],
)
def test_several_values_are_alternatives_and_a_negated_operator_excludes_them_all(
    operator: str, found: str, expected: bool
) -> None:
    assert holds(operator, ["a", "b"], found) is expected


@pytest.mark.parametrize(
    ("operator", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAllValues:StringEquals", [], True),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", "", True),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "c"], False),
        ("ForAllValues:StringNotEquals", None, True),
        ("ForAllValues:StringEqualsIfExists", None, True),
        ("ForAllValues:StringEqualsIfExists", ["c"], False),
        ("ForAnyValue:StringEquals", ["a", "c"], True),
        ("ForAnyValue:StringEquals", ["c", "d"], False),
        ("ForAnyValue:StringEquals", [], False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringEquals", "", False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("ForAnyValue:StringLike", ["ax"], False),
        ("ForAnyValue:ArnLike", [ARN], True),
    ],
)
def test_a_set_operator_compares_each_value_of_the_request(operator: str, found: Any, expected: bool) -> None:
    assert holds(operator, [ARN] if "Arn" in operator else ["a", "b"], found) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "${aws:username}", "ann", True),
        ("StringEquals", "home/${AWS:UserName}/", "home/ann/", True),
        ("StringEquals", "${aws:PrincipalTag/team}", "red*", True),
        ("StringLike", "${aws:PrincipalTag/team}", "redder", False),
        ("StringLike", "${aws:username}*", "annabel", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringLike", "a${*}${?}${$}", "a*?$", True),
        ("StringEquals", "${$}{aws:username}", "${aws:username}", True),
        ("StringEquals", "${aws:PrincipalTag/none}", "", False),
        ("StringNotEquals", "${aws:PrincipalTag/none}", "x", True),
        ("StringEquals", "${aws:PrincipalTag/none, 'company-wide'}", "company-wide", True),
        ("StringEquals", "${aws:username, 'company-wide'}", "ann", True),
        ("StringEquals", "costs 5$", "costs 5$", True),
        ("ArnLike", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/ann", True),
        ("ArnLike", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/bob", False),
    ],
)
def test_a_variable_has_the_value_of_the_request(operator: str, wanted: str, found: str, expected: bool) -> None:
    assert holds(operator, wanted, found) is expected


def test_the_name_of_a_key_is_case_insensitive() -> None:
    condition = parse_condition("StringEquals", "aws:PrincipalTag/Team", ["red"])
    assert condition.holds(Context({"AWS:principaltag/TEAM": "red"}))
    with pytest.raises(ValueError, match="twice"):
        Context({"aws:a": "1", "AWS:A": "2"})


@pytest.mark.parametrize(
    ("operator", "wanted", "message"),
    [
        ("StringEqual", "x", "unknown operator StringEqual; expected Null or one of StringEquals"),
        ("stringEquals", "x", "unknown operator"),
        ("StringEqualsIfExist", "x", "unknown operator"),
        ("NullIfExists", "true", "unknown operator"),
        ("ForAllValues:Null", "true", "unknown operator"),
        ("ForSomeValues:StringEquals", "x", "unknown operator"),
        ("ForAnyValue:StringEqualsIfExists", "x", "two statements"),
        ("NumericLessThan", "tall", "'tall' is not a number"),
        ("NumericLessThan", "NaN", "'NaN' is not a number"),
        ("NumericLessThan", "${aws:username}", "is not a number"),
        ("DateLessThan", "yesterday", "neither a date"),
        ("Bool", "yes", "neither true nor false"),
        ("Null", "maybe", "neither true nor false"),
        ("Null", ["true", "false"], "Null has the values"),
        ("BinaryEquals", "ä", "not base64"),
        ("IpAddress", "300.1.1.1", "does not appear to be an IPv4 or IPv6 network"),
        ("ArnLike", "111122223333", "not an ARN of six parts"),
        ("StringEquals", [], "no value"),
        ("StringEquals", "${aws:username", "variable is not closed"),
        ("StringEquals", "${}", "is not a variable"),
        ("StringEquals", "${username}", "is not a variable"),
    ],
)
def test_an_undocumented_condition_is_an_error(operator: str, wanted: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("$", r"\$")):
        holds(operator, wanted, "x")


@pytest.mark.parametrize("key", ["SourceArn", ":x", "aws:"])
def test_a_key_without_a_prefix_is_an_error(key: str) -> None:
    with pytest.raises(ValueError, match="not a condition key"):
        parse_condition("StringEquals", key, ["x"])


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("StringEquals", "a", ["a", "b"]),
        ("StringEquals", "${aws:key}", ["a", "b"]),
        ("NumericEquals", "1", "tall"),
        ("DateEquals", "2026", "later"),
        ("Bool", "true", "perhaps"),
        ("IpAddress", "::/0", "here"),
        ("ArnLike", ARN, "111122223333"),
    ],
)
def test_a_request_value_of_the_wrong_type_is_an_error(operator: str, wanted: str, found: Any) -> None:
    with pytest.raises(ValueError, match=r"is no|neither|does not appear|has 2 values"):
        holds(operator, wanted, found)
