"""The settings: which values are valid, and what an invalid one says."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any, get_type_hints

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.constraints import SettingError, first_zones
from components.context import AwsContext
from components.principals import overlap
from components.settings import LOG_RETENTION_DAYS, Settings, read

CONTEXT = AwsContext(partition="aws", region="eu-central-1", account_id="123456789012", prefix="strongroom-dev")
VALID = Settings(
    environment="dev",
    owner="platform",
    cost_centre="a-1",
    repository="strongroom",
    protection=True,
    cidr="10.20.0.0/16",
    zones=3,
    raw_retention_days=90,
    log_retention_days=3653,
    object_lock_mode="governance",
    object_lock_years=10,
    key_rotation_days=365,
    key_deletion_days=30,
    deploy_principals=["role/deploy"],
    break_glass_principals=["role/break-glass"],
    uploaders=["role/upload-*"],
    readers=["role/reader", "arn:aws:iam::123456789012:role/team/reader"],
    quarantine_operators=["user/quarantine"],
    auditors=["role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_*"],
    services=["role/aws-service-role/macie.amazonaws.com/*"],
    operators=["role/on-call"],
    perimeter="enforced",
    replica_region="eu-west-1",
    replica_role_arn="",
    permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
    function_memory=1024,
    function_timeout=300,
    function_storage=512,
    function_concurrency=10,
    function_reserved=0,
    function_architecture="arm64",
    account_last4=True,
    malware_scan="guardduty",
    trail_arn="",
    trail_log_group="",
    trail_insights=False,
    dns_firewall=True,
    request_metrics=False,
    saved_queries=True,
    prefix_list_rules=True,
    trail_endpoint_ids=True,
    full_read_back=True,
    page_subscriptions=["oncall@example.com", "arn:aws:sqs:eu-central-1:123456789012:pages"],
    ticket_subscriptions=[],
    alarm_thresholds={},
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("environment", "production"),
        ("owner", ""),
        ("owner", "a\nb"),
        ("cidr", "10.20.0.0/8"),
        ("cidr", "8.8.0.0/16"),
        ("cidr", "10.20.0.1/16"),
        ("cidr", "everything"),
        ("zones", 1),
        ("zones", 5),
        ("raw_retention_days", 0),
        ("log_retention_days", 2556),
        ("log_retention_days", 365),
        ("log_retention_days", 0),
        ("key_rotation_days", 89),
        ("key_rotation_days", 2561),
        ("key_deletion_days", 6),
        ("function_timeout", 901),
        ("function_storage", 511),
        ("function_storage", 10241),
        ("function_concurrency", 1),
        ("replica_region", "Ireland"),
        ("replica_role_arn", "role/deploy"),
        ("replica_role_arn", "arn:aws:iam::2222:role/deploy"),
        ("function_architecture", "arm"),
        ("function_reserved", 9),
        ("function_reserved", -1),
        ("object_lock_mode", "GOVERNANCE"),
        ("object_lock_mode", "none"),
        ("object_lock_years", 6),
        ("object_lock_years", 101),
        ("perimeter", "on"),
        ("malware_scan", "on"),
        ("deploy_principals", []),
        ("deploy_principals", ["deploy"]),
        ("deploy_principals", ["arn:aws:sts::123456789012:assumed-role/deploy/session"]),
        ("break_glass_principals", ["*"]),
        ("break_glass_principals", ["role/*"]),
        ("break_glass_principals", ["role/*/??"]),
        ("auditors", ["arn:aws:iam::*:role/auditor"]),
        ("uploaders", ["role/reader"]),
        ("uploaders", ["role/*der"]),
        ("uploaders", ["arn:aws:iam::999988887777:role/reader"]),  # may be the account of the deployment
        ("uploaders", ["arn:aws:iam::123456789012:role/team/*"]),
        ("uploaders", ["user/quarantin?"]),
        ("deploy_principals", ["role/upload-1"]),
        ("deploy_principals", ["role/rea*"]),
        ("operators", ["role/reader"]),
        ("operators", ["user/quarantine"]),
        ("operators", ["*"]),
        ("permissions_boundary", "boundary"),
        ("trail_arn", "trail"),
        ("trail_log_group", "/aws/cloudtrail/all"),
        ("page_subscriptions", ["nobody"]),
        ("ticket_subscriptions", ["arn:aws:s3:::bucket"]),
    ],
)
def test_an_invalid_value_is_an_error_that_names_key_value_and_expected_values(key: str, value: Any) -> None:
    with pytest.raises(SettingError) as error:
        replace(VALID, **{key: value})
    message = str(error.value)
    assert f"strongroom:{key}" in message
    assert "expected" in message
    assert repr(value) in message


PRODUCTION = replace(VALID, environment="prod", page_subscriptions=["arn:aws:sqs:eu-central-1:123456789012:pages"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("page_subscriptions", []),
        ("page_subscriptions", ["oncall@example.com"]),
        ("page_subscriptions", ["oncall@pages.example.org", "oncall@firm.invalid"]),
        ("break_glass_principals", []),
        ("deploy_principals", []),  # with the perimeter enforced
    ],
)
def test_production_is_refused_with_nobody_to_page_or_to_act_in_an_emergency_or_to_deploy(key: str, value: Any) -> None:
    with pytest.raises(SettingError, match=f"strongroom:{key} is {re.escape(repr(value))}; expected at least one"):
        replace(PRODUCTION, **{key: value})
    assert getattr(PRODUCTION, key)


def test_one_real_subscriber_beside_a_reserved_address_is_enough_for_production() -> None:
    assert replace(PRODUCTION, page_subscriptions=["a@example.com", "oncall@firm.eu"]).page_subscriptions


DEPLOYMENT = AwsContext(partition="aws", region="eu-central-1", account_id="123456789012", prefix="strongroom-dev")
ROLE, USER = "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:user/"


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize(
    ("named", "caller"),
    [
        (["role/deploy"], f"{ROLE}deploy"),
        (["role/other", "role/pipelines/*"], f"{ROLE}pipelines/team/deploy"),
        (["user/deploy-?"], f"{USER}deploy-1"),
        ([f"{ROLE}deploy"], f"{ROLE}deploy"),
    ],
)
def test_a_named_deployer_may_deploy(environment: str, named: list[str], caller: str) -> None:
    settings = replace(PRODUCTION, environment=environment, deploy_principals=named)
    settings.check_deployer(settings.principals(DEPLOYMENT), caller)


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize(
    ("named", "caller"),
    [
        (["role/deploy"], f"{ROLE}team/deploy"),
        (["role/deploy"], f"{ROLE}deploy2"),
        (["role/deploy"], f"{USER}deploy"),
        (["role/deploy"], "arn:aws:iam::123456789012:root"),
        (["role/deploy"], "arn:aws:iam::999988887777:role/deploy"),
    ],
)
def test_a_deployer_whom_the_stack_would_lock_out_is_refused(environment: str, named: list[str], caller: str) -> None:
    settings = replace(PRODUCTION, environment=environment, deploy_principals=named)
    with pytest.raises(SettingError, match=f"strongroom:deploy_principals is .*{re.escape(caller)}, which deploys"):
        settings.check_deployer(settings.principals(DEPLOYMENT), caller)


@pytest.mark.parametrize("group", ["uploaders", "readers", "quarantine_operators", "auditors"])
def test_a_deployer_in_a_group_that_is_denied_code_or_evidence_is_refused(group: str) -> None:
    names = ("deploy_principals", "uploaders", "readers", "quarantine_operators", "auditors", "operators")
    changes: dict[str, Any] = {**{name: [] for name in names}, "perimeter": "off", group: ["role/adm*"]}
    settings = replace(VALID, **changes)
    with pytest.raises(SettingError, match=f"strongroom:{group} is "):
        settings.check_deployer(settings.principals(DEPLOYMENT), f"{ROLE}admin")
    settings.check_deployer(settings.principals(DEPLOYMENT), f"{ROLE}other")


def test_a_short_boundary_is_in_the_account_of_the_deployment() -> None:
    assert DEPLOYMENT.iam_arn("policy/boundary") == "arn:aws:iam::123456789012:policy/boundary"
    assert DEPLOYMENT.iam_arn(VALID.permissions_boundary) == VALID.permissions_boundary
    assert replace(VALID, permissions_boundary="policy/boundary")


DECLARED = yaml.safe_load((Path(__file__).parents[2] / "Pulumi.yaml").read_text("utf-8"))["config"]


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings) if field.name != "alarm_thresholds"])
def test_the_project_declares_every_setting_with_type_and_description(setting: str) -> None:
    declared = DECLARED[f"strongroom:{setting}"]
    kind = {"string": str, "integer": int, "boolean": bool, "array": list[str]}[declared["type"]]
    assert get_type_hints(Settings)[setting] == kind
    assert len(declared["description"].split()) > 2
    assert not declared["description"].endswith(".")


def test_the_project_declares_nothing_but_settings() -> None:
    names = {f"strongroom:{field.name}" for field in fields(Settings)}
    assert set(DECLARED) <= {*names, "pulumi:autonaming"}


def test_every_generated_name_begins_with_project_and_stack_to_which_the_roles_are_limited() -> None:
    assert DECLARED["pulumi:autonaming"]["value"]["pattern"].startswith("${project}-${stack}-${name}-")


@given(st.integers(min_value=-10, max_value=5000))
def test_log_retention_is_at_least_seven_years_and_a_period_that_cloudwatch_supports(days: int) -> None:
    if days in LOG_RETENTION_DAYS:
        assert replace(VALID, log_retention_days=days).log_retention_days >= 7 * 365
    else:
        with pytest.raises(SettingError):
            replace(VALID, log_retention_days=days)


def test_zones_are_chosen_in_the_order_of_their_ids() -> None:
    assert first_zones(["use1-az3", "use1-az1", "use1-az2"], 2) == ("use1-az1", "use1-az2")


def test_more_zones_than_the_region_has_are_an_error() -> None:
    with pytest.raises(SettingError, match="at most 2"):
        first_zones(["use1-az1", "use1-az2"], 3)


NAMES = st.text(alphabet="ab*?", max_size=6)


def fits(pattern: str, text: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(character, character) for character in pattern)
    return re.fullmatch(expression, text) is not None


@given(NAMES, NAMES)
def test_patterns_overlap_exactly_if_a_name_matches_both(left: str, right: str) -> None:
    # If a name matches both patterns, then so does a name of these two letters that is no longer than both together.
    texts = ["".join(letters) for size in range(7) for letters in product("ab", repeat=size)]
    both = any(fits(left, text) and fits(right, text) for text in texts)
    if both:
        assert overlap(f"role/{left}", f"role/{right}")
    elif len(left) + len(right) <= 6:
        assert not overlap(f"role/{left}", f"role/{right}")


def test_a_short_pattern_is_in_the_account_of_the_deployment_and_an_arn_stays_as_it_is() -> None:
    principals = VALID.principals(CONTEXT)
    assert principals.deploy == ("arn:aws:iam::123456789012:role/deploy",)
    assert principals.readers[1] == "arn:aws:iam::123456789012:role/team/reader"
    assert principals.guardrail_admins == (*principals.deploy, *principals.break_glass)
    assert replace(VALID, deploy_principals=[], perimeter="off").principals(CONTEXT).guardrail_admins == ()


@pytest.mark.parametrize("key", ["deploy_principals", "break_glass_principals", "readers", "services"])
@pytest.mark.parametrize("arn", ["arn:aws:iam::999999999999:role/x", "arn:aws-cn:iam::123456789012:role/x"])
def test_a_principal_of_another_account_or_partition_is_an_error_that_names_setting_and_principal(
    key: str, arn: str
) -> None:
    changes: dict[str, Any] = {key: ["role/own", arn]}
    settings = replace(VALID, **changes)
    with pytest.raises(SettingError, match=rf"strongroom:{key} is \['{arn}'\].*account 123456789012"):
        settings.principals(CONTEXT)


@pytest.fixture
def config() -> Iterator[pulumi.Config]:
    """The config of a stack in which every setting has a value."""
    values = {
        f"strongroom:{field.name}": value if isinstance(value, str) else json.dumps(value)
        for field in fields(Settings)
        for value in [getattr(VALID, field.name)]
    }
    pulumi.runtime.set_all_config(values, [])
    yield pulumi.Config("strongroom")
    pulumi.runtime.set_all_config({}, [])


def test_settings_are_read_from_the_config_of_the_stack(config: pulumi.Config) -> None:
    assert read(config) == VALID


@pytest.mark.parametrize("key", [field.name for field in fields(Settings)])
def test_a_secret_setting_is_refused_whatever_its_type_and_the_error_does_not_show_it(
    config: pulumi.Config, key: str
) -> None:
    pulumi.runtime.set_all_config(dict(pulumi.runtime.config.CONFIG.get()), [f"strongroom:{key}"])
    with pytest.raises(SettingError, match=rf"strongroom:{key} is a secret.*without --secret") as error:
        read(config)
    assert repr(getattr(VALID, key)) not in str(error.value)


def warnings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", shown.append)
    settings.warn_of_open_doors(settings.principals(CONTEXT))
    return shown


EMPTY: dict[str, Any] = {
    "deploy_principals": [], "uploaders": [], "readers": [], "quarantine_operators": [], "auditors": [], "perimeter": "off",
}  # fmt: skip


def test_a_stack_warns_once_of_every_door_that_an_empty_group_leaves_to_iam(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,) = warnings(replace(VALID, **EMPTY), monkeypatch)
    for door in ("read the output bucket", "write the input bucket", "read the quarantine bucket", "change policies"):
        assert door in warning
    assert "read the input bucket" not in warning  # only the processor and break-glass read it, whoever is named
    assert "write the output bucket" not in warning


def test_a_stack_warns_only_of_the_groups_that_have_no_members(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,) = warnings(replace(VALID, quarantine_operators=[]), monkeypatch)
    assert "read the quarantine bucket (name quarantine_operators)" in warning
    assert warning.count("name ") == 1


def test_a_local_stack_and_a_stack_with_members_in_every_group_do_not_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warnings(VALID, monkeypatch) == []
    assert warnings(replace(VALID, environment="local", **EMPTY), monkeypatch) == []


def test_an_existing_trail_keeps_its_arn_and_log_group() -> None:
    arn = "arn:aws:cloudtrail:eu-central-1:123456789012:trail/all"
    trail = replace(VALID, trail_arn=arn, trail_log_group="/all").existing_trail
    assert trail is not None
    assert (trail.arn, trail.log_group_name) == (arn, "/all")
    assert VALID.existing_trail is None


def test_no_reserved_concurrency_means_that_the_function_shares_that_of_the_account() -> None:
    assert VALID.function_size.reserved is None
    assert replace(VALID, function_reserved=10).function_size.reserved == 10


def test_a_threshold_for_an_unknown_alarm_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(
        SettingError,
        match=r"strongroom:alarm_thresholds: there is no alarm named queue-backlog-agee; expected names are",
    ):
        replace(VALID, alarm_thresholds={"queue-backlog-agee": 5.0})
    assert replace(VALID, alarm_thresholds={"queue-backlog-age": 5.0}).alarm_thresholds == {"queue-backlog-age": 5.0}


OTHER_ROLE = "arn:aws:iam::222222222222:role/deploy"


def test_the_second_copy_is_in_the_named_region_and_in_the_account_of_the_named_role() -> None:
    copies = replace(VALID, replica_role_arn=OTHER_ROLE).replica(DEPLOYMENT)
    assert copies == replace(DEPLOYMENT, region="eu-west-1", account_id="222222222222")
    assert VALID.replica(DEPLOYMENT) == replace(DEPLOYMENT, region="eu-west-1")
    assert replace(VALID, replica_region="").replica(DEPLOYMENT) is None


def test_a_second_copy_in_the_region_of_the_stack_is_refused() -> None:
    with pytest.raises(SettingError, match="strongroom:replica_region is 'eu-central-1'; expected another region"):
        replace(VALID, replica_region="eu-central-1").replica(DEPLOYMENT)


def test_a_role_of_the_stacks_own_account_is_refused_for_the_second_copy() -> None:
    with pytest.raises(SettingError, match=r"strongroom:replica_role_arn is .*; expected a role of another account"):
        replace(VALID, replica_role_arn=f"{ROLE}deploy").replica(DEPLOYMENT)


def test_a_role_for_the_second_copy_needs_its_region() -> None:
    with pytest.raises(
        SettingError, match=r"strongroom:replica_role_arn is .*; expected nothing without replica_region"
    ):
        replace(VALID, replica_region="", replica_role_arn=OTHER_ROLE)
