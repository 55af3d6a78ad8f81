"""JSON patterns. The two events and most rows are those of the CloudWatch Logs User Guide."""

import json
from typing import Any

import pytest

from tests.support.filters.pattern import compile_pattern

TRAIL: dict[str, Any] = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "cluster.name": "c",
    "ThisFlag": True,
    "ThatFlag": False,
    "latency": 50,
    "ratio": 0.5,
    "status": "404",
    "empty": "",
    "nested": {"deep.er": {"name": "d"}, "x": {"id": 7}, "y": {"id": 8}},
}
USERS: dict[str, Any] = {
    "user": {"id": 1, "email": "john@example.com"},
    "users": [{"id": 2, "email": "doe@example.com"}, {"id": 3, "email": "jane@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # Texts.
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{$.eventType="UpdateTrail"}', True),
        ('  {  $.eventType  =  "UpdateTrail"  }  ', True),
        ('{ $.eventType = "updateTrail" }', False),
        ('{ $.eventtype = "UpdateTrail" }', False),
        ('{ $.eventType != "UpdateTrail" }', False),
        ('{ $.eventType != "Other" }', True),
        ('{ $.empty = "" }', True),
        # Wildcards at the ends.
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.eventType = "*" }', True),
        ('{ $.empty = "*" }', True),
        ('{ $.eventType = "Update*" }', True),
        ('{ $.eventType = "*Trail" }', True),
        ('{ $.eventType = "*ateTr*" }', True),
        ('{ $.eventType = "*ate" }', False),
        ('{ $.eventType = "Trail*" }', False),
        ('{ $.eventType != "Update*" }', False),
        # Arrays and objects.
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[2] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[0].id = 2 }", False),
        ('{ $.eventType[0] = "U" }', False),
        ("{ $.objectList.id = 2 }", False),
        # A property with dots.
        ("{ $.['cluster.name'] = \"c\" }", True),
        ("{ $.nested.['deep.er'].name = \"d\" }", True),
        ('{ $.cluster.name = "c" }', False),
        # Wildcards in selectors.
        ('{ $.arrayKey[*] = "another value" }', True),
        ('{ $.arrayKey[*] = "third" }', False),
        ("{ $.arrayKey[*] = %val.{2}% }", True),
        ("{ $.objectList[*].id = 2 }", True),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", True),
        ("{ $.nested.*.id = 8 }", True),
        ("{ $.nested.*.id = 9 }", False),
        ("{ $.nothing[*].id NOT EXISTS }", True),
        ("{ $.objectList[*].id NOT EXISTS }", False),
        # Regular expressions.
        ("{ $.eventType = %Trail% }", True),
        ("{ $.eventType = %^Trail% }", False),
        ("{ $.eventType != %^Trail% }", True),
        ("{ $.latency = %5% }", False),
        # Numbers.
        ("{ $.latency = 50 }", True),
        ("{ $.latency = 50.0 }", True),
        ("{ $.latency = +5e1 }", True),
        ("{ $.latency != 5e+1 }", False),
        ("{ $.latency > 49.9 }", True),
        ("{ $.latency > 50 }", False),
        ("{ $.latency >= 50 }", True),
        ("{ $.latency < 50 }", False),
        ("{ $.latency <= 50 }", True),
        ("{ $.latency > -1 }", True),
        ("{ $.ratio = 5E-1 }", True),
        ("{ $.ratio = .5 }", True),
        ("{ $.latency = * }", True),
        ("{ $.latency = 5* }", True),
        ("{ $.latency = 4* }", False),
        # A number is no text.
        ("{ $.status = 404 }", False),
        ("{ $.status > 400 }", False),
        ('{ $.status = "404" }', True),
        ('{ $.latency = "50" }', False),
        ('{ $.latency = "*" }', False),
        ('{ $.latency != "50" }', True),
        ("{ $.status != 404 }", True),
        # IS and NOT EXISTS.
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.objectList[0].id IS TRUE }", False),
        ("{ $.ThatFlag IS FALSE }", True),
        ("{ $.eventType IS TRUE }", False),
        ('{ $.ThisFlag = "true" }', False),
        ("{ $.eventType = truest }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.eventType NOT EXISTS }", False),
        ("{ $.eventType.deeper NOT EXISTS }", True),
        ("{ $.arrayKey[2] NOT EXISTS }", True),
        # What is no text and no number meets no comparison.
        *(
            (f"{{ $.{name} {sign} {wanted} }}", False)
            for name in ("arrayKey", "nested", "SomeObject", "ThisFlag", "SomeOtherObject")
            for sign in ("=", "!=")
            for wanted in ("1", '"x"', "*", "%x%")
        ),
        ("{ $.SomeOtherObject < 1 }", False),
    ],
)
def test_a_condition_matches_as_documented(pattern: str, expected: bool) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.matches(TRAIL) is expected
    assert compiled.matches(json.dumps(TRAIL, indent=1)) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "doe@example.com") }', True),
        ('{ $.user.email = "john@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }', True),
        ('{ ($.user.email = "john@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }', False),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        ("{ $.coordinates[1][2] = 6 }", True),
        ("{ $.actions[2] = nomatch || $.actions[2] = nomatch || $.actions[2] = DELETE }", True),
        ("{ $.user.id = 1 && $.user.id = 1 && $.user.id = 2 }", False),
        ("{ ((($.user.id = 1))) }", True),
        ("{ $.users != 1 }", False),
    ],
)  # fmt: skip
def test_parentheses_have_precedence_over_and_which_has_precedence_over_or(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern).matches(USERS) is expected


@pytest.mark.parametrize(
    "event",
    ["", "ERROR", "[1]", '"x"', "1", "null", '{"a": NaN}', '{"a": 1', '{"a": 1} x', '{"a": 1e99999999999999999999}'],
)
@pytest.mark.parametrize("pattern", ["{ $.a = 1 }", "{ $.b NOT EXISTS }"])
def test_an_event_that_is_not_a_json_object_does_not_match(pattern: str, event: str) -> None:
    assert not compile_pattern(pattern).matches(event)


def test_a_number_is_compared_with_its_exact_decimal_value() -> None:
    assert compile_pattern("{ $.a = 0.1 }").matches('{"a": 0.1}')
    assert not compile_pattern("{ $.a = 0.1 }").matches('{"a": 0.1000000000000000055}')
    assert compile_pattern("{ $.a = 12345678901234567891 }").matches('{"a": 12345678901234567891}')
    assert not compile_pattern("{ $.a = 12345678901234567891 }").matches('{"a": 12345678901234567890}')


ROOT_USE = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
UNAUTHORIZED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
NO_MFA = '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }'
KEY_LOSS = "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }"


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        (ROOT_USE, {"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}, True),
        (ROOT_USE, {"userIdentity": {"type": "Root", "invokedBy": "AWS Internal"}, "eventType": "AwsApiCall"}, False),
        (ROOT_USE, {"userIdentity": {"type": "Root"}, "eventType": "AwsServiceEvent"}, False),
        (ROOT_USE, {"userIdentity": {"type": "Root"}}, False),
        (UNAUTHORIZED, {"errorCode": "Client.UnauthorizedOperation"}, True),
        (UNAUTHORIZED, {"errorCode": "AccessDeniedException"}, True),
        (UNAUTHORIZED, {"errorCode": "NoSuchKey"}, False),
        (UNAUTHORIZED, {"eventName": "GetObject"}, False),
        (NO_MFA, {"eventName": "ConsoleLogin", "additionalEventData": {"MFAUsed": "No"}}, True),
        (NO_MFA, {"eventName": "ConsoleLogin", "additionalEventData": {"MFAUsed": "Yes"}}, False),
        (NO_MFA, {"eventName": "ConsoleLogin"}, False),
        (KEY_LOSS, {"eventSource": "kms.amazonaws.com", "eventName": "ScheduleKeyDeletion"}, True),
        (KEY_LOSS, {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}, False),
    ],
)
def test_the_patterns_of_the_cis_benchmark_match_the_events_that_they_are_for(
    pattern: str, event: dict[str, Any], expected: bool
) -> None:
    assert compile_pattern(pattern).matches(event) is expected
