"""Decisions under several policies together."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.iam.builders import AWAY, HOME, KEY, OBJECT, ROLE, SESSION, STRANGER, USER, allow, deny, policy, root
from tests.support.iam.document import PolicyError
from tests.support.iam.evaluation import Decision, Outcome, Policies, decide
from tests.support.iam.request import ANONYMOUS, Principal, Request, aws, federated, service

ALL = policy(allow(Sid="All"))
NONE = policy(allow(Sid="Other", Action="sqs:*"))
STOP = policy(allow(Sid="All"), deny(Sid="Stop", Action="s3:Get*"))
S3 = service("s3.amazonaws.com")
ROLE_ARN = f"arn:aws:iam::{HOME}:role/worker"


def at_resource(principal: Any, **elements: Any) -> dict[str, Any]:
    return policy(allow(Sid="Here", Principal=principal, **elements))


def ask(principal: Principal, **policies: Any) -> Decision:
    return decide(Request(principal, "s3:GetObject", OBJECT, account=HOME), Policies(**policies))


def allowed(document: str, sid: str | None) -> Decision:
    return Decision(Outcome.ALLOWED, document, sid)


def denied(document: str, sid: str) -> Decision:
    return Decision(Outcome.EXPLICITLY_DENIED, document, sid)


def lacks(document: str) -> Decision:
    return Decision(Outcome.IMPLICITLY_DENIED, document)


CONTROL = policy(deny(Sid="Stop", Principal="*", Action="s3:Get*"))
OTHER_CONTROL = policy(deny(Sid="Stop", Principal="*", Action="s3:Put*"))
OWN = {"AWS": f"arn:aws:iam::{HOME}:user/ann"}
ACCOUNT = {"AWS": HOME}

# One account: the union of identity and resource policies, within what limits the principal.
SAME_ACCOUNT: list[tuple[Principal, Mapping[str, Any], Decision]] = [
    (USER, {}, lacks("identity")),
    (USER, {"identity": [ALL]}, allowed("identity[0]", "All")),
    (USER, {"identity": [NONE, ALL]}, allowed("identity[1]", "All")),
    (USER, {"identity": [ALL, STOP]}, denied("identity[1]", "Stop")),
    (USER, {"identity": [NONE]}, lacks("identity")),
    (USER, {"resource": at_resource(OWN)}, allowed("resource", "Here")),
    (USER, {"resource": at_resource("*")}, allowed("resource", "Here")),
    (USER, {"resource": at_resource(ACCOUNT)}, lacks("identity")),
    (USER, {"resource": at_resource(ACCOUNT), "identity": [ALL]}, allowed("identity[0]", "All")),
    (USER, {"resource": at_resource({"AWS": AWAY}), "identity": [ALL]}, allowed("identity[0]", "All")),
    (USER, {"resource": policy(deny(Sid="No", Principal="*")), "identity": [ALL]}, denied("resource", "No")),
    (USER, {"resource": policy(deny(Sid="No", Principal=ACCOUNT)), "identity": [ALL]}, denied("resource", "No")),
    (root(HOME), {}, allowed("account", None)),
    (root(HOME), {"resource": policy(deny(Sid="No", Principal="*"))}, denied("resource", "No")),
    (root(HOME), {"service_control": [NONE]}, lacks("service_control[0]")),
    # A boundary limits what identity policies grant and what a role is granted by its ARN, not what a user or a session is.
    (USER, {"identity": [ALL], "boundary": NONE}, lacks("boundary")),
    (USER, {"identity": [ALL], "boundary": ALL}, allowed("identity[0]", "All")),
    (USER, {"identity": [ALL], "boundary": STOP}, denied("boundary", "Stop")),
    (USER, {"boundary": ALL}, lacks("identity")),
    (USER, {"resource": at_resource(OWN), "boundary": NONE}, allowed("resource", "Here")),
    (USER, {"resource": at_resource(OWN), "boundary": STOP}, denied("boundary", "Stop")),
    (ROLE, {"resource": at_resource({"AWS": ROLE_ARN}), "boundary": NONE}, lacks("boundary")),
    (SESSION, {"resource": at_resource({"AWS": ROLE_ARN}), "boundary": NONE}, lacks("boundary")),
    (SESSION, {"resource": at_resource({"AWS": ROLE_ARN}), "boundary": ALL}, allowed("resource", "Here")),
    (
        SESSION,
        {"resource": at_resource({"AWS": f"arn:aws:sts::{HOME}:assumed-role/worker/shift"}), "boundary": NONE},
        allowed("resource", "Here"),
    ),
    # An organization limits whatever grants.
    (USER, {"identity": [ALL], "service_control": [ALL, NONE]}, lacks("service_control[1]")),
    (USER, {"identity": [ALL], "service_control": [ALL, STOP]}, denied("service_control[1]", "Stop")),
    (USER, {"identity": [ALL], "service_control": [ALL, ALL]}, allowed("identity[0]", "All")),
    (USER, {"identity": [ALL], "resource_control": [CONTROL]}, denied("resource_control[0]", "Stop")),
    (
        STRANGER,
        {"identity": [ALL], "resource": at_resource("*"), "resource_control": [CONTROL]},
        denied("resource_control[0]", "Stop"),
    ),
    (USER, {"identity": [ALL], "resource_control": [OTHER_CONTROL]}, allowed("identity[0]", "All")),
    (USER, {"resource": at_resource(OWN), "service_control": [NONE]}, lacks("service_control[0]")),
    # So does an endpoint, which grants nothing itself.
    (USER, {"identity": [ALL], "endpoint": at_resource("*", Action="s3:PutObject")}, lacks("endpoint")),
    (USER, {"identity": [ALL], "endpoint": at_resource({"AWS": ROLE_ARN})}, lacks("endpoint")),
    (USER, {"identity": [ALL], "endpoint": at_resource(ACCOUNT)}, allowed("identity[0]", "All")),
    (USER, {"endpoint": at_resource("*")}, lacks("identity")),
    (USER, {"identity": [ALL], "endpoint": policy(deny(Sid="No", Principal="*"))}, denied("endpoint", "No")),
]

# Two accounts: each must allow it.
CROSS_ACCOUNT: list[tuple[Principal, Mapping[str, Any], Decision]] = [
    (STRANGER, {"identity": [ALL]}, lacks("resource")),
    (STRANGER, {"identity": [ALL], "resource": at_resource(ACCOUNT)}, lacks("resource")),
    (STRANGER, {"resource": at_resource("*")}, lacks("identity")),
    (STRANGER, {"resource": at_resource({"AWS": STRANGER.arn})}, lacks("identity")),
    (STRANGER, {"identity": [ALL], "resource": at_resource({"AWS": STRANGER.arn})}, allowed("resource", "Here")),
    (STRANGER, {"identity": [ALL], "resource": at_resource({"AWS": AWAY})}, allowed("resource", "Here")),
    (STRANGER, {"identity": [ALL], "resource": at_resource("*")}, allowed("resource", "Here")),
    (STRANGER, {"identity": [STOP], "resource": at_resource("*")}, denied("identity[0]", "Stop")),
    (STRANGER, {"identity": [ALL], "resource": at_resource("*"), "boundary": NONE}, lacks("boundary")),
    (STRANGER, {"identity": [ALL], "resource": at_resource("*"), "service_control": [NONE]}, lacks("service_control[0]")),
    (root(AWAY), {"resource": at_resource({"AWS": AWAY})}, allowed("resource", "Here")),
    (root(AWAY), {}, lacks("resource")),
]  # fmt: skip

# Without an account there is nobody but the resource to allow it.
NO_ACCOUNT: list[tuple[Principal, Mapping[str, Any], Decision]] = [
    (S3, {}, lacks("resource")),
    (S3, {"resource": at_resource({"Service": "s3.amazonaws.com"})}, allowed("resource", "Here")),
    (S3, {"resource": at_resource({"Service": "sns.amazonaws.com"})}, lacks("resource")),
    (S3, {"resource": at_resource(ACCOUNT)}, lacks("resource")),
    (ANONYMOUS, {}, lacks("resource")),
    (ANONYMOUS, {"resource": at_resource("*")}, allowed("resource", "Here")),
    (ANONYMOUS, {"resource": at_resource(ACCOUNT)}, lacks("resource")),
]


@pytest.mark.parametrize(("principal", "policies", "expected"), [*SAME_ACCOUNT, *CROSS_ACCOUNT, *NO_ACCOUNT])
def test_several_policies_together_decide_as_documented(
    principal: Principal, policies: Mapping[str, Any], expected: Decision
) -> None:
    assert ask(principal, **policies) == expected


@pytest.mark.parametrize(
    ("principal", "policies", "expected"),
    [
        (USER, {"key": at_resource(ACCOUNT)}, lacks("identity")),
        (USER, {"key": at_resource(ACCOUNT), "identity": [ALL]}, allowed("identity[0]", "All")),
        (USER, {"key": at_resource(ACCOUNT, Action="kms:Encrypt"), "identity": [ALL]}, lacks("key")),
        (USER, {"key": at_resource({"AWS": ROLE_ARN}), "identity": [ALL]}, lacks("key")),
        (USER, {"key": at_resource(OWN)}, allowed("key", "Here")),
        (USER, {"key": at_resource(ACCOUNT), "identity": [ALL], "boundary": NONE}, lacks("boundary")),
        (root(HOME), {"key": at_resource({"AWS": ROLE_ARN})}, lacks("key")),
        (root(HOME), {"key": at_resource(ACCOUNT)}, allowed("key", "Here")),
        (STRANGER, {"key": at_resource(ACCOUNT), "identity": [ALL]}, lacks("key")),
        (STRANGER, {"key": at_resource({"AWS": AWAY}), "identity": [ALL]}, allowed("key", "Here")),
        (S3, {"key": at_resource(ACCOUNT)}, lacks("key")),
        (S3, {"key": at_resource({"Service": "s3.amazonaws.com"})}, allowed("key", "Here")),
    ],
)
def test_a_key_needs_an_allow_in_its_policy_or_a_delegation_to_the_account(
    principal: Principal, policies: Mapping[str, Any], expected: Decision
) -> None:
    assert decide(Request(principal, "kms:Decrypt", KEY), Policies(**policies)) == expected


@pytest.mark.parametrize(
    ("principal", "policies", "expected"),
    [
        (service("lambda.amazonaws.com"), {"trust": {"Service": "lambda.amazonaws.com"}}, allowed("trust", "Here")),
        (service("ec2.amazonaws.com"), {"trust": {"Service": "lambda.amazonaws.com"}}, lacks("trust")),
        (federated("idp.example.com"), {"trust": {"Federated": "idp.example.com"}}, allowed("trust", "Here")),
        (USER, {"trust": OWN}, allowed("trust", "Here")),
        (USER, {"trust": ACCOUNT}, lacks("identity")),
        (USER, {"trust": ACCOUNT, "identity": [ALL]}, allowed("identity[0]", "All")),
        (USER, {"trust": {"Service": "lambda.amazonaws.com"}, "identity": [ALL]}, lacks("trust")),
        (STRANGER, {"trust": {"AWS": AWAY}, "identity": [ALL]}, allowed("trust", "Here")),
        (STRANGER, {"trust": {"AWS": AWAY}}, lacks("identity")),
    ],
)
def test_a_role_can_be_assumed_only_by_principals_that_it_trusts(
    principal: Principal, policies: Mapping[str, Any], expected: Decision
) -> None:
    statement = {"Sid": "Here", "Effect": "Allow", "Principal": policies["trust"], "Action": "sts:AssumeRole*"}
    action = "sts:AssumeRoleWithWebIdentity" if principal.sort == "federated" else "sts:AssumeRole"
    given = {**policies, "trust": policy(statement)}
    assert decide(Request(principal, action, ROLE_ARN), Policies(**given)) == expected


def test_the_examples_of_the_user_guide_have_the_documented_results() -> None:
    """Of "Policy evaluation logic" and "Cross-account policy evaluation logic": a user, and buckets here and there."""
    ann = policy(
        allow(Sid="ListBuckets", Action=["s3:GetBucketLocation", "s3:ListAllMyBuckets"], Resource="arn:aws:s3:::*"),
        allow(Sid="Self", Action="s3:*", Resource=["arn:aws:s3:::ann/*", "arn:aws:s3:::ann"]),
        allow(Sid="Production", Action="s3:*Object*", Resource="arn:aws:s3:::production/*"),
        deny(Sid="DenyLogs", Action="s3:*", Resource=["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]),
    )
    there = policy(
        allow(Sid="Ann", Action=["s3:GetObject*", "s3:PutObject*"], Principal=OWN, Resource="arn:aws:s3:::production/*")
    )

    def put(bucket: str, owner: str, resource: Any = None, action: str = "s3:PutObject") -> Decision:
        request = Request(USER, action, f"arn:aws:s3:::{bucket}/a.csv", account=owner)
        return decide(request, Policies(identity=[ann], resource=resource))

    assert put("ann", HOME) == allowed("identity[0]", "Self")
    assert put("ann-logs", HOME) == denied("identity[0]", "DenyLogs")
    assert put("bob", HOME) == lacks("identity")
    assert put("production-logs", AWAY) == denied("identity[0]", "DenyLogs")
    assert put("production", AWAY) == lacks("resource")
    assert put("production", AWAY, there) == allowed("resource", "Ann")
    assert put("production", AWAY, there, "s3:DeleteObject") == lacks("resource")


@pytest.mark.parametrize(
    ("request_", "policies", "message"),
    [
        (Request(S3, "s3:GetObject", OBJECT, HOME), {"identity": [ALL]}, "a service principal has no identity policy"),
        (Request(ANONYMOUS, "s3:GetObject", OBJECT, HOME), {"boundary": ALL}, "anonymous principal has no boundary"),
        (Request(USER, "kms:Decrypt", KEY), {"identity": [ALL]}, "expected a key policy, found none"),
        (Request(USER, "kms:Decrypt", KEY), {"resource": at_resource("*")}, "expected a key policy, found none"),
        (Request(USER, "s3:GetObject", OBJECT, HOME), {"key": at_resource("*")}, "expected no key policy, found one"),
        (Request(USER, "sts:AssumeRole", ROLE_ARN), {"identity": [ALL]}, "expected a trust policy, found none"),
    ],
)
def test_policies_that_do_not_fit_the_request_are_an_error(
    request_: Request, policies: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decide(request_, Policies(**policies))


def test_a_resource_with_two_policies_is_an_error() -> None:
    with pytest.raises(ValueError, match="one of resource, key and trust"):
        Policies(resource=at_resource("*"), key=at_resource("*"))


def test_an_error_names_the_malformed_document() -> None:
    with pytest.raises(PolicyError, match=r"^identity\[1\], statement 1"):
        Policies(identity=[ALL, policy(allow(Action="x"))])


def test_an_action_without_a_resource_belongs_to_the_principals_account() -> None:
    request = Request(aws(f"arn:aws:iam::{HOME}:user/ann"), "s3:ListAllMyBuckets", "*")
    decision = decide(
        request, Policies(identity=[policy(allow(Condition={"StringEquals": {"aws:ResourceAccount": HOME}}))])
    )
    assert decision.allowed


def test_a_resource_control_policy_cannot_allow() -> None:
    """Organizations User Guide, "RCP syntax": Deny is the only effect of a policy that customers write."""
    with pytest.raises(PolicyError, match="only statements with the effect Deny"):
        Policies(resource_control=[at_resource("*")])
