import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policy.evaluation import evaluate, unused
from policy.model import Level, Verdict
from policy.settings import ConfigError, PackConfig, Waiver, load
from policy.sources import from_preview, from_state

TODAY = date(2026, 11, 24)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
TAGS = {
    "environment": "dev", "owner": "o", "cost-centre": "c", "data-classification": "internal",
    "project": "p", "stack": "s", "managed-by": "pulumi", "repository": "r",
}  # fmt: skip
BUCKET = "aws:s3/bucket:Bucket"
SIDE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
TABLE, QUEUE, TOPIC = "aws:dynamodb/table:Table", "aws:sqs/queue:Queue", "aws:sns/topic:Topic"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
RULE = {
    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
    "bucketKeyEnabled": True,
}


def urn(kind: str, name: str = "x") -> str:
    return f"urn:pulumi:dev::p::strongroom:data:Data${kind}::{name}"


def one(kind: str, inputs: dict[str, Any], name: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": kind, "urn": urn(kind, name), "inputs": inputs, **more}


def side(rules: Any, bucket: str = "x") -> dict[str, Any]:
    return one(
        SIDE,
        {"bucket": UNKNOWN, "rules": rules},
        "side-" + bucket,
        propertyDependencies={"bucket": [urn(BUCKET, bucket)]},
    )


def verdicts(rule: str, *resources: dict[str, Any], config: PackConfig | None = None, name: str = "x") -> list[Verdict]:
    config = config or PackConfig()
    state = from_state(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    preview = from_preview(json.dumps({"steps": [{"op": "create", "newState": one} for one in resources]}))
    found = [
        [
            finding.verdict
            for finding in evaluate(stack, config, TODAY)
            if finding.rule.name == rule and finding.resource.name == name
        ]
        for stack in (state, preview)
    ]
    assert found[0] == found[1], "a state and a preview give the same findings"
    return found[0]


def changed(value: dict[str, Any], path: str, new: Any) -> dict[str, Any]:
    made = copy.deepcopy(value)
    *parents, last = path.split(".")
    target = made
    for parent in parents:
        target = target[parent]
    if new is None:
        del target[last]
    else:
        target[last] = new
    return made


@pytest.mark.parametrize(
    ("resources", "verdict"),
    [
        ([side([RULE])], Verdict.PASS),
        ([side([changed(RULE, "applyServerSideEncryptionByDefault.kmsMasterKeyId", UNKNOWN)])], Verdict.PASS),
        ([], Verdict.FAIL),
        ([side([RULE], "other")], Verdict.FAIL),
        ([side([])], Verdict.FAIL),
        ([side([changed(RULE, "applyServerSideEncryptionByDefault.sseAlgorithm", "AES256")])], Verdict.FAIL),
        ([side([changed(RULE, "applyServerSideEncryptionByDefault.kmsMasterKeyId", None)])], Verdict.FAIL),
        ([side([changed(RULE, "applyServerSideEncryptionByDefault.kmsMasterKeyId", "alias/aws/s3")])], Verdict.FAIL),
        ([side([changed(RULE, "bucketKeyEnabled", False)])], Verdict.FAIL),
        ([side([changed(RULE, "bucketKeyEnabled", None)])], Verdict.FAIL),
        ([side([changed(RULE, "applyServerSideEncryptionByDefault.sseAlgorithm", UNKNOWN)])], Verdict.UNKNOWN),
        ([side(UNKNOWN)], Verdict.UNKNOWN),
        ([one(SIDE, {"bucket": UNKNOWN, "rules": [RULE]}, "side")], Verdict.UNKNOWN),
    ],
)
def test_a_bucket_needs_a_customer_key(resources: list[dict[str, Any]], verdict: Verdict) -> None:
    assert verdicts("bucket-uses-customer-key", one(BUCKET, {"tags": TAGS}), *resources) == [verdict]


@pytest.mark.parametrize(
    ("encryption", "verdict"),
    [
        ({"enabled": True, "kmsKeyArn": KEY}, Verdict.PASS),
        ({"enabled": True, "kmsKeyArn": UNKNOWN}, Verdict.PASS),
        ({"enabled": True}, Verdict.FAIL),
        ({"enabled": True, "kmsKeyArn": ""}, Verdict.FAIL),
        ({"enabled": False, "kmsKeyArn": KEY}, Verdict.FAIL),
        ({}, Verdict.FAIL),
        ({"enabled": UNKNOWN, "kmsKeyArn": KEY}, Verdict.UNKNOWN),
        (SECRET, Verdict.UNKNOWN),
    ],
)
def test_a_table_needs_a_customer_key(encryption: dict[str, Any], verdict: Verdict) -> None:
    assert verdicts("table-uses-customer-key", one(TABLE, {"serverSideEncryption": encryption})) == [verdict]


@pytest.mark.parametrize(("kind", "rule", "name"), [
    (QUEUE, "queue-uses-customer-key", "kmsMasterKeyId"),
    (TOPIC, "topic-uses-customer-key", "kmsMasterKeyId"),
    (LOGS, "log-group-uses-customer-key", "kmsKeyId"),
])  # fmt: skip
def test_queues_topics_and_log_groups_need_a_customer_key(kind: str, rule: str, name: str) -> None:
    assert verdicts(rule, one(kind, {name: KEY})) == [Verdict.PASS]
    assert verdicts(rule, one(kind, {name: UNKNOWN})) == [Verdict.PASS]
    assert verdicts(rule, one(kind, {})) == [Verdict.FAIL]
    assert verdicts(rule, one(kind, {name: "alias/aws/sqs"})) == [Verdict.FAIL]


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        (3653, Verdict.PASS),
        (3653.0, Verdict.PASS),
        (365, Verdict.FAIL),
        (0, Verdict.FAIL),
        (None, Verdict.FAIL),
        (4000, Verdict.FAIL),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_a_log_group_is_kept_for_ten_years(days: Any, verdict: Verdict) -> None:
    assert verdicts("log-group-is-retained", one(LOGS, {} if days is None else {"retentionInDays": days})) == [verdict]


@pytest.mark.parametrize("tag", sorted(TAGS))
def test_every_required_tag_is_required(tag: str) -> None:
    assert verdicts("resource-is-tagged", one(QUEUE, {"tags": TAGS})) == [Verdict.PASS]
    assert verdicts("resource-is-tagged", one(QUEUE, {"tags": changed(TAGS, tag, None)})) == [Verdict.FAIL]


def test_a_tag_with_a_value_that_is_not_allowed_fails_and_an_unknown_one_hides_no_other_finding() -> None:
    assert verdicts("resource-is-tagged", one(QUEUE, {"tags": TAGS | {"environment": "production"}})) == [Verdict.FAIL]
    partly = TAGS | {"environment": UNKNOWN, "data-classification": "public"}
    assert verdicts("resource-is-tagged", one(QUEUE, {"tags": partly})) == [Verdict.FAIL, Verdict.UNKNOWN]
    assert verdicts("resource-is-tagged", one(QUEUE, {})) == [Verdict.FAIL] * len(TAGS)


def test_what_takes_no_tags_needs_none() -> None:
    assert verdicts("resource-is-tagged", one("aws:s3/bucketPolicy:BucketPolicy", {})) == []


def waiver(expires: date) -> PackConfig:
    return PackConfig(waivers=(Waiver("queue-uses-customer-key", f"{QUEUE}::x", "why", "who", expires),))


def test_a_waiver_holds_on_its_last_day_and_not_after() -> None:
    assert verdicts("queue-uses-customer-key", one(QUEUE, {}), config=waiver(TODAY)) == [Verdict.WAIVED]
    assert verdicts("queue-uses-customer-key", one(QUEUE, {}), config=waiver(date(2026, 11, 23))) == [Verdict.FAIL]


def test_a_waiver_is_for_one_resource_and_is_told_when_nothing_needs_it() -> None:
    config = waiver(TODAY)
    assert verdicts("queue-uses-customer-key", one(QUEUE, {}, "y"), config=config, name="y") == [Verdict.FAIL]
    stack = from_state(json.dumps({"deployment": {"resources": [one(QUEUE, {"kmsMasterKeyId": KEY})]}}))
    assert unused(evaluate(stack, config, TODAY), config) == list(config.waivers)


@pytest.mark.parametrize(
    "text",
    [
        "levels: {all: advisory}",
        "levels: {queue-uses-customer-keys: advisory}",
        "levels: {queue-uses-customer-key: off}",
        "waiver: []",
        "parameters: {minimumRetentionDays: none}",
        "waivers: [{rule: queue-uses-customer-key}]",
        "waivers: [{rule: nothing, resource: 'a::b', reason: r, owner: o, expires: 2027-01-01}]",
        "waivers: [{rule: queue-uses-customer-key, resource: 'a::*', reason: r, owner: o, expires: 2027-01-01}]",
        "waivers: [{rule: queue-uses-customer-key, resource: 'a::b', reason: '', owner: o, expires: 2027-01-01}]",
        "waivers: [{rule: queue-uses-customer-key, resource: 'a::b', reason: r, owner: o, expires: never}]",
    ],
)
def test_a_configuration_that_would_weaken_the_pack_by_mistake_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"dev\.yaml"):
        load(file)


def test_levels_are_those_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text("levels: {queue-uses-customer-key: advisory}")
    assert load(file).level("queue-uses-customer-key") is Level.ADVISORY
    assert load(file).level("topic-uses-customer-key") is Level.MANDATORY
