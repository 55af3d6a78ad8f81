"""KMS and IAM: one key per class of data, one role per function, and what each may do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]


@pytest.mark.parametrize("purpose", ["records", "logs", "audit"])
def test_symmetric_key_rotates_every_year(outputs: dict[str, Any], client: Client, purpose: str) -> None:
    status = client("kms").get_key_rotation_status(KeyId=outputs["key_arns"][purpose])
    assert (status["KeyRotationEnabled"], status.get("RotationPeriodInDays", 365)) == (True, 365)


def test_token_key_is_an_hmac_key_which_has_no_rotation(outputs: dict[str, Any], client: Client) -> None:
    key = client("kms").describe_key(KeyId=outputs["key_arns"]["tokens"])["KeyMetadata"]
    assert (key["KeyUsage"], key["KeySpec"]) == ("GENERATE_VERIFY_MAC", "HMAC_256")


@pytest.mark.parametrize("purpose", ["records", "logs", "audit", "tokens"])
def test_key_is_known_by_its_alias_and_ended_by_nobody(outputs: dict[str, Any], client: Client, purpose: str) -> None:
    kms, arn = client("kms"), outputs["key_arns"][purpose]
    aliases = [one["AliasName"] for one in kms.list_aliases(KeyId=arn)["Aliases"]]
    assert aliases == [f"alias/strongroom-local-{purpose}"]
    document = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    (deny,) = [one for one in document["Statement"] if one["Sid"] == "DenyDeletion"]
    assert {"kms:DeleteAlias", "kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion"} <= set(
        deny["Action"]
    )
    assert "Condition" not in deny


def role_documents(client: Client, name: str) -> list[dict[str, Any]]:
    iam = client("iam")
    return [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]


def roles(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("iam").list_roles()["Roles"]
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_function_role_denies_what_loses_data(outputs: dict[str, Any], client: Client) -> None:
    (document,) = role_documents(client, outputs["processor_function"])
    denied = {action for one in document["Statement"] if one["Effect"] == "Deny" for action in one["Action"]}
    wanted = {"s3:DeleteObject*", "s3:BypassGovernanceRetention", "dynamodb:DeleteTable", "kms:ScheduleKeyDeletion"}
    assert wanted <= denied


def test_no_role_is_granted_an_action_by_wildcard(client: Client) -> None:
    assert len(roles(client)) >= 3
    for role in roles(client):
        for document in role_documents(client, role["RoleName"]):
            allowed = [one for one in document["Statement"] if one["Effect"] == "Allow"]
            assert not [action for one in allowed for action in listed(one["Action"]) if "*" in action]


def test_no_role_has_a_managed_policy_and_each_is_assumed_by_a_service_alone(client: Client) -> None:
    for role in roles(client):
        attached = client("iam").list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert attached == []
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert set(trust["Principal"]) == {"Service"}


def test_a_service_that_documents_it_assumes_its_role_for_our_resources_only(client: Client) -> None:
    for role in roles(client):
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = trust["Principal"]["Service"]
        if service == "lambda.amazonaws.com":
            assert "Condition" not in trust  # AWS documents none for execution roles
        else:
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "000000000000"}
            assert "aws:SourceArn" in trust["Condition"]["ArnLike"]
