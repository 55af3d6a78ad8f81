"""The pack behind the SDK's analyzer service, called as the engine calls it."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policy.crossguard import ATTENTION, NAME, Analyzer, configuration_problem, policies
from policy.evaluation import evaluate
from policy.model import Rule
from policy.pulumi_json import stack_from_preview, stack_from_state
from policy.rules import RULES
from policy.settings import Settings, parse_settings, settings_for_stack
from policy.wire_values import SECRET, SIGNATURE
from tests.policy.support import (
    BUCKET,
    ENCRYPTION,
    FEW,
    KEY,
    KEY_ARN,
    LOG_GROUP,
    QUEUE,
    TABLE,
    TAGS,
    TODAY,
    TOPIC,
    urn,
)
from tests.policy.test_pulumi_json import UNKNOWN, export, preview, state
from tests.policy.test_settings import WAIVER

MANDATORY, ADVISORY = "MANDATORY", "ADVISORY"
Told = list[tuple[str, str, str, str]]
"""Level, policy, resource, and the message without the policy's description."""


class Engine:
    """Calls the service as the engine does: first the inputs of each resource, at the end the outputs of all."""

    def __init__(self, settings: Settings | None = None, rules: Sequence[Rule] = FEW) -> None:
        chosen = settings or Settings()
        self._service: Any = Analyzer(
            lambda _: chosen, NAME, "1.0.0", policies(rules), EnforcementLevel.MANDATORY, today=lambda: TODAY
        )

    def configure(self, levels: Mapping[str, int]) -> None:
        configs = {name: proto.PolicyConfig(enforcementLevel=level) for name, level in levels.items()}  # type: ignore[arg-type]
        self._service.Configure(proto.ConfigureAnalyzerRequest(policyConfig=configs), Context())

    def info(self) -> Any:
        return self._service.GetAnalyzerInfo(None, None)

    def remediate(self, resource: Mapping[str, Any]) -> Sequence[Any]:
        request = proto.AnalyzeRequest(
            type=resource["type"], urn=resource["urn"], properties=struct(resource.get("inputs"))
        )
        return list(self._service.Remediate(request, None).remediations)

    def preview(self, *states: Mapping[str, Any]) -> Told:
        return [*self.before(*states), *self.after(*states)]

    def before(self, *states: Mapping[str, Any]) -> Told:
        told = []
        for resource in states:
            request = proto.AnalyzeRequest(
                type=resource["type"],
                urn=resource["urn"],
                name=resource["urn"].split("::")[3],
                properties=struct(resource.get("inputs")),
                provider=provider(resource),
            )
            told += [(resource["urn"], found) for found in self._service.Analyze(request, None).diagnostics]
        return [heard(found, where) for where, found in told]

    def after(self, *states: Mapping[str, Any]) -> Told:
        resources = [
            proto.AnalyzerResource(
                type=resource["type"],
                urn=resource["urn"],
                name=resource["urn"].split("::")[3],
                properties=struct(resource.get("outputs")),
                propertyDependencies={
                    key: proto.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in resource.get("propertyDependencies", {}).items()
                },
                provider=provider(resource),
            )
            for resource in states
        ]
        answer = self._service.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None)
        return [heard(found, found.urn) for found in answer.diagnostics]


def struct(content: Mapping[str, Any] | None) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(content or {}), struct_pb2.Struct())


def provider(resource: Mapping[str, Any]) -> proto.AnalyzerProviderResource | None:
    if not resource.get("provider"):
        return None
    return proto.AnalyzerProviderResource(type="pulumi:providers:aws", urn=resource["provider"], name="default")


def heard(found: Any, where: str) -> tuple[str, str, str, str]:
    level = proto.EnforcementLevel.Name(found.enforcementLevel)
    return level, found.policyName, where, found.message.removeprefix(found.description).lstrip("\n")


def failures(told: Told) -> set[tuple[str, str]]:
    return {(policy, where) for level, policy, where, _ in told if level == MANDATORY}


def remarks(told: Told) -> list[tuple[str, str, str]]:
    return [(policy, where, message) for level, policy, where, message in told if level == ADVISORY]


def queue(name: str, key: object) -> dict[str, Any]:
    return state(QUEUE, name, inputs={"kmsMasterKeyId": key, "tags": dict(TAGS)})


def test_an_unknown_value_of_one_resource_affects_neither_the_findings_nor_the_level_of_another() -> None:
    told = Engine().preview(queue("a", UNKNOWN), queue("b", "alias/aws/sqs"), queue("c", UNKNOWN))
    assert failures(told) == {("queue-uses-customer-key", urn(QUEUE, "b"))}
    message = "queue-uses-customer-key cannot be decided in this preview: kmsMasterKeyId not known yet"
    assert remarks(told) == [(ATTENTION, urn(QUEUE, "a"), message), (ATTENTION, urn(QUEUE, "c"), message)]


def bucket(name: str, rules: object) -> list[dict[str, Any]]:
    """A bucket as a first preview shows it, what the provider will compute being unknown, and its encryption."""
    tags = {"tags": dict(TAGS)}
    computed = {"serverSideEncryptionConfiguration": UNKNOWN, "id": UNKNOWN, "arn": UNKNOWN}
    side = state(
        ENCRYPTION,
        name,
        inputs={"bucket": UNKNOWN, "rules": rules},
        outputs={"bucket": UNKNOWN, "rules": rules, "id": UNKNOWN},
        propertyDependencies={"bucket": [urn(BUCKET, name)]},
    )
    return [state(BUCKET, name, inputs=tags, outputs={**tags, **computed}), side]


def keyed(name: str) -> list[dict[str, Any]]:
    """A bucket with a key that is created in the same update."""
    bare, side = bucket(name, rule(UNKNOWN))
    side["propertyDependencies"]["rules"] = [urn(KEY, "records")]
    return [bare, side]


def rule(key: object, algorithm: str = "aws:kms") -> list[dict[str, Any]]:
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": key}
    return [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]


def test_a_rule_on_the_whole_stack_keeps_its_findings_next_to_unknown_values() -> None:
    bare = state(BUCKET, "bare", inputs={"tags": dict(TAGS)}, outputs={"serverSideEncryptionConfiguration": UNKNOWN})
    told = Engine().preview(
        *bucket("unknown", rule(UNKNOWN)),
        bare,
        *bucket("weak", rule(None, "AES256")),
        *keyed("strong"),
        state(KEY, "records", inputs={"tags": dict(TAGS)}),
    )
    assert failures(told) == {
        ("bucket-uses-customer-key", urn(BUCKET, "bare")),
        ("bucket-uses-customer-key", urn(BUCKET, "weak")),
    }
    assert [where for _, where, _ in remarks(told)] == [urn(BUCKET, "unknown")]


def test_a_rule_on_one_resource_reports_before_the_resource_is_created() -> None:
    engine = Engine()
    assert failures(engine.before(queue("a", None))) == {("queue-uses-customer-key", urn(QUEUE, "a"))}
    assert engine.after(queue("a", None)) == []


@pytest.mark.parametrize("key", [None, "", "alias/aws/sqs", {SIGNATURE: SECRET, "value": "alias/aws/sqs"}])
def test_null_empty_and_secret_values_are_read(key: object) -> None:
    assert failures(Engine().preview(queue("a", key))) == {("queue-uses-customer-key", urn(QUEUE, "a"))}
    assert Engine().preview(queue("a", {SIGNATURE: SECRET, "value": KEY_ARN})) == []


def test_floats_lists_and_maps_of_the_protocol_are_decoded() -> None:
    group = state(LOG_GROUP, inputs={"retentionInDays": 3653, "kmsKeyId": KEY_ARN, "tags": {**TAGS, "owner": UNKNOWN}})
    table = state(TABLE, inputs={"serverSideEncryption": {"enabled": True}, "replicas": [{}], "tags": dict(TAGS)})
    told = Engine().preview(group, table)
    assert {message.split(". ")[0] for level, _, _, message in told if level == MANDATORY} == {
        "it has no customer key (serverSideEncryption.kmsKeyArn)",
        "it has a replica that has no customer key (replicas[0].kmsKeyArn)",
    }
    assert [message for _, _, message in remarks(told)] == [
        "resource-is-tagged cannot be decided in this preview: tags.owner not known yet"
    ]


def test_assets_and_components_have_no_findings() -> None:
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
    thing = state("aws:s3/bucketObjectv2:BucketObjectv2", inputs={"source": asset, "tags": dict(TAGS)})
    component = {"urn": urn("app:index:Vault", "v"), "type": "app:index:Vault"}
    assert Engine().preview(component, thing) == []


def test_a_resource_that_the_program_only_reads_is_not_checked() -> None:
    engine = Engine()
    read = state(BUCKET, "read", outputs={"bucket": "theirs"})
    assert engine.before(queue("a", KEY_ARN)) == []
    assert engine.after(queue("a", KEY_ARN), read) == []


def test_rules_on_the_whole_stack_work_while_the_rules_on_single_resources_are_disabled() -> None:
    engine = Engine()
    engine.configure({name: proto.DISABLED for name, rule in RULES.items() if not rule.whole_stack})
    told = engine.preview(*bucket("weak", rule(None, "AES256")))
    assert failures(told) == {("bucket-uses-customer-key", urn(BUCKET, "weak"))}


def test_a_rule_that_the_engine_disables_reports_nothing() -> None:
    engine = Engine()
    engine.configure({"queue-uses-customer-key": proto.DISABLED})
    assert engine.preview(queue("a", None), queue("b", UNKNOWN)) == []


def test_needs_attention_can_be_disabled_alone() -> None:
    engine = Engine()
    engine.configure({ATTENTION: proto.DISABLED})
    assert engine.preview(queue("a", UNKNOWN)) == []
    assert failures(engine.preview(queue("b", None))) == {("queue-uses-customer-key", urn(QUEUE, "b"))}


def test_a_rule_set_to_remediate_is_mandatory_and_changes_nothing() -> None:
    engine = Engine()
    engine.configure({"queue-uses-customer-key": proto.REMEDIATE})
    assert failures(engine.preview(queue("a", None))) == {("queue-uses-customer-key", urn(QUEUE, "a"))}
    assert engine.remediate(queue("a", None)) == []


class RefusedError(Exception):
    pass


class Context:
    """The context of a call, which can only be aborted."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        raise RefusedError(details)


def test_a_configuration_with_a_name_that_is_not_a_rule_is_rejected() -> None:
    with pytest.raises(RefusedError, match="sets 'all', expected rules by name"):
        Engine().configure({"all": proto.ADVISORY})


def test_a_stack_with_unusable_settings_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text("levels: {all: advisory}")
    analyzer = Analyzer(
        partial(settings_for_stack, folder=tmp_path), NAME, "1.0.0", policies(), EnforcementLevel.MANDATORY
    )
    with pytest.raises(
        RefusedError, match=r"the policy pack cannot start: .*dev.yaml: levels has the unknown key 'all'"
    ):
        analyzer.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="dev"), Context())
    analyzer.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="prod"), Context())


def test_each_rule_is_a_policy_with_description_controls_remedy_and_severity() -> None:
    told = {rule.name: rule for rule in Engine(rules=tuple(RULES.values())).info().policies}
    assert told.keys() == {*RULES, ATTENTION}
    policy, rule = told["key-is-rotated"], RULES["key-is-rotated"]
    assert (policy.description, list(policy.tags), policy.remediation_steps) == (
        rule.description,
        list(rule.controls),
        rule.remedy,
    )
    assert policy.severity == proto.POLICY_SEVERITY_HIGH
    assert policy.enforcementLevel == proto.MANDATORY
    assert told[ATTENTION].enforcementLevel == proto.ADVISORY


def test_the_settings_set_the_levels_and_the_engines_configuration_can_only_lower_them() -> None:
    settings = parse_settings({"levels": {"queue-uses-customer-key": "advisory"}})
    told = Engine(settings).preview(queue("a", None))
    assert failures(told) == set()
    ((policy, where, message),) = remarks(told)
    assert (policy, where) == (ATTENTION, urn(QUEUE, "a"))
    assert message.startswith("queue-uses-customer-key (advisory): a has no customer key")
    engine = Engine()
    engine.configure({"queue-uses-customer-key": proto.ADVISORY})
    assert failures(engine.preview(queue("a", None))) == set()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["all"], "sets 'all', expected rules by name"),
        (["queue-use-customer-key"], "(did you mean queue-uses-customer-key?)"),
        (["nothing-like-it"], "sets 'nothing-like-it', expected the name of a rule"),
        ([*RULES, ATTENTION, "all"], "sets 'all'"),
    ],
)
def test_a_name_that_the_engine_would_silently_accept_is_a_problem(names: list[str], told: str) -> None:
    assert told in (configuration_problem(names) or "")


def test_the_names_of_all_rules_are_accepted() -> None:
    assert configuration_problem([*RULES, ATTENTION]) is None


def test_a_waiver_counts_and_an_expired_one_is_reported() -> None:
    waiver = WAIVER | {"resource": f"{QUEUE}::a"}
    assert Engine(parse_settings({"waivers": [waiver]})).preview(queue("a", None)) == []
    told = Engine(parse_settings({"waivers": [waiver | {"expires": "2027-01-30"}]})).preview(queue("a", None))
    assert failures(told) == {("queue-uses-customer-key", urn(QUEUE, "a"))}
    (remark,) = remarks(told)
    assert "expired on 2027-01-30; its findings count again" in remark[2]


def mixed() -> Sequence[dict[str, Any]]:
    """A stack with resources of many kinds, for a deployed state and for a preview."""
    return [
        queue("good", KEY_ARN),
        queue("bad", "alias/aws/sqs"),
        queue("later", UNKNOWN),
        state(
            QUEUE, "mine", inputs={"kmsMasterKeyId": UNKNOWN}, propertyDependencies={"kmsMasterKeyId": [urn(KEY, "k")]}
        ),
        state(KEY, "k", inputs={"tags": dict(TAGS)}),
        state(TOPIC, inputs={"tags": {**TAGS, "owner": UNKNOWN, "project": " "}}),
        state(TABLE, inputs={"serverSideEncryption": {"enabled": UNKNOWN}, "replicas": [UNKNOWN, {}]}),
        state(LOG_GROUP, inputs={"retentionInDays": 30, "kmsKeyId": "", "tags": UNKNOWN}),
        *bucket("strong", rule(KEY_ARN)),
        *bucket("weak", rule("alias/aws/s3")),
        *bucket("unknown", UNKNOWN),
    ]


@pytest.mark.parametrize("source", ["state", "preview"])
def test_the_engine_and_the_command_line_have_the_same_findings(source: str) -> None:
    states = mixed()
    stack = stack_from_state(export(*states)) if source == "state" else stack_from_preview(preview(*states))
    every = list(RULES.values())
    results = evaluate(stack, Settings(), TODAY).results
    expected = {
        (result.rule.name, result.resource.urn, f"{result.resource.name} {message}. {result.rule.remedy}")
        for result in results
        if result.resource
        for message in result.messages
    }
    told = Engine(rules=every).preview(*states)
    assert len(expected) > 15
    assert {(policy, where, message) for level, policy, where, message in told if level == MANDATORY} == expected
    undecided = {
        (result.resource.urn, result.rule.name, ", ".join(result.unknown))
        for result in results
        if result.resource and result.unknown
    }
    assert len(undecided) > 5
    assert {message for _, _, message in remarks(told)} == {
        f"{name} cannot be decided in this preview: {paths} not known yet" for _, name, paths in undecided
    }
    assert {where for _, where, _ in remarks(told)} == {where for where, _, _ in undecided}
