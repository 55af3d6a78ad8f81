"""Every action of AWS that concerns records has a class, and the denies of resource policies come from the classes."""

from collections import Counter
from typing import Any

import pytest

from components.shared.action_classes import CLASSES, NOT_IN_RESOURCE_POLICIES, actions
from tests.components.policies import attached
from tests.components.policies.attached import KEY, OTHER_KEY, RESOURCE
from tests.support.service_reference import resource_types

GOVERNED = {
    "s3": {"bucket", "object"},
    "sqs": {"queue"},
    "sns": {"topic"},
    "dynamodb": {"table", "index", "stream", "backup", "global-table", "export", "import"},
    "kms": {"key", "alias"},
}
"""Types of resources that hold records or names of records, or are copies of one that does."""
NEVER_THERE_BEFORE = {"CreateBucket", "CreateQueue", "CreateTopic", "CreateTable", "ImportTable"}
"""Actions that concern a resource which they create."""
WITHOUT_RESOURCE = {"Unsubscribe", "SetSubscriptionAttributes", "GetSubscriptionAttributes", "ListTagsForResource"}


@pytest.mark.parametrize("service", CLASSES)
def test_every_action_of_the_service_reference_has_exactly_one_class(service: str) -> None:
    classed = Counter(name for names in CLASSES[service].values() for name in names.split())
    assert set(classed) == set(resource_types(service))
    assert {name for name, count in classed.items() if count > 1} == set()


@pytest.mark.parametrize("service", CLASSES)
def test_exactly_the_actions_that_concern_no_existing_resource_of_ours_are_classed_as_elsewhere(service: str) -> None:
    elsewhere = {name for name, types in resource_types(service).items() if not types & GOVERNED[service]}
    assert set(CLASSES[service]["elsewhere"].split()) == elsewhere | (NEVER_THERE_BEFORE & set(resource_types(service)))


@pytest.mark.parametrize("service", NOT_IN_RESOURCE_POLICIES)
def test_what_a_resource_policy_cannot_deny_is_an_action_of_the_service(service: str) -> None:
    assert set(NOT_IN_RESOURCE_POLICIES[service].split()) <= set(resource_types(service))


def denied(document: Any) -> set[str]:
    statements = [statement for statement in document["Statement"] if statement["Effect"] == "Deny"]
    return {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if not action.endswith(":*")
    }


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (attached.OUTPUT, actions("s3", "read", "list", "write", "tag", "delete", "move out", "guard")),
        (attached.TABLE, actions("dynamodb", "read", "write", "delete", "move out", "guard")),
        (attached.QUEUE, actions("sqs", "read", "delete")),
        (attached.TOPIC, actions("sns", "write", "move out", "guard")),
    ],
)
def test_a_resource_policy_denies_every_action_of_its_classes_to_somebody(arn: str, expected: list[str]) -> None:
    assert denied(RESOURCE[arn]) == set(expected)


@pytest.mark.parametrize("arn", [arn for arn in KEY if arn != OTHER_KEY])
def test_a_key_policy_denies_every_deletion(arn: str) -> None:
    assert set(actions("kms", "delete")) <= denied(KEY[arn])


@pytest.mark.parametrize("document", [document for arn, document in RESOURCE.items() if ":sqs:" in arn])
def test_a_statement_of_a_queue_policy_has_at_most_seven_actions(document: Any) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html."""
    assert all(isinstance(each["Action"], str) or len(each["Action"]) <= 7 for each in document["Statement"])
