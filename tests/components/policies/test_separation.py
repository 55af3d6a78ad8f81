"""The table of docs/compliance.md of what one person can do alone: every cell is what the policy documents answer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.keys.policies import records_key_policy
from tests.components.policies.attached import (
    ADMINISTRATOR,
    ATTESTATION,
    AUDIT,
    AUDITOR,
    BREAK_GLASS,
    CONTEXT,
    DEPLOYER,
    INPUT,
    KEY_ACCESS,
    MACIE,
    OPERATOR,
    OUTPUT,
    QUARANTINE,
    READER,
    RECORDS_KEY,
    TABLE,
    TOKENS_KEY,
    TOPIC,
    UPLOADER,
    documents_for,
    request,
)
from tests.components.policies.test_organization import OURS, RESOURCE_CONTROL
from tests.support.iam.builders import allow, policy
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Principal

PAGE = Path(__file__).parents[3] / "docs" / "compliance.md"
COMPLIANCE_KEY = records_key_policy(CONTEXT, replace(KEY_ACCESS, deletion_principals=()))
"""The policy of the records key while the lock is in compliance mode."""
PEOPLE: Mapping[str, Principal] = {
    "deployer": DEPLOYER,
    "break-glass": BREAK_GLASS,
    "uploader": UPLOADER,
    "reader": READER,
    "quarantine operator": OPERATOR,
    "auditor": AUDITOR,
    "service role": MACIE,
    "any administrator": ADMINISTRATOR,
}
Call = tuple[str, str]
DOES: Mapping[str, tuple[list[Call], dict[str, Any]]] = {
    "read input": ([("s3:GetObject", f"{INPUT}/a")], {}),
    "read results": ([("s3:GetObject", f"{OUTPUT}/a")], {}),
    "read rejected records": ([("s3:GetObject", f"{QUARANTINE}/a")], {}),
    "read evidence": ([("s3:GetObject", f"{AUDIT}/a")], {}),
    "read the table": ([("dynamodb:Query", TABLE)], {}),
    "mark a file as free of malware": ([("s3:PutObjectVersionTagging", f"{INPUT}/a")], {}),
    "upload input": ([("s3:PutObject", f"{INPUT}/a")], {}),
    "test guessed accounts (upload, then read tokens)": ([("s3:PutObject", f"{INPUT}/a"), ("s3:GetObject", f"{OUTPUT}/a")], {}),
    "derive tokens": ([("kms:GenerateMac", TOKENS_KEY)], {}),
    "write results": ([("s3:PutObject", f"{OUTPUT}/a")], {}),
    "write evidence": ([("s3:PutObject", f"{AUDIT}/{ATTESTATION}evidence/a.json")], {}),
    "copy the table": ([("dynamodb:ExportTableToPointInTime", TABLE)], {}),
    "have results copied elsewhere": ([("s3:PutReplicationConfiguration", OUTPUT)], {}),
    "change the policy of a bucket, key or table": (
        [("s3:PutBucketPolicy", OUTPUT), ("kms:PutKeyPolicy", RECORDS_KEY), ("dynamodb:PutResourcePolicy", TABLE)], {},
    ),
    "stop notifications of alarms": ([("sns:SetTopicAttributes", TOPIC)], {}),
    "delete results that a governance lock protects": (
        [("s3:DeleteObjectVersion", f"{OUTPUT}/a"), ("s3:BypassGovernanceRetention", f"{OUTPUT}/a")], {},
    ),
    "delete a key, governance lock": ([("kms:ScheduleKeyDeletion", RECORDS_KEY)], {}),
    "delete a key, compliance lock": ([("kms:ScheduleKeyDeletion", RECORDS_KEY)], {"key": COMPLIANCE_KEY}),
    "delete a key, compliance lock and the organization's policy": (
        [("kms:ScheduleKeyDeletion", RECORDS_KEY)], {"key": COMPLIANCE_KEY, "resource_control": [RESOURCE_CONTROL]},
    ),
}  # fmt: skip
CHANGES = {
    "s3": "s3:PutBucketPolicy",
    "kms": "kms:PutKeyPolicy",
    "dynamodb": "dynamodb:PutResourcePolicy",
    "sns": "sns:SetTopicAttributes",
}
"""The action that changes the policy of a resource, by service."""


def may(who: Principal, action: str, resource: str, extra: Mapping[str, Any]) -> bool:
    keys = OURS if action.startswith("kms:") else {}
    asked = request(who, action, resource, keys)
    return decide(asked, Policies(**{**documents_for(asked), **extra})).allowed


def may_after_a_change(who: Principal, action: str, resource: str, extra: Mapping[str, Any]) -> bool:
    """Return whether a principal may rewrite the policy of the resource so that it allows the request."""
    service = action.partition(":")[0]
    owner = resource.partition("/")[0] if service == "s3" else resource
    rewritten = {"key" if service == "kms" else "resource": policy(allow(Principal="*"))}
    return may(who, CHANGES[service], owner, extra) and may(who, action, resource, {**extra, **rewritten})


def answer(who: Principal, calls: list[Call], extra: Mapping[str, Any]) -> str:
    """Return `yes` if one person can do it, `change` if they must and may change a policy first, else `no`."""
    if all(may(who, *call, extra) for call in calls):
        return "yes"
    possible = all(may(who, *call, extra) or may_after_a_change(who, *call, extra) for call in calls)
    return "change" if possible else "no"


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of the table by what is done."""
    table = page.split("<!-- separation: ")[1].split("<!-- end of separation -->", maxsplit=1)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


@pytest.mark.parametrize("does", DOES)
def test_the_page_says_of_every_class_of_principal_what_it_can_do_alone(does: str) -> None:
    found = rows(PAGE.read_text("utf-8"))
    calls, extra = DOES[does]
    assert list(found["one person can"]) == list(PEOPLE)
    assert found[does] == [answer(who, calls, extra) for who in PEOPLE.values()]


def test_the_page_has_no_row_that_nobody_evaluates() -> None:
    assert set(rows(PAGE.read_text("utf-8"))) == {"one person can", *DOES}


def test_the_organizations_policy_lets_nobody_delete_a_key_alone() -> None:
    calls, extra = DOES["delete a key, compliance lock and the organization's policy"]
    assert {answer(who, calls, extra) for who in PEOPLE.values()} == {"no"}
