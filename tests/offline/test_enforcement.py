"""Each correction of ministack: what ministack does without it, so that it can go when ministack no longer needs it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import dynamodb, ec2, iam, lambda_svc, sts

from offline import enforcement

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/worker"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/function"
KEY = "ASIAFUNCTION"
CORRECTED = (
    (app, "_port_is_bindable"),
    (iam_evaluator, "_resolve_condition_key"),
    (iam_evaluator, "enforce"),
    (iam_actions, "extract_iam_action"),
    (iam_actions, "extract_resource_arn"),
    (iam_actions, "s3_service_context"),
    (iam_actions, "dynamodb_resource_arns"),
    (iam_actions, "dynamodb_service_context"),
)


@pytest.fixture
def account() -> Iterator[None]:
    """A role, its session, and a function with that role in a network with an endpoint and a table."""
    tokens = (responses._request_account_id.set(ACCOUNT), responses._request_region.set(REGION))
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    logs = {"Effect": "Deny", "Action": "logs:*", "NotResource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}
    documents = {"everything": everything, "logs": {"Version": "2012-10-17", "Statement": logs}}
    iam._roles["worker"] = {"Arn": ROLE, "InlinePolicies": {name: json.dumps(text) for name, text in documents.items()}}
    sts._sessions[KEY] = {"Arn": SESSION, "SecretAccessKey": "secret", "PrincipalType": "AssumedRole"}
    lambda_svc._functions["function"] = {"config": {"Role": ROLE, "VpcConfig": {"VpcId": "vpc-1"}}}
    ec2._vpc_endpoints["vpce-1"] = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "ServiceName": f"com.amazonaws.{REGION}.s3",
        "PolicyDocument": json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::ledger/*",
                    "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
                },
            }
        ),
    }
    dynamodb._tables["ledger"] = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    yield
    for store, name in (
        (iam._roles, "worker"),
        (sts._sessions, KEY),
        (lambda_svc._functions, "function"),
        (ec2._vpc_endpoints, "vpce-1"),
        (dynamodb._tables, "ledger"),
    ):
        del store[name]
    responses._request_account_id.reset(tokens[0])
    responses._request_region.reset(tokens[1])


@pytest.fixture
def correct(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Apply the corrections until the test ends."""
    for module, name in CORRECTED:
        monkeypatch.setattr(module, name, getattr(module, name))
    return enforcement.correct


def principal_arn() -> Any:
    context = iam_evaluator.EvalContext(
        principal_arn=SESSION,
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action="s3:GetObject",
        resource_arn="*",
        region=REGION,
    )
    return iam_evaluator._resolve_condition_key("aws:PrincipalArn", context)


def is_denied(monkeypatch: pytest.MonkeyPatch, action: str, resource: str) -> bool:
    # The signature of the request is not the point here.
    monkeypatch.setattr(iam_evaluator, "authenticate", lambda *_: None)
    return iam_evaluator.enforce(KEY, action, action.partition(":")[0], REGION, resource_arn=resource) is not None


@pytest.mark.usefixtures("account")
def test_a_sessions_principal_arn_is_its_roles_with_the_path(correct: Any) -> None:
    assert principal_arn() == SESSION, "ministack gives the role's ARN itself: delete the correction"
    correct()
    assert principal_arn() == ROLE


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("action", "resource"), [("s3:PutObject", "arn:aws:s3:::ledger/a"), ("s3:GetObject", "arn:aws:s3:::other/a")]
)
def test_what_the_endpoints_policy_does_not_allow_is_denied_to_a_function_in_the_network(
    correct: Any, monkeypatch: pytest.MonkeyPatch, action: str, resource: str
) -> None:
    assert not is_denied(monkeypatch, action, resource), "ministack enforces endpoint policies: delete the correction"
    correct()
    assert is_denied(monkeypatch, action, resource)


@pytest.mark.usefixtures("account")
def test_what_the_endpoints_policy_allows_for_requests_through_it_is_answered(
    correct: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct()
    assert not is_denied(monkeypatch, "s3:GetObject", "arn:aws:s3:::ledger/a")


@pytest.mark.usefixtures("account")
def test_the_endpoints_policy_does_not_apply_to_a_function_outside_the_network_or_to_another_service(
    correct: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct()
    assert not is_denied(monkeypatch, "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:work")
    lambda_svc._functions["function"]["config"]["VpcConfig"]["VpcId"] = ""
    assert not is_denied(monkeypatch, "s3:PutObject", "arn:aws:s3:::ledger/a")


@pytest.mark.usefixtures("account")
def test_a_role_that_may_describe_every_log_group_of_the_account_may_list_them(
    correct: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = ("logs:DescribeLogGroups", "*")
    assert is_denied(monkeypatch, *listing), "ministack decides it for the account's log groups: delete the correction"
    correct()
    assert not is_denied(monkeypatch, *listing)


def test_an_upload_has_the_condition_keys_of_its_encryption_headers(correct: Any) -> None:
    headers = dict.fromkeys(enforcement._ENCRYPTION_HEADERS, "x")
    request: tuple[Any, ...] = ("s3:PutObject", {}, "/ledger/a", headers)
    assert not iam_actions.s3_service_context(*request), "ministack gives the keys itself: delete the correction"
    correct()
    assert iam_actions.s3_service_context(*request) == {f"s3:{name}": "x" for name in headers}
    assert iam_actions.s3_service_context("s3:PutObject", {}, "/ledger/a", {}) == {}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("request_body", "keys"),
    [
        ({"TableName": "ledger", "Key": {"pk": {"S": "a"}}}, ["a"]),
        ({"TableName": "ledger", "Item": {"pk": {"S": "a"}, "total": {"N": "1"}}}, ["a"]),
        ({"TableName": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger", "Key": {"pk": {"S": "a"}}}, ["a"]),
        ({"RequestItems": {"ledger": {"Keys": [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}]}}}, ["a", "b"]),
        (
            {
                "RequestItems": {
                    "ledger": [
                        {"PutRequest": {"Item": {"pk": {"S": "a"}}}},
                        {"DeleteRequest": {"Key": {"pk": {"S": "b"}}}},
                    ]
                }
            },
            ["a", "b"],
        ),
        ({"TableName": "ledger"}, None),
        ({}, None),
    ],
)
def test_a_request_for_items_has_their_partition_keys_as_condition_key(
    correct: Any, request_body: dict[str, Any], keys: list[str] | None
) -> None:
    body = json.dumps(request_body).encode()
    plain = iam_actions.dynamodb_service_context(body)
    assert "dynamodb:LeadingKeys" not in plain, "ministack gives the keys itself: delete the correction"
    correct()
    assert iam_actions.dynamodb_service_context(body) == plain | ({"dynamodb:LeadingKeys": keys} if keys else {})


def test_a_request_about_a_tables_policy_is_decided_for_the_table(correct: Any) -> None:
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger"
    body = json.dumps({"ResourceArn": table}).encode()
    plain = iam_actions.dynamodb_resource_arns(body, REGION, ACCOUNT)
    assert plain == [], "ministack reads ResourceArn itself: delete the correction"
    correct()
    assert iam_actions.dynamodb_resource_arns(body, REGION, ACCOUNT) == [table]
    assert iam_actions.dynamodb_resource_arns(b'{"TableName": "ledger"}', REGION, ACCOUNT) == [table]


@pytest.mark.parametrize(
    ("query", "body", "group"),
    [({"groupName": ["daily"]}, b"", "daily"), ({}, b'{"GroupName": "daily"}', "daily"), ({}, b"", "default")],
)
def test_the_arn_of_a_schedule_names_its_group(correct: Any, query: Any, body: bytes, group: str) -> None:
    request: tuple[Any, ...] = ("scheduler", "GET", "/schedules/attest", {}, body, query, REGION, ACCOUNT)
    plain = iam_actions.extract_resource_arn(*request)
    assert "/default/" in plain, "ministack names the group itself: delete the correction"
    correct()
    assert iam_actions.extract_resource_arn(*request) == f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/attest"


def test_reading_one_event_source_mapping_is_not_listing_all(correct: Any) -> None:
    def action(path: str) -> Any:
        return iam_actions.extract_iam_action("lambda", "GET", f"/2015-03-31/event-source-mappings{path}", {}, b"", {})

    assert action("/0f1c3a52") == "lambda:ListEventSourceMappings", "ministack tells them apart: delete the correction"
    correct()
    assert action("/0f1c3a52") == "lambda:GetEventSourceMapping"
    assert action("/") == action("") == "lambda:ListEventSourceMappings"


def test_port_443_stays_closed(correct: Any) -> None:
    correct()
    assert not app._port_is_bindable("127.0.0.1", 443)
