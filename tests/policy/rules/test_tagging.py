import importlib
import json
import re
from pathlib import Path

import pulumi_aws
import pytest

from policy.evaluation import Verdict
from policy.model import UNKNOWN, Value
from policy.rules._helpers.taggable_types import is_taggable
from policy.settings import Settings
from tests.policy.support import BUCKET, ENCRYPTION, LOG_GROUP, QUEUE, TAGS, declare, verdict

RULE = "resource-is-tagged"


def without(name: str) -> dict[str, Value]:
    return {key: value for key, value in TAGS.items() if key != name}


def test_a_resource_with_all_tags_passes() -> None:
    assert verdict(RULE, declare(QUEUE, inputs={"tags": TAGS})).verdict is Verdict.PASS


@pytest.mark.parametrize("name", TAGS)
def test_each_missing_required_tag_is_a_finding(name: str) -> None:
    assert verdict(RULE, declare(QUEUE, inputs={"tags": without(name)})).messages == (f"lacks the tag {name}",)


@pytest.mark.parametrize("name", TAGS)
@pytest.mark.parametrize("value", ["", "  ", None])
def test_a_tag_without_a_value_is_a_finding(name: str, value: Value) -> None:
    assert verdict(RULE, declare(QUEUE, inputs={"tags": {**TAGS, name: value}})).messages == (
        f"has an empty tag {name}",
    )


@pytest.mark.parametrize("tags", [None, {}])
def test_a_resource_without_tags_lacks_them_all(tags: Value) -> None:
    assert len(verdict(RULE, declare(QUEUE, inputs={"tags": tags})).messages) == len(TAGS)


def test_tag_names_are_case_sensitive() -> None:
    assert verdict(RULE, declare(QUEUE, inputs={"tags": {**without("owner"), "Owner": "payments"}})).messages == (
        "lacks the tag owner",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("environment", "staging"), ("environment", "Prod"), ("data-classification", "public"), ("environment", "prod ")],
)
def test_a_value_that_is_not_allowed_is_a_finding(name: str, value: str) -> None:
    (message,) = verdict(RULE, declare(QUEUE, inputs={"tags": {**TAGS, name: value}})).messages
    assert message.startswith(f"has the tag {name}={value}, expected ")


def test_an_unknown_tag_value_does_not_affect_the_other_tags() -> None:
    tags = {**without("owner"), "project": UNKNOWN, "environment": "staging"}
    result = verdict(RULE, declare(QUEUE, inputs={"tags": tags}, outputs={"tagsAll": UNKNOWN}))
    assert result.messages == ("has the tag environment=staging, expected local or dev or prod", "lacks the tag owner")
    assert result.unknown == ("tags.project",)
    assert verdict(RULE, declare(QUEUE, inputs={"tags": {**TAGS, "owner": UNKNOWN}})).verdict is Verdict.UNKNOWN


def test_tags_that_are_unknown_as_a_whole_are_undecided() -> None:
    result = verdict(RULE, declare(QUEUE, inputs={"tags": UNKNOWN}))
    assert (result.verdict, result.unknown) == (Verdict.UNKNOWN, ("tags",))


def test_the_providers_default_tags_count_and_the_resources_tags_take_precedence() -> None:
    own: Value = {"environment": "staging"}
    assert verdict(RULE, declare(QUEUE, default_tags=TAGS)).verdict is Verdict.PASS
    assert verdict(RULE, declare(QUEUE, inputs={"tags": own}, default_tags=TAGS)).messages == (
        "has the tag environment=staging, expected local or dev or prod",
    )
    assert verdict(RULE, declare(QUEUE, default_tags=UNKNOWN)).verdict is Verdict.UNKNOWN
    known_to_be_wrong = verdict(RULE, declare(QUEUE, inputs={"tags": own}, default_tags=UNKNOWN))
    assert known_to_be_wrong.verdict is Verdict.FAIL


@pytest.mark.parametrize("where", ["inputs", "outputs"])
def test_tags_all_counts_in_inputs_and_outputs(where: str) -> None:
    own: Value = {"owner": "payments"}
    inputs: dict[str, Value] = {"tags": own, **({"tagsAll": TAGS} if where == "inputs" else {})}
    outputs: dict[str, Value] = {"tagsAll": TAGS} if where == "outputs" else {}
    assert verdict(RULE, declare(QUEUE, inputs=inputs, outputs=outputs)).verdict is Verdict.PASS


def test_the_tag_list_of_an_auto_scaling_group_counts() -> None:
    group = "aws:autoscaling/group:Group"
    listed = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()]
    assert verdict(RULE, declare(group, inputs={"tags": listed})).verdict is Verdict.PASS
    assert verdict(RULE, declare(group, inputs={"tags": listed[1:]})).messages == ("lacks the tag environment",)


def test_a_stack_can_restrict_the_values_of_one_tag_and_keeps_the_others() -> None:
    settings = Settings(parameters={RULE: {"allowed": {"environment": ["prod"]}}})
    tags = {**TAGS, "data-classification": "public"}
    assert verdict(RULE, declare(QUEUE, inputs={"tags": tags}), settings=settings).messages == (
        "has the tag environment=dev, expected prod",
        "has the tag data-classification=public, expected restricted or internal or audit",
    )


def test_a_stack_can_require_other_tags() -> None:
    settings = Settings(parameters={RULE: {"required": ["team"]}})
    assert verdict(RULE, declare(QUEUE, inputs={"tags": TAGS}), settings=settings).messages == ("lacks the tag team",)


@pytest.mark.parametrize(
    "kind", [ENCRYPTION, "aws:inspector/resourceGroup:ResourceGroup", "aws:cloudwatch/logMetricFilter:LogMetricFilter"]
)
def test_the_rule_does_not_apply_to_a_type_without_tags(kind: str) -> None:
    result = verdict(RULE, declare(kind))
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLICABLE, "type cannot be tagged")


def test_a_type_that_the_sdk_does_not_have_is_checked_only_if_it_has_tags() -> None:
    kind = "aws:future/thing:Thing"
    result = verdict(RULE, declare(kind))
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.reason.startswith("type is not in pulumi_aws")
    assert verdict(RULE, declare(kind, inputs={"tags": without("owner")})).verdict is Verdict.FAIL


def test_the_rule_does_not_apply_to_other_providers() -> None:
    for kind in ("pulumi:providers:aws", "random:index/randomPet:RandomPet", "pulumi:pulumi:Stack"):
        assert verdict(RULE, declare(kind)).resource is None


def test_every_type_of_the_installed_sdk_is_found() -> None:
    assert {kind for kind in sdk_types() if is_taggable(kind) is None} == set()
    assert [is_taggable(kind) for kind in (BUCKET, LOG_GROUP, QUEUE, "aws:lambda/function:Function")] == [True] * 4


@pytest.mark.parametrize("service", ["sqs", "sns", "kms", "dynamodb", "guardduty", "glue", "appsync", "autoscaling"])
def test_the_sdks_sources_and_classes_agree_on_what_is_taggable(service: str) -> None:
    kinds = {kind: place for kind, place in sdk_types().items() if kind.startswith(f"aws:{service}/")}
    assert kinds
    for kind, (module, name) in kinds.items():
        listed = kind == "aws:autoscaling/group:Group"
        assert is_taggable(kind) is (listed or hasattr(getattr(importlib.import_module(module), name), "tags_all")), (
            kind
        )


def sdk_types() -> dict[str, tuple[str, str]]:
    """The SDK's own list of its types, with module and class."""
    source = Path(str(pulumi_aws.__file__)).read_text("utf-8")
    listed = re.search(r'resource_modules="""(.*?)"""', source, re.DOTALL)
    assert listed
    return {kind: (entry["fqn"], name) for entry in json.loads(listed[1]) for kind, name in entry["classes"].items()}
