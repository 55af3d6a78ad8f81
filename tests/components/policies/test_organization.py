"""The organization's policies in docs/organization/: what a key policy, or a resource's policy, cannot hold by itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.keys.policies import records_key_policy
from components.shared.action_classes import CLASSES, NOT_IN_RESOURCE_POLICIES, actions
from tests.components.policies.attached import CONTEXT, EVERYTHING, RECORDS_KEY, REGION, UNRESTRICTED_KEY
from tests.components.test_settings import VALID
from tests.support.iam.builders import HOME, allow, policy, root
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Principal, Request, aws

FOLDER = Path(__file__).parents[3] / "docs" / "organization"
RESOURCE_CONTROL = json.loads((FOLDER / "resource-control-policy.json").read_text("utf-8"))
SERVICE_CONTROL = json.loads((FOLDER / "service-control-policy.json").read_text("utf-8"))
PROD = yaml.safe_load((FOLDER.parents[1] / "Pulumi.prod.yaml").read_text("utf-8"))["config"]
ATTACHED = policy(allow(Sid="FullAWSAccess"), *SERVICE_CONTROL["Statement"])
"""What applies where the policy is attached beside AWS's own, which allows everything."""
OPEN_KEY = records_key_policy(CONTEXT, UNRESTRICTED_KEY)
"""A key policy that someone rewrote, without any deny on deletion."""
OURS = {"aws:ResourceTag/project": "strongroom", "aws:ResourceTag/environment": "prod"}


def role(name: str) -> Principal:
    return aws(f"arn:aws:iam::{HOME}:role/{name}", "session")


DEPLOYER, BREAK_GLASS = (
    role(PROD[f"strongroom:{group}_principals"][0].removeprefix("role/")) for group in ("deploy", "break_glass")
)
EVERYBODY = (DEPLOYER, BREAK_GLASS, role("administrator"), root(HOME))


def on_key(who: Principal, action: str, keys: Any) -> str | None:
    request = Request(who, action, RECORDS_KEY, context=keys)
    controls = [RESOURCE_CONTROL]
    decision = decide(request, Policies(identity=[EVERYTHING], key=OPEN_KEY, resource_control=controls))
    return None if decision.allowed else decision.sid


@pytest.mark.parametrize("action", actions("kms", "delete"))
@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_deletes_a_production_key_even_after_rewriting_its_policy(who: Principal, action: str) -> None:
    assert on_key(who, action, OURS) == "KeepKeysOfEvidence"


@pytest.mark.parametrize("action", ["kms:TagResource", "kms:UntagResource"])
@pytest.mark.parametrize("tag", ["project", "environment"])
def test_nobody_removes_the_tags_by_which_the_organization_knows_the_keys(action: str, tag: str) -> None:
    for who in EVERYBODY:
        assert on_key(who, action, {**OURS, "aws:TagKeys": [tag, "owner"]}) == "KeepTagsOfKeys"
    assert on_key(DEPLOYER, action, {**OURS, "aws:TagKeys": ["owner"]}) is None


@pytest.mark.parametrize(
    "tags", [{}, {**OURS, "aws:ResourceTag/environment": "dev"}, {**OURS, "aws:ResourceTag/project": "x"}]
)
def test_keys_of_other_stacks_and_projects_can_be_deleted(tags: Any) -> None:
    assert on_key(DEPLOYER, "kms:ScheduleKeyDeletion", tags) is None


def test_production_keys_have_the_tags_that_the_policy_asks_for() -> None:
    wanted = RESOURCE_CONTROL["Statement"][0]["Condition"]["StringEquals"]
    project = yaml.safe_load((FOLDER.parents[1] / "Pulumi.yaml").read_text("utf-8"))["name"]
    assert wanted == {"aws:ResourceTag/project": project, "aws:ResourceTag/environment": PROD["strongroom:environment"]}
    assert VALID.transformations(
        CONTEXT, project, "prod"
    )  # the tags `project` and `environment`; see components/settings.py


RESOURCES = {
    "dynamodb": f"arn:aws:dynamodb:{REGION}:{HOME}:table/strongroom-prod-transactions",
    "sqs": f"arn:aws:sqs:{REGION}:{HOME}:processing-work-1a2b3c4",
    "sns": f"arn:aws:sns:{REGION}:{HOME}:strongroom-prod-page",
}
BEYOND = sorted(
    (service, name)
    for service, refused in NOT_IN_RESOURCE_POLICIES.items()
    for action_class, names in CLASSES[service].items()
    if action_class not in ("inspect", "elsewhere", "list")
    for name in set(names.split()) & set(refused.split())
)


@pytest.mark.parametrize(("service", "name"), BEYOND)
def test_what_a_resource_policy_cannot_deny_the_organization_denies_to_all_but_the_named_roles(
    service: str, name: str
) -> None:
    def may(who: Principal, resource: str) -> bool:
        request = Request(who, f"{service}:{name}", resource)
        return decide(request, Policies(identity=[EVERYTHING], service_control=[ATTACHED])).allowed

    for who in (role("administrator"), role("reader")):
        assert not may(who, RESOURCES[service])
        assert may(who, f"{RESOURCES[service].rpartition(':')[0]}:table/elsewhere")
    assert may(BREAK_GLASS, RESOURCES[service])


def test_the_root_user_of_the_account_cannot_do_what_a_resource_policy_cannot_deny() -> None:
    request = Request(root(HOME), "dynamodb:StartAwsBackupJob", RESOURCES["dynamodb"])
    decision = decide(request, Policies(service_control=[ATTACHED]))
    assert decision.sid == "KeepTableFromCopies"


def test_deployments_change_queues_and_topics_and_copy_no_table() -> None:
    def sid(service: str, name: str) -> str | None:
        request = Request(DEPLOYER, f"{service}:{name}", RESOURCES[service])
        return decide(request, Policies(identity=[EVERYTHING], service_control=[ATTACHED])).sid

    assert sid("sqs", "SetQueueAttributes") == sid("sns", "Unsubscribe") == EVERYTHING["Statement"][0]["Sid"]
    assert sid("dynamodb", "StartAwsBackupJob") == "KeepTableFromCopies"


@pytest.mark.parametrize("document", [RESOURCE_CONTROL, SERVICE_CONTROL])
def test_a_policy_of_the_organization_is_no_longer_than_aws_allows(document: Any) -> None:
    """5,120 characters without white space; Organizations User Guide, "Quotas for AWS Organizations"."""
    assert len(json.dumps(document, separators=(",", ":"))) <= 5120
