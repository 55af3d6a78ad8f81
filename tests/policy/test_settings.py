import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policy.evaluation import Report, Verdict, evaluate
from policy.model import UNKNOWN, Level, Stack
from policy.rules import RULES
from policy.settings import CONFIG_FOLDER, Settings, SettingsError, load_settings, parse_settings, settings_for_stack
from policy.settings_schema import problems, settings_schema
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
    return evaluate(stack, parse_settings({"waivers": list(waivers)}), today, [RULES[RULE]])


def kinds(report: Report) -> list[str]:
    return [note.kind for note in report.notes]


# Levels and parameters


@pytest.mark.parametrize("file", sorted(CONFIG_FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_the_settings_of_every_stack_are_valid_and_have_no_malformed_waiver(file: Path) -> None:
    assert load_settings(file).notes == ()


def test_the_schema_lists_exactly_the_rules_and_their_parameters() -> None:
    properties = settings_schema()["properties"]
    assert list(properties["levels"]["properties"]) == list(RULES)
    assert properties["waivers"]["items"]["properties"]["rule"]["enum"] == list(RULES)
    parameters = {rule: set(schema["properties"]) for rule, schema in properties["parameters"]["properties"].items()}
    assert parameters == {rule.name: set(rule.parameters) for rule in RULES.values() if rule.parameters}


def test_the_schema_allows_the_default_of_every_parameter() -> None:
    defaults = {
        "parameters": {
            rule.name: {name: parameter.default for name, parameter in rule.parameters.items()}
            for rule in RULES.values()
            if rule.parameters
        }
    }
    assert list(problems(defaults)) == []


def test_in_a_stack_without_a_settings_file_every_rule_is_mandatory_and_nothing_is_waived(tmp_path: Path) -> None:
    assert settings_for_stack("nobody", tmp_path) == settings_for_stack(None, tmp_path) == Settings()
    assert {Settings().level(rule) for rule in RULES.values()} == {Level.MANDATORY}


def test_a_stack_can_make_a_rule_advisory(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(f"levels: {{{RULE}: advisory}}\n")
    settings = settings_for_stack("dev", tmp_path)
    assert [settings.level(RULES[name]) for name in (RULE, "topic-uses-customer-key")] == ["advisory", "mandatory"]
    assert not evaluate(Stack([declare(QUEUE)]), settings, TODAY, [RULES[RULE]]).failed


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"levels": {"all": "advisory"}},
            f"levels has the unknown key 'all', expected one of the {len(RULES)} names that "
            "`python -m policy schema settings` lists",
        ),
        ({"levels": {"queue-use-customer-key": "advisory"}}, f"(did you mean {RULE}?)"),
        ({"levels": {RULE: "disabled"}}, f"levels.{RULE} is 'disabled', expected one of mandatory, advisory"),
        ({"levels": {RULE: "advisry"}}, "(did you mean advisory?)"),
        ({"levels": {RULE: None}}, f"levels.{RULE} is None, expected a string"),
        ({"levels": []}, "levels is [], expected an object"),
        (
            {"waiver": []},
            "the file has the unknown key 'waiver', expected one of extends, levels, parameters, waivers "
            "(did you mean waivers?)",
        ),
        ({"extends": " "}, "extends is ' ', expected text that is not blank"),
        ([], "the file is [], expected an object"),
        ("text", "the file is 'text', expected an object"),
        (
            {"parameters": {"log-group-has-retention-period": {"minimumDays": 0}}},
            "parameters.log-group-has-retention-period.minimumDays is 0, expected 1 to 3653",
        ),
        ({"parameters": {"log-group-has-retention-period": {"minimumDays": True}}}, "is True, expected an integer"),
        ({"parameters": {"log-group-has-retention-period": {"minimumDays": "3653"}}}, "is '3653', expected an integer"),
        (
            {"parameters": {"log-group-has-retention-period": {"days": 1}}},
            "parameters.log-group-has-retention-period has the unknown key 'days', expected one of minimumDays",
        ),
        ({"parameters": {RULE: {}}}, f"parameters has the unknown key '{RULE}', expected one of the "),
        ({"parameters": {"resource-is-tagged": {"required": []}}}, "required is [], expected at least 1 item"),
        ({"parameters": {"resource-is-tagged": {"required": ["a", "a"]}}}, "expected no item twice"),
        (
            {"parameters": {"resource-is-tagged": {"required": [" "]}}},
            "required[0] is ' ', expected text that is not blank",
        ),
        (
            {"parameters": {"resource-is-tagged": {"allowed": {"owner": "x"}}}},
            "allowed.owner is 'x', expected an array",
        ),
        ({"waivers": {}}, "waivers is {}, expected an array"),
    ],
)
def test_a_settings_error_names_the_key_the_value_and_what_is_allowed(content: object, expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings(content)
    assert expected in str(error.value)


@pytest.mark.parametrize("text", ["levels: [", "\tlevels:", "a: !!python/object/apply:os.getcwd []"])
def test_a_file_that_is_not_yaml_is_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"dev\.yaml: cannot be read as YAML"):
        load_settings(file)


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text("# nothing yet\n")
    assert load_settings(tmp_path / "dev.yaml") == Settings()


def nearly_valid(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a part of the schema allows or nearly allows."""
    own: st.SearchStrategy[Any]
    anything: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, 0, 1, 3654, 1.5, "", " ", "x", "2027-02-30", [], ["x"], ["x", "x"], {}]
    )
    match schema.get("type"):
        case "object":
            known = {key: nearly_valid(value) for key, value in schema.get("properties", {}).items()}
            further = schema.get("additionalProperties")
            unknown = st.dictionaries(
                st.sampled_from(["all", "x"]), nearly_valid(further) if isinstance(further, dict) else anything
            )
            own = st.builds(lambda a, b: {**b, **a}, st.fixed_dictionaries({}, optional=known), unknown)
        case "array":
            own = st.lists(nearly_valid(schema["items"]), max_size=3)
        case "integer":
            own = st.integers(-1, 3654)
        case _:
            own = st.sampled_from(
                schema.get("enum", ["2027-06-30", "20270630", f"{QUEUE}::it", "aws:*::it", "x::y", urn(QUEUE, "it")])
            )
    return st.one_of(own, own, own, anything)


@given(nearly_valid(settings_schema()))
def test_content_is_accepted_without_notes_exactly_if_the_schema_allows_it(content: Any) -> None:
    reference = jsonschema.Draft202012Validator(
        settings_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    try:
        accepted = parse_settings(content).notes == ()
    except SettingsError:
        accepted = False
    assert accepted is reference.is_valid(content)


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((CONFIG_FOLDER / "schema.json").read_text("utf-8")))


# Files that extend another


def written(folder: Path, **files: Any) -> Path:
    """Write settings files; return the first."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return folder / f"{next(iter(files))}.yaml"


def test_a_file_adds_its_waivers_to_those_of_the_file_that_it_extends(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        dev={"extends": "common.yaml", "waivers": [WAIVER | {"owner": "dev"}]},
        common={"waivers": [WAIVER | {"owner": "all"}]},
    )
    assert [waiver.owner for waiver in load_settings(file).waivers] == ["all", "dev"]


def test_of_levels_and_parameters_the_nearest_file_wins_and_maps_are_merged_entry_by_entry(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        dev={
            "extends": "common.yaml",
            "levels": {RULE: "mandatory"},
            "parameters": {"resource-is-tagged": {"allowed": {"environment": ["dev"]}}},
        },
        common={
            "extends": "base.yaml",
            "levels": {RULE: "advisory", "topic-uses-customer-key": "advisory"},
            "parameters": {
                "resource-is-tagged": {
                    "allowed": {"environment": ["any"], "owner": ["platform"]},
                    "required": ["owner"],
                }
            },
        },
        base={
            "parameters": {"key-deletion-waits": {"minimumDays": 7}, "resource-is-tagged": {"required": ["project"]}}
        },
    )
    settings = load_settings(file)
    assert settings.levels == {RULE: "mandatory", "topic-uses-customer-key": "advisory"}
    assert settings.parameters == {
        "key-deletion-waits": {"minimumDays": 7},
        "resource-is-tagged": {"allowed": {"environment": ["dev"], "owner": ["platform"]}, "required": ["owner"]},
    }


def test_the_path_of_an_extended_file_is_relative_to_the_file_that_extends_it(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    written(tmp_path, common={"levels": {RULE: "advisory"}})
    file = written(tmp_path / "stacks", dev={"extends": "../common.yaml"})
    assert load_settings(file).levels == {RULE: "advisory"}


def test_a_missing_extended_file_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    file = written(tmp_path, dev={"extends": "commn.yaml"}, common={})
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    expected = f"{file}: extends is 'commn.yaml', expected a file relative to {tmp_path} (did you mean common.yaml?)"
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("files", "loop"),
    [
        ({"dev": {"extends": "dev.yaml"}}, "dev.yaml extends dev.yaml"),
        (
            {"dev": {"extends": "a.yaml"}, "a": {"extends": "b.yaml"}, "b": {"extends": "a.yaml"}},
            "a.yaml extends b.yaml extends a.yaml",
        ),
    ],
)
def test_files_that_extend_each_other_in_a_loop_are_an_error_that_names_them(
    tmp_path: Path, files: dict[str, Any], loop: str
) -> None:
    with pytest.raises(SettingsError, match=f"which makes a loop: {loop}; remove one of these lines"):
        load_settings(written(tmp_path, **files))


def test_an_error_in_an_extended_file_names_that_file(tmp_path: Path) -> None:
    file = written(tmp_path, dev={"extends": "common.yaml"}, common={"levls": {}})
    with pytest.raises(
        SettingsError, match=r"common\.yaml: the file has the unknown key 'levls', .*did you mean levels"
    ):
        load_settings(file)


def test_the_note_on_a_malformed_waiver_names_its_file_and_what_it_lacks(tmp_path: Path) -> None:
    file = written(tmp_path, dev={"extends": "common.yaml"}, common={"waivers": [WAIVER, {"rule": RULE}]})
    settings = load_settings(file)
    assert len(settings.waivers) == 1
    assert [note.message for note in settings.notes] == [
        "common.yaml: a malformed waiver has no effect: waivers[1] lacks resource, reason, owner, expires"
    ]


def test_the_stacks_share_their_waivers() -> None:
    shared = load_settings(CONFIG_FOLDER / "common.yaml").waivers
    stacks = [file for file in CONFIG_FOLDER.glob("*.yaml") if file.name != "common.yaml"]
    assert shared
    assert all(set(shared) <= set(load_settings(file).waivers) for file in stacks)


# Waivers


def test_a_waiver_covers_the_findings_of_its_rule_on_its_resource() -> None:
    (result,) = judged(WAIVER).results
    assert result.verdict is Verdict.WAIVED
    assert result.messages
    assert result.waiver is not None
    assert result.waiver.owner == "payments"


def test_a_waiver_can_name_its_resource_by_urn() -> None:
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
def test_a_waiver_of_another_rule_or_resource_has_no_effect_and_is_noted_as_unused(change: dict[str, str]) -> None:
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
def test_a_waiver_is_valid_through_its_last_day_and_is_noted_thirty_days_before_it_expires(
    days: int, expected: Verdict, notes: list[str]
) -> None:
    report = judged(WAIVER, today=date(2027, 12, 31) + timedelta(days=days))
    assert report.results[0].verdict is expected
    assert kinds(report) == notes
    assert report.failed is (expected is Verdict.FAIL)


@pytest.mark.parametrize("key", WAIVER)
@pytest.mark.parametrize("value", [None, "", " ", 7, [], "absent"])
def test_a_waiver_that_lacks_a_field_has_no_effect_and_is_noted(key: str, value: object) -> None:
    broken = {name: entry for name, entry in WAIVER.items() if name != key} | (
        {} if value == "absent" else {key: value}
    )
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
def test_a_malformed_waiver_and_one_with_a_wildcard_have_no_effect(waiver: object) -> None:
    report = judged(waiver)
    assert report.failed
    assert kinds(report) == ["waiver-malformed"]


def test_a_malformed_waiver_does_not_affect_the_others() -> None:
    report = judged("text", WAIVER)
    assert report.results[0].verdict is Verdict.WAIVED
    assert kinds(report) == ["waiver-malformed"]


def test_a_waiver_without_a_finding_is_noted_as_unused() -> None:
    assert kinds(judged(WAIVER, key="alias/ledger")) == ["waiver-unused"]
    assert kinds(judged(WAIVER, WAIVER)) == ["waiver-unused"]


def test_a_waiver_whose_rule_is_undecided_is_not_noted_as_unused() -> None:
    assert kinds(judged(WAIVER, key=UNKNOWN)) == []


def test_a_waiver_is_unused_even_if_its_rule_is_undecided_for_another_resource() -> None:
    stack = Stack(
        [declare(QUEUE, "other", {"kmsMasterKeyId": UNKNOWN}), declare(QUEUE, "it", {"kmsMasterKeyId": "alias/ledger"})]
    )
    assert kinds(evaluate(stack, parse_settings({"waivers": [WAIVER]}), TODAY, [RULES[RULE]])) == ["waiver-unused"]


@pytest.mark.parametrize("last", ["2027-12-31", "'2027-12-31'"])
def test_an_expiry_date_can_be_written_with_or_without_quotes(tmp_path: Path, last: str) -> None:
    file = tmp_path / "dev.yaml"
    entry = "\n".join(f"  {key}: {value}" for key, value in (WAIVER | {"expires": last}).items())
    file.write_text(f"waivers:\n-{entry[1:]}\n")
    assert [waiver.expires for waiver in load_settings(file).waivers] == [date(2027, 12, 31)]


def test_an_impossible_expiry_date_invalidates_its_waiver_alone(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    entry = "\n".join(f"  {key}: {value}" for key, value in (WAIVER | {"expires": "2027-02-30"}).items())
    file.write_text(f"levels: {{{RULE}: advisory}}\nwaivers:\n-{entry[1:]}\n")
    settings = load_settings(file)
    assert settings.levels
    assert [note.kind for note in settings.notes] == ["waiver-malformed"]
