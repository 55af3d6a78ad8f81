"""The elements of a statement, and documents that are errors."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.iam.builders import AWAY, HOME, OBJECT, ROLE, SESSION, STRANGER, USER, allow, deny, policy, root
from tests.support.iam.document import Kind, PolicyError, parse
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.patterns import covers
from tests.support.iam.request import ANONYMOUS, Principal, Request, aws, federated, service

FINE = allow(Sid="Fine")
ANYONE = allow(Principal="*")


def allowed(statement: Mapping[str, Any], action: str = "s3:GetObject", resource: str = OBJECT, **context: str) -> bool:
    request = Request(USER, action, resource, account=HOME, context=context)
    return decide(request, Policies(identity=[policy(statement)])).allowed


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:Get*", True),
        ("s3:*Object", True),
        ("s3:Get?bject", True),
        ("s3:GetObjec", False),
        ("s3:GetObject?", False),
        ("s3:*", True),
        ("*", True),
        ("sqs:*", False),
        (["sqs:*", "s3:GetObject"], True),
    ],
)
def test_an_action_matches_with_wildcards_and_in_any_case(pattern: Any, expected: bool) -> None:
    assert allowed(allow(Action=pattern)) is expected
    assert allowed(allow(NotAction=pattern)) is not expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", OBJECT, True),
        ("arn:aws:s3:::ledger/*", OBJECT, True),
        ("arn:aws:s3:::ledger/2026/a.csv", OBJECT, True),
        ("arn:aws:s3:::ledger", OBJECT, False),
        ("arn:aws:s3:::LEDGER/*", OBJECT, False),
        ("arn:aws:s3:::ledger/????/a.csv", OBJECT, True),
        ("arn:aws:s3:::*", OBJECT, True),
        ("arn:aws:s3:*", OBJECT, True),
        ("arn:aws:sqs:*", OBJECT, False),
        # The examples of "Using wildcards in resource ARNs".
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/test/object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test/3/object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1///test///object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/test/", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1-test/object.jpg", False),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/object.jpg", False),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test.jpg", False),
        # The last part may hold colons.
        ("arn:aws:s3:::b/*.csv", "arn:aws:s3:::b/12:30:00.csv", True),
        ("arn:aws:logs:*:111122223333:log-group:/a:*", "arn:aws:logs:eu-west-1:111122223333:log-group:/a:log-stream:x", True),
        ("arn:aws:logs:*:111122223333:log-group:/a:*", "arn:aws:logs:eu-west-1:111122223333:log-group:/ab:log-stream:x", False),
        ("arn:aws:sqs:eu-*-1:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arn:aws:sqs:eu-west-?:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arn:aws:sqs:eu-west-1?111122223333:q*", "arn:aws:sqs:eu-west-1:111122223333:q", False),
    ],
)  # fmt: skip
def test_a_resource_matches_with_wildcards(pattern: str, resource: str, expected: bool) -> None:
    action = f"{resource.split(':')[2]}:Touch"
    request = Request(USER, action, resource, account=HOME if ":s3:" in resource else None)
    for element, wanted in (("Resource", expected), ("NotResource", not expected)):
        assert decide(request, Policies(identity=[policy(allow(**{element: pattern}))])).allowed is wanted


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("arn:aws:sqs:*:q", True), ("arn:aws:sqs:eu*:q", True), ("arn:aws:sqs:e*1:q", False), ("arn:aws:sqs:eu-west-?:q", False)],
)  # fmt: skip
def test_only_a_star_at_the_end_of_an_arn_part_spans_colons(pattern: str, expected: bool) -> None:
    characters = [(character, False) for character in pattern]
    assert covers(characters, "arn:aws:sqs:eu-west-1:1:q") is expected


@pytest.mark.parametrize(
    ("pattern", "tags", "expected"),
    [
        ("arn:aws:s3:::ledger/${aws:username}/*", {}, True),
        ("arn:aws:s3:::ledger/${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": "ann"}, True),
        ("arn:aws:s3:::ledger/${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": "*"}, False),
        ("arn:aws:s3:::ledger/${aws:PrincipalTag/team, 'ann'}/*", {}, True),
        ("arn:aws:s3:::ledger/ann/${*}", {}, False),
    ],
)
def test_a_variable_in_a_resource_has_the_requests_value_as_literal_text(
    pattern: str, tags: dict[str, str], expected: bool
) -> None:
    assert allowed(allow(Resource=pattern), resource="arn:aws:s3:::ledger/ann/a.csv", **tags) is expected


def test_a_resource_with_a_variable_without_value_matches_nothing() -> None:
    pattern = "arn:aws:s3:::ledger/${aws:PrincipalTag/team}*"
    assert not allowed(allow(Resource=pattern))
    assert allowed(allow(NotResource=pattern))


def test_a_statement_applies_when_all_its_conditions_hold() -> None:
    statement = allow(
        Condition={
            "StringEquals": {"aws:PrincipalTag/a": ["1", "2"], "aws:PrincipalTag/b": "1"},
            "Bool": {"aws:x": True},
        }
    )
    right = {"aws:PrincipalTag/a": "2", "aws:PrincipalTag/b": "1", "aws:x": "true"}
    assert allowed(statement, **right)
    for key in right:
        assert not allowed(statement, **{**right, key: "false"})


EVERYBODY = [
    USER, ROLE, SESSION, STRANGER, root(HOME), ANONYMOUS, service("s3.amazonaws.com"), federated("idp.example.com"),
]  # fmt: skip
NAMED: list[tuple[Any, list[Principal]]] = [
    ("*", EVERYBODY),
    ({"AWS": "*"}, EVERYBODY),
    ({"AWS": HOME}, [USER, ROLE, SESSION, root(HOME)]),
    ({"AWS": f"arn:aws:iam::{HOME}:root"}, [USER, ROLE, SESSION, root(HOME)]),
    ({"AWS": [HOME, AWAY]}, [USER, ROLE, SESSION, STRANGER, root(HOME)]),
    ({"AWS": f"arn:aws:iam::{HOME}:user/ann"}, [USER]),
    ({"AWS": f"arn:aws:iam::{HOME}:user/Ann"}, []),
    ({"AWS": f"arn:aws:iam::{HOME}:role/worker"}, [ROLE, SESSION]),
    ({"AWS": f"arn:aws:sts::{HOME}:assumed-role/worker/shift"}, [SESSION]),
    ({"AWS": f"arn:aws:sts::{HOME}:assumed-role/worker/other"}, []),
    ({"Service": "s3.amazonaws.com"}, [service("s3.amazonaws.com")]),
    ({"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}, [service("s3.amazonaws.com")]),
    ({"Federated": "idp.example.com"}, [federated("idp.example.com")]),
    ({"AWS": AWAY, "Service": "s3.amazonaws.com"}, [STRANGER, service("s3.amazonaws.com")]),
]  # fmt: skip


@pytest.mark.parametrize(("principal", "meant"), NAMED)
@pytest.mark.parametrize("asking", EVERYBODY)
def test_a_statement_applies_to_the_principals_that_it_names(
    principal: Any, meant: list[Principal], asking: Principal
) -> None:
    request = Request(asking, "s3:GetObject", OBJECT, account=HOME)
    denial = decide(request, Policies(resource=policy(deny(Sid="Named", Principal=principal), ANYONE)))
    assert (denial.sid == "Named") is (asking in meant)


@pytest.mark.parametrize(
    ("listed", "spared"),
    [
        ([f"arn:aws:iam::{HOME}:user/ann", HOME], [USER, root(HOME)]),
        ([f"arn:aws:iam::{HOME}:user/ann"], []),
        ([HOME], [root(HOME)]),
        ([HOME, f"arn:aws:iam::{HOME}:role/worker"], [root(HOME)]),
        (
            [HOME, f"arn:aws:iam::{HOME}:role/worker", f"arn:aws:sts::{HOME}:assumed-role/worker/shift"],
            [SESSION, root(HOME)],
        ),
        (["*"], EVERYBODY),
    ],
)
@pytest.mark.parametrize("asking", EVERYBODY)
def test_not_principal_exempts_principals_whose_account_role_and_session_are_all_listed(
    listed: list[str], spared: list[Principal], asking: Principal
) -> None:
    document = policy(deny(Sid="Others", NotPrincipal={"AWS": listed}), ANYONE)
    decision = decide(Request(asking, "s3:GetObject", OBJECT, account=HOME), Policies(resource=document))
    assert (decision.sid != "Others") is (asking in spared)


def test_a_single_statement_does_not_need_a_list() -> None:
    assert parse({"Version": "2012-10-17", "Statement": FINE}, Kind.IDENTITY, "it").statements[0].name == "Fine"


def test_a_statement_without_a_sid_is_named_by_its_number() -> None:
    assert [statement.name for statement in parse(policy(FINE, allow()), Kind.IDENTITY, "it").statements] == [
        "Fine",
        "#2",
    ]


REFUSED: list[tuple[Kind, Any, str]] = [
    (Kind.IDENTITY, {"Statement": [FINE]}, "Version is None, expected '2012-10-17'"),
    (Kind.IDENTITY, {"Version": "2008-10-17", "Statement": [FINE]}, "Version is '2008-10-17'"),
    (Kind.IDENTITY, {"Version": "2012-10-17"}, "Statement is None"),
    (Kind.IDENTITY, {"Version": "2012-10-17", "Statement": []}, r"Statement is \[\]"),
    (Kind.IDENTITY, {"Version": "2012-10-17", "Statement": "Allow"}, "Statement is 'Allow'"),
    (Kind.IDENTITY, {"Version": "2012-10-17", "Statements": [FINE]}, "unknown element Statements"),
    (Kind.IDENTITY, policy(FINE) | {"Id": "x"}, "an identity policy has no Id"),
    (Kind.IDENTITY, policy(FINE, FINE), "the Sid Fine is used 2 times"),
    (Kind.IDENTITY, policy(FINE, "Deny"), "statement 2: found 'Deny'"),  # type: ignore[arg-type]
    (Kind.IDENTITY, policy(allow(Sid="Not fine")), r"statement 1 \(Not fine\): Sid is 'Not fine'"),
    (Kind.IDENTITY, policy(allow(Conditions={})), "unknown element Conditions, expected some of Action"),
    (Kind.IDENTITY, policy(allow(Effect="allow")), "Effect is 'allow'"),
    (Kind.IDENTITY, policy({"Action": "*", "Resource": "*"}), "Effect is None"),
    (Kind.IDENTITY, policy({"Effect": "Deny", "Resource": "*"}), "neither Action nor NotAction"),
    (Kind.IDENTITY, policy({"Effect": "Deny", "Action": "*"}), "neither Resource nor NotResource"),
    (Kind.IDENTITY, policy(allow() | {"NotAction": "s3:*"}), "has both Action and NotAction"),
    (Kind.IDENTITY, policy(allow() | {"NotResource": "*"}), "has both Resource and NotResource"),
    (Kind.IDENTITY, policy(allow(Action=[])), r"Action is \[\]"),
    (Kind.IDENTITY, policy(allow(Action=["s3:GetObject", 7])), "Action is "),
    (Kind.IDENTITY, policy(allow(Action="GetObject")), "the action is 'GetObject', expected"),
    (Kind.IDENTITY, policy(allow(Action="s3:Get Object")), "the action is 's3:Get Object', expected"),
    (Kind.IDENTITY, policy(allow(Action="s*:GetObject")), "wildcards only in the name"),
    (Kind.IDENTITY, policy(allow(Action="s3:")), "the action is 's3:', expected"),
    (Kind.IDENTITY, policy(allow(Resource="ledger/*")), "expected .* an ARN"),
    (Kind.IDENTITY, policy(allow(Resource="arn:aws:s3::ledger")), "expected .* an ARN"),
    (Kind.IDENTITY, policy(allow(Resource="arn:aws:*:::ledger")), "wildcard in the service"),
    (Kind.IDENTITY, policy(allow(Resource="arn:aws:sqs::${aws:x}:q")), "variable before the fifth colon"),
    (Kind.IDENTITY, policy(allow(Resource="arn:aws:s3:::${aws:x")), "variable is not closed"),
    (Kind.IDENTITY, policy(allow(Principal="*")), "has a Principal, which the identity policy must not have"),
    (Kind.IDENTITY, policy(allow(Condition=[])), r"Condition is \[\]"),
    (Kind.IDENTITY, policy(allow(Condition={"Bool": "true"})), "Condition.Bool: found 'true'"),
    (Kind.IDENTITY, policy(allow(Condition={"Bool": {"aws:x": None}})), "Condition.Bool.aws:x: found None"),
    (Kind.IDENTITY, policy(allow(Condition={"Bool": {"aws:x": "no"}})), "Condition.Bool.aws:x: 'no' is neither true"),
    (Kind.IDENTITY, policy(allow(Condition={"Boolean": {"aws:x": "true"}})), "unknown operator Boolean"),
    (Kind.IDENTITY, policy(allow(Condition={"Null": {"aws:x": True, "AWS:X": True}})), "a key is used twice"),
    (Kind.RESOURCE, policy(allow()), "neither Principal nor NotPrincipal, one of which the resource policy needs"),
    (Kind.RESOURCE, policy(allow(NotPrincipal="*")), "has NotPrincipal, which only a Deny in a resource policy may have"),
    (Kind.RESOURCE, policy(allow(Principal=f"arn:aws:iam::{HOME}:root")), "expected '\\*' or an object"),
    (Kind.RESOURCE, policy(allow(Principal={})), "Principal is {}"),
    (Kind.RESOURCE, policy(allow(Principal={"Aws": HOME})), "Principal: unknown element Aws"),
    (Kind.RESOURCE, policy(allow(Principal={"AWS": "12345"})), "'12345' is not a principal of type AWS"),
    (Kind.RESOURCE, policy(allow(Principal={"AWS": f"arn:aws:iam::{HOME}:user/*"})), "not a principal of type AWS"),
    (Kind.RESOURCE, policy(allow(Principal={"AWS": f"arn:aws:iam::{HOME}:group/x"})), "not a principal of type AWS"),
    (Kind.RESOURCE, policy(allow(Principal={"Service": "s3"})), "'s3' is not a principal of type Service"),
    (Kind.RESOURCE, policy(allow(Principal={"Service": "*"})), "not a principal of type Service"),
    (Kind.RESOURCE, policy(allow(Principal={"CanonicalUser": "79a5"})), "unknown element CanonicalUser"),
    (Kind.TRUST, policy(allow(Principal="*")), "has a Resource, which the trust policy must not have"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "document", "message"), REFUSED)
def test_a_document_that_aws_rejects_is_an_error_with_the_place(kind: Kind, document: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=f"^it.*{message}"):
        parse(document, kind, "it")


@pytest.mark.parametrize(
    ("principal", "keys"),
    [
        (ANONYMOUS, {"aws:PrincipalAccount": "anonymous", "aws:PrincipalType": "Anonymous"}),
        (service("s3.amazonaws.com"), {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "s3.amazonaws.com"}),
        (USER, {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:user/ann", "aws:username": "ann", "aws:PrincipalType": "User"}),
        (SESSION, {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/worker", "aws:PrincipalType": "AssumedRole"}),
        (root(HOME), {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:root", "aws:PrincipalType": "Account"}),
        (STRANGER, {"aws:PrincipalAccount": AWAY, "aws:ResourceAccount": HOME, "aws:PrincipalIsAWSService": "false"}),
    ],
)  # fmt: skip
def test_the_principal_determines_its_condition_keys(principal: Principal, keys: dict[str, str]) -> None:
    context = Request(principal, "s3:GetObject", OBJECT, account=HOME).keys
    assert {key: context.single(key) for key in keys} == keys
    assert ("aws:username" in context) is (principal in {USER, STRANGER})
    assert ("aws:PrincipalArn" in context) is (principal.arn is not None)


def test_the_session_arn_of_a_role_does_not_contain_its_path() -> None:
    session = aws(f"arn:aws:iam::{HOME}:role/team/worker", "shift")
    assert session.names[-1] == f"AWS:arn:aws:sts::{HOME}:assumed-role/worker/shift"
    assert session.arn == f"arn:aws:iam::{HOME}:role/team/worker"


@pytest.mark.parametrize(
    "arn", [OBJECT, HOME, f"arn:aws:iam::{HOME}:group/x", f"arn:aws:iam::{HOME}:user/", "arn:aws:iam::1:root"]
)
def test_an_arn_that_is_not_a_principal_is_an_error(arn: str) -> None:
    with pytest.raises(ValueError, match="is not a principal"):
        aws(arn)
    with pytest.raises(ValueError, match="cannot have sessions"):
        aws(f"arn:aws:iam::{HOME}:user/ann", "shift")


@pytest.mark.parametrize(
    ("action", "resource", "account", "context", "message"),
    [
        ("s3:Get*", OBJECT, HOME, {}, "without wildcards"),
        ("GetObject", OBJECT, HOME, {}, "expected service:Name"),
        ("s3:GetObject", "ledger/a.csv", HOME, {}, "expected an ARN of six parts"),
        ("s3:GetObject", OBJECT, None, {}, "contains no account"),
        ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{HOME}:q", AWAY, {}, f"belongs to account {HOME}, but the request has account {AWAY}"),
        ("s3:GetObject", OBJECT, HOME, {"AWS:principalarn": "x"}, "aws:principalarn, which its principal and resource determine"),
        ("s3:GetObject", OBJECT, HOME, {"aws:x": "1", "AWS:X": "2"}, "twice"),
    ],
)  # fmt: skip
def test_a_malformed_request_is_an_error(
    action: str, resource: str, account: str | None, context: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Request(USER, action, resource, account=account, context=context)
