"""Properties that hold for all policies and requests."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.iam.builders import HOME, OBJECT, ROLE, SESSION, STRANGER, USER, deny, policy, root
from tests.support.iam.conditions import Context, parse_condition
from tests.support.iam.evaluation import Outcome, Policies, decide
from tests.support.iam.request import ANONYMOUS, Request, service

ACCOUNTS = [USER, ROLE, SESSION, STRANGER, root(HOME)]
PRINCIPALS = [*ACCOUNTS, ANONYMOUS, service("s3.amazonaws.com")]
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
OBJECTS = [OBJECT, "arn:aws:s3:::ledger/2027/b.csv", "arn:aws:s3:::other/c.csv"]
TAGS = st.sampled_from(["red", "blue", "Red", ""])

conditions = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAnyValue:StringNotLike", "Null"]),
    st.just({}),
    max_size=2,
).flatmap(
    lambda operators: st.fixed_dictionaries(
        {
            name: st.fixed_dictionaries(
                {
                    "aws:PrincipalTag/team": st.sampled_from(
                        ["true", "false"] if name == "Null" else ["red", "r*", "blue"]
                    )
                }
            )
            for name in operators
        }
    )
)


def statements(*, of_resource: bool) -> st.SearchStrategy[dict[str, Any]]:
    principals = [
        "*",
        {"AWS": HOME},
        {"AWS": USER.arn},
        {"AWS": [ROLE.arn, STRANGER.arn]},
        {"Service": "s3.amazonaws.com"},
    ]
    return st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
            "Resource": st.sampled_from(["*", "arn:aws:s3:::ledger/*", "arn:aws:s3:::*/2026/*"]),
            "Condition": conditions,
        }
        | ({"Principal": st.sampled_from(principals)} if of_resource else {})
    ).flatmap(
        lambda actions: st.tuples(
            st.sampled_from(["Action", "NotAction"]), st.sampled_from(["s3:*", "s3:GetObject", "s3:Put*", "sqs:*"])
        ).map(lambda action: {**actions, action[0]: action[1]})
    )


def documents(*, of_resource: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(statements(of_resource=of_resource), min_size=1, max_size=4).map(lambda some: policy(*some))


IDENTITY, RESOURCE = documents(of_resource=False), documents(of_resource=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Request, dict[str, Any]]:
    """A request and policies that go with it."""
    principal = draw(st.sampled_from(PRINCIPALS))
    tags = draw(st.fixed_dictionaries({}, optional={"aws:PrincipalTag/team": TAGS}))
    request = Request(principal, draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(OBJECTS)), HOME, tags)
    policies: dict[str, Any] = {"resource": draw(st.none() | RESOURCE), "endpoint": draw(st.none() | RESOURCE)}
    if principal.account:
        policies["identity"] = draw(st.lists(IDENTITY, max_size=2))
        policies["boundary"] = draw(st.none() | IDENTITY)
        policies["service_control"] = draw(st.lists(IDENTITY, max_size=1))
    return request, policies


def shuffled(document: Any, data: st.DataObject) -> Any:
    return document and {**document, "Statement": data.draw(st.permutations(document["Statement"]))}


@given(cases())
def test_every_request_is_denied_by_default(case: tuple[Request, dict[str, Any]]) -> None:
    request, _ = case
    assert decide(request, Policies()).allowed is (request.principal.sort == "root")


@given(cases(), st.data())
def test_a_matching_deny_overrides_every_allow(case: tuple[Request, dict[str, Any]], data: st.DataObject) -> None:
    request, policies = case
    place = data.draw(st.sampled_from(["resource", "endpoint"]))
    stop = deny(Sid="Stop", Principal="*")
    before = policies[place]["Statement"] if policies[place] else []
    decision = decide(request, Policies(**{**policies, place: policy(*before, stop)}))
    assert decision.outcome is Outcome.EXPLICITLY_DENIED


@given(cases(), st.data())
def test_another_allow_never_denies_an_allowed_request(
    case: tuple[Request, dict[str, Any]], data: st.DataObject
) -> None:
    request, policies = case
    before = decide(request, Policies(**policies))
    place = data.draw(
        st.sampled_from([name for name in ("resource", "endpoint", "boundary") if policies.get(name)] or [""])
    )
    if place:
        strategy = statements(of_resource=place != "boundary").map(lambda statement: {**statement, "Effect": "Allow"})
        policies[place] = policy(*policies[place]["Statement"], data.draw(strategy))
    elif request.principal.account:
        more = data.draw(statements(of_resource=False).map(lambda statement: {**statement, "Effect": "Allow"}))
        policies["identity"] = [*policies["identity"], policy(more)]
    after = decide(request, Policies(**policies))
    assert after.allowed or not before.allowed


@given(cases(), st.data())
def test_another_deny_never_allows_a_request(case: tuple[Request, dict[str, Any]], data: st.DataObject) -> None:
    request, policies = case
    before = decide(request, Policies(**policies))
    more = data.draw(statements(of_resource=True).map(lambda statement: {**statement, "Effect": "Deny"}))
    listed = policies["resource"]["Statement"] if policies["resource"] else []
    after = decide(request, Policies(**{**policies, "resource": policy(*listed, more)}))
    assert before.allowed or not after.allowed


@given(st.data())
def test_the_order_of_documents_and_statements_does_not_matter(data: st.DataObject) -> None:
    request, policies = data.draw(cases())
    mixed: dict[str, Any] = {}
    for name, value in policies.items():
        several = name in {"identity", "service_control"}
        mixed[name] = (
            [shuffled(document, data) for document in data.draw(st.permutations(value))]
            if several
            else shuffled(value, data)
        )
    assert decide(request, Policies(**mixed)).outcome is decide(request, Policies(**policies)).outcome


@given(cases())
def test_a_boundary_or_service_control_policy_never_allows_a_denied_request(
    case: tuple[Request, dict[str, Any]],
) -> None:
    request, policies = case
    free = {name: value for name, value in policies.items() if name in {"identity", "resource"}}
    assert decide(request, Policies(**free)).allowed or not decide(request, Policies(**policies)).allowed


@given(cases())
def test_actions_are_case_insensitive(case: tuple[Request, dict[str, Any]]) -> None:
    request, policies = case
    other = Request(request.principal, request.action.upper(), request.resource, HOME, request.context)
    assert decide(other, Policies(**policies)) == decide(request, Policies(**policies))


OPPOSITES: list[tuple[str, str, st.SearchStrategy[str]]] = [
    ("StringEquals", "StringNotEquals", st.text("abC", max_size=3)),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", st.text("aA", max_size=3)),
    ("StringLike", "StringNotLike", st.text("ab*?", max_size=4)),
    ("NumericEquals", "NumericNotEquals", st.integers(-3, 3).map(str)),
    ("DateEquals", "DateNotEquals", st.dates().map(str)),
    ("IpAddress", "NotIpAddress", st.ip_addresses().map(str)),
    ("ArnEquals", "ArnNotEquals", st.sampled_from([f"arn:aws:iam::{HOME}:user/ann", "arn:aws:iam::*:*"])),
]


@given(st.data())
def test_a_negated_operator_is_the_opposite_for_present_and_absent_keys(data: st.DataObject) -> None:
    positive, negated, values = data.draw(st.sampled_from(OPPOSITES))
    wanted = data.draw(st.lists(values, min_size=1, max_size=3))
    context = Context(data.draw(st.fixed_dictionaries({}, optional={"aws:x": values})))
    one, other = (parse_condition(name, "aws:x", wanted).holds(context) for name in (positive, negated))
    assert one is not other


@given(st.lists(TAGS, max_size=3), st.lists(TAGS, min_size=1, max_size=3))
def test_set_operators_quantify_over_the_values_of_the_request(found: list[str], wanted: list[str]) -> None:
    context, values = Context({"aws:x": found}), [item for item in found if item]
    every = parse_condition("ForAllValues:StringEquals", "aws:x", wanted).holds(context)
    some_other = parse_condition("ForAnyValue:StringNotEquals", "aws:x", wanted).holds(context)
    assert every is (set(values) <= set(wanted))
    assert some_other is not every


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_a_star_matches_any_text(before: str, anything: str, after: str) -> None:
    fixed = [text.replace("*", "").replace("?", "").replace("$", "") for text in (before, after)]
    condition = parse_condition("StringLike", "aws:x", ["*".join(fixed)])
    assert condition.holds(Context({"aws:x": anything.join(fixed)}))
