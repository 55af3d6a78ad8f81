import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import schema
from policy.evaluation import Report, Verdict, evaluate
from policy.model import UNKNOWN, Level, Stack
from policy.rules import RULES
from policy.settings import FOLDER, Settings, SettingsError, for_stack, load, settings_from, settings_schema
from tests.policy.support import QUEUE, TODAY, declare, urn

RULE = "queue-uses-customer-key"
WAIVER: dict[str, Any] = {
    "rule": RULE,
    "resource": f"{QUEUE}::it",
    "reason": "The partner's account cannot use our key before its migration.",
    "owner": "payments",
    "expires": "2027-12-31",
}


def judged(*waivers: object, today: date = TODAY, key: Any = None) -> Report:
    """Judge a queue under the waivers; it fails unless it has a key."""
    stack = Stack([declare(QUEUE, inputs={"kmsMasterKeyId": key})])
    return evaluate(stack, settings_from({"waivers": list(waivers)}), today, [RULES[RULE]])


def kinds(report: Report) -> list[str]:
    return [note.kind for note in report.notes]


# Levels and parameters


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_every_stacks_settings_can_be_used_and_have_no_malformed_waiver(file: Path) -> None:
    assert load(file).notes == ()


def test_the_schema_names_exactly_the_rules_and_parameters_that_there_are() -> None:
    parts = settings_schema()["properties"]
    assert list(parts["levels"]["properties"]) == list(RULES)
    assert parts["waivers"]["items"]["properties"]["rule"]["enum"] == list(RULES)
    named = {rule: set(one["properties"]) for rule, one in parts["parameters"]["properties"].items()}
    assert named == {rule.name: set(rule.parameters) for rule in RULES.values() if rule.parameters}


def test_the_defaults_are_values_that_the_schema_allows() -> None:
    defaults = {
        "parameters": {
            rule.name: {name: one.default for name, one in rule.parameters.items()}
            for rule in RULES.values()
            if rule.parameters
        }
    }
    assert list(schema.problems(defaults, settings_schema())) == []


def test_a_stack_without_a_file_has_every_rule_mandatory_and_nothing_waived(tmp_path: Path) -> None:
    assert for_stack("nobody", tmp_path) == for_stack(None, tmp_path) == Settings()
    assert {Settings().level(rule) for rule in RULES.values()} == {Level.MANDATORY}


def test_a_level_is_the_stacks_own(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(f"levels: {{{RULE}: advisory}}\n")
    settings = for_stack("dev", tmp_path)
    assert [settings.level(RULES[name]) for name in (RULE, "topic-uses-customer-key")] == ["advisory", "mandatory"]
    assert not evaluate(Stack([declare(QUEUE)]), settings, TODAY, [RULES[RULE]]).failed


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"levels": {"all": "advisory"}}, "levels is 'all', expected in levels only policy-has-no-wildcard-action"),
        ({"levels": {"queue-use-customer-key": "advisory"}}, f"(did you mean {RULE}?)"),
        ({"levels": {RULE: "disabled"}}, f"levels.{RULE} is 'disabled', expected one of mandatory, advisory"),
        ({"levels": {RULE: None}}, f"levels.{RULE} is None, expected a string"),
        ({"levels": []}, "levels is [], expected an object"),
        ({"waiver": []}, "(did you mean waivers?)"),
        ([], "the whole is [], expected an object"),
        ("text", "the whole is 'text', expected an object"),
        (
            {"parameters": {"log-group-is-retained": {"minimumDays": 0}}},
            "parameters.log-group-is-retained.minimumDays is 0, expected 1 to 3653",
        ),
        ({"parameters": {"log-group-is-retained": {"minimumDays": True}}}, "is True, expected an integer"),
        ({"parameters": {"log-group-is-retained": {"minimumDays": "3653"}}}, "is '3653', expected an integer"),
        ({"parameters": {"log-group-is-retained": {"days": 1}}}, "is 'days', expected in "),
        ({"parameters": {RULE: {}}}, f"parameters is '{RULE}', expected in parameters only key-is-rotated"),
        ({"parameters": {"resource-is-tagged": {"required": []}}}, "expected at least 1 of them"),
        ({"parameters": {"resource-is-tagged": {"required": ["a", "a"]}}}, "expected no element twice"),
        (
            {"parameters": {"resource-is-tagged": {"required": [" "]}}},
            "required[0] is ' ', expected a text that is not blank",
        ),
        (
            {"parameters": {"resource-is-tagged": {"allowed": {"owner": "x"}}}},
            "allowed.owner is 'x', expected an array",
        ),
        ({"waivers": {}}, "waivers is {}, expected an array"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_key_its_value_and_what_is_allowed(content: object, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings_from(content)
    assert told in str(error.value)


@pytest.mark.parametrize("text", ["levels: [", "\tlevels:", "a: !!python/object/apply:os.getcwd []"])
def test_what_is_no_yaml_is_told_with_its_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"dev\.yaml: cannot be read as YAML"):
        load(file)


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text("# nothing yet\n")
    assert load(tmp_path / "dev.yaml") == Settings()


def near(schema_part: Any) -> st.SearchStrategy[Any]:
    """Values that a part of the schema allows or nearly allows."""
    own: st.SearchStrategy[Any]
    anything: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, 0, 1, 3654, 1.5, "", " ", "x", "2027-02-30", [], ["x"], ["x", "x"], {}]
    )
    match schema_part.get("type"):
        case "object":
            known = {key: near(one) for key, one in schema_part.get("properties", {}).items()}
            others = schema_part.get("additionalProperties")
            more = st.dictionaries(
                st.sampled_from(["all", "x"]), near(others) if isinstance(others, dict) else anything
            )
            own = st.builds(lambda a, b: {**b, **a}, st.fixed_dictionaries({}, optional=known), more)
        case "array":
            own = st.lists(near(schema_part["items"]), max_size=3)
        case "integer":
            own = st.integers(-1, 3654)
        case _:
            own = st.sampled_from(
                schema_part.get(
                    "enum", ["2027-06-30", "20270630", f"{QUEUE}::it", "aws:*::it", "x::y", urn(QUEUE, "it")]
                )
            )
    return st.one_of(own, own, own, anything)


@given(near(settings_schema()))
def test_the_own_check_and_json_schema_agree_on_what_is_allowed(content: Any) -> None:
    reference = jsonschema.Draft202012Validator(
        settings_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert (not list(schema.problems(content, settings_schema()))) is reference.is_valid(content)


def test_a_keyword_that_the_own_check_does_not_understand_is_an_error() -> None:
    with pytest.raises(ValueError, match="maxLength"):
        list(schema.problems("x", {"type": "string", "maxLength": 1}))


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((FOLDER / "schema.json").read_text("utf-8")))


# Waivers


def test_a_waiver_covers_the_findings_of_its_rule_on_its_resource() -> None:
    (result,) = judged(WAIVER).results
    assert result.verdict is Verdict.WAIVED
    assert result.messages
    assert result.waiver is not None
    assert result.waiver.owner == "payments"


def test_a_waiver_may_name_its_resource_by_urn() -> None:
    assert judged(WAIVER | {"resource": urn(QUEUE, "it")}).results[0].verdict is Verdict.WAIVED


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "topic-uses-customer-key"},
        {"resource": f"{QUEUE}::other"},
        {"resource": f"{QUEUE}::i"},
        {"resource": urn(QUEUE, "it", stack="prod")},
        {"resource": "aws:sns/topic:Topic::it"},
    ],
)
def test_a_waiver_of_something_else_covers_nothing_and_is_told_to_be_unused(change: dict[str, str]) -> None:
    report = judged(WAIVER | change)
    assert report.results[0].verdict is Verdict.FAIL
    assert kinds(report) == ["waiver-unused"]


@pytest.mark.parametrize(
    ("days", "expected", "notes"),
    [
        (-31, Verdict.WAIVED, []),
        (-30, Verdict.WAIVED, ["waiver-expires-soon"]),
        (0, Verdict.WAIVED, ["waiver-expires-soon"]),
        (1, Verdict.FAIL, ["waiver-expired"]),
    ],
)
def test_a_waiver_holds_through_its_last_day_and_is_told_of_thirty_days_before(
    days: int, expected: Verdict, notes: list[str]
) -> None:
    report = judged(WAIVER, today=date(2027, 12, 31) + timedelta(days=days))
    assert report.results[0].verdict is expected
    assert kinds(report) == notes
    assert report.failed is (expected is Verdict.FAIL)


@pytest.mark.parametrize("key", WAIVER)
@pytest.mark.parametrize("value", [None, "", " ", 7, [], "absent"])
def test_a_waiver_without_one_of_its_parts_lets_the_finding_back_with_a_note(key: str, value: object) -> None:
    broken = {name: one for name, one in WAIVER.items() if name != key} | ({} if value == "absent" else {key: value})
    report = judged(broken)
    assert report.results[0].verdict is Verdict.FAIL
    assert kinds(report) == ["waiver-malformed"]


@pytest.mark.parametrize(
    "waiver",
    [
        "text",
        WAIVER | {"expires": "2027-02-30"},
        WAIVER | {"expires": "31.12.2027"},
        WAIVER | {"expires": "20271231"},
        WAIVER | {"expires": "never"},
        WAIVER | {"rule": "all"},
        WAIVER | {"rule": "*"},
        WAIVER | {"rule": "queue-uses-customer-keys"},
        WAIVER | {"resource": "*"},
        WAIVER | {"resource": f"{QUEUE}::*"},
        WAIVER | {"resource": "aws:*::it"},
        WAIVER | {"resource": "it"},
        WAIVER | {"expiry": "2027-12-31"},
    ],
)
def test_a_malformed_waiver_covers_nothing_and_no_waiver_has_patterns(waiver: object) -> None:
    report = judged(waiver)
    assert report.failed
    assert kinds(report) == ["waiver-malformed"]


def test_one_malformed_waiver_takes_no_other_with_it() -> None:
    report = judged("text", WAIVER)
    assert report.results[0].verdict is Verdict.WAIVED
    assert kinds(report) == ["waiver-malformed"]


def test_a_waiver_that_nothing_needs_is_told() -> None:
    assert kinds(judged(WAIVER, key="alias/ledger")) == ["waiver-unused"]
    assert kinds(judged(WAIVER, WAIVER)) == ["waiver-unused"]


def test_a_waiver_whose_rule_could_not_decide_is_not_called_unused() -> None:
    assert kinds(judged(WAIVER, key=UNKNOWN)) == []


def test_a_waiver_is_unused_though_its_rule_could_not_decide_on_another_resource() -> None:
    stack = Stack(
        [declare(QUEUE, "other", {"kmsMasterKeyId": UNKNOWN}), declare(QUEUE, "it", {"kmsMasterKeyId": "alias/ledger"})]
    )
    assert kinds(evaluate(stack, settings_from({"waivers": [WAIVER]}), TODAY, [RULES[RULE]])) == ["waiver-unused"]


@pytest.mark.parametrize("last", ["2027-12-31", "'2027-12-31'"])
def test_a_last_day_may_be_written_with_or_without_quotes(tmp_path: Path, last: str) -> None:
    file = tmp_path / "dev.yaml"
    entry = "\n".join(f"  {key}: {value}" for key, value in (WAIVER | {"expires": last}).items())
    file.write_text(f"waivers:\n-{entry[1:]}\n")
    assert [one.expires for one in load(file).waivers] == [date(2027, 12, 31)]


def test_a_day_that_the_calendar_does_not_have_is_its_waivers_problem_alone(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    entry = "\n".join(f"  {key}: {value}" for key, value in (WAIVER | {"expires": "2027-02-30"}).items())
    file.write_text(f"levels: {{{RULE}: advisory}}\nwaivers:\n-{entry[1:]}\n")
    settings = load(file)
    assert settings.levels
    assert [note.kind for note in settings.notes] == ["waiver-malformed"]
