"""What differs between stacks, read from the Pulumi config once and checked before any resource exists."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, get_args, get_origin, get_type_hints

import pulumi

from components.audit.tier import ExistingTrail, trail_arn
from components.boundary import with_boundary
from components.config_values import config_value
from components.constraints import (
    BOUNDARY,
    PRINCIPALS,
    PRIVATE_BLOCK,
    RECEIVED,
    REGION,
    ROLE_ARN,
    SUBSCRIBERS,
    TAG_VALUE,
    TRAIL,
    Constraint,
    SettingError,
    between,
    one_of,
    setting_error,
)
from components.context import AwsContext
from components.data.buckets import BUCKETS, open_doors
from components.emulation import ignore_properties_not_read_back
from components.monitoring.catalogue import ThresholdError, check_thresholds
from components.principals import CONFLICTS, Principals, is_member
from components.processing.function_size import FunctionSize
from components.retention import ObjectLock, Retention
from components.tags import Transformation, tagging

LOG_RETENTION_DAYS = (2557, 2922, 3288, 3653)
"""Retention periods that CloudWatch Logs offers and that are at least seven years; SEC 17a-4(a) asks for six."""


_NOT_DEPLOYERS = tuple(
    dict.fromkeys(
        group for row in BUCKETS.values() if {"deploy"} & {*row.readers, *row.writers} for group in row.never_read
    )
)
"""Groups that are denied a bucket that a deployment reads or writes: a deployer among them would be locked out."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one stack; `Pulumi.yaml` has their types, defaults and descriptions.

    Raises
    ------
    SettingError
        A value is not allowed; the message names the key, the value and what is expected.
    """

    environment: Annotated[str, one_of("local", "dev", "prod")]
    owner: Annotated[str, TAG_VALUE]
    cost_centre: Annotated[str, TAG_VALUE]
    repository: Annotated[str, TAG_VALUE]
    protection: bool
    cidr: Annotated[str, PRIVATE_BLOCK]
    zones: Annotated[int, between(2, 4)]
    raw_retention_days: Annotated[int, between(1, 3653)]
    log_retention_days: Annotated[int, one_of(*LOG_RETENTION_DAYS)]
    object_lock_mode: Annotated[str, one_of("governance", "compliance")]
    object_lock_years: Annotated[int, between(7, 100)]
    key_rotation_days: Annotated[int, between(90, 2560)]
    key_deletion_days: Annotated[int, between(7, 30)]
    deploy_principals: Annotated[list[str], PRINCIPALS]
    break_glass_principals: Annotated[list[str], PRINCIPALS]
    uploaders: Annotated[list[str], PRINCIPALS]
    readers: Annotated[list[str], PRINCIPALS]
    quarantine_operators: Annotated[list[str], PRINCIPALS]
    auditors: Annotated[list[str], PRINCIPALS]
    operators: Annotated[list[str], PRINCIPALS]
    services: Annotated[list[str], PRINCIPALS]
    perimeter: Annotated[str, one_of("off", "enforced")]
    replica_region: Annotated[str, REGION]
    replica_role_arn: Annotated[str, ROLE_ARN]
    permissions_boundary: Annotated[str, BOUNDARY]
    function_memory: Annotated[int, between(128, 10240)]
    function_timeout: Annotated[int, between(30, 900)]
    function_storage: Annotated[int, between(512, 10240)]
    function_concurrency: Annotated[int, between(2, 1000)]
    function_reserved: int
    function_architecture: Annotated[str, one_of("arm64", "x86_64")]
    account_last4: bool
    malware_scan: Annotated[str, one_of("off", "guardduty")]
    trail_arn: Annotated[str, TRAIL]
    trail_log_group: str
    trail_insights: bool
    trail_endpoint_ids: bool
    dns_firewall: bool
    request_metrics: bool
    saved_queries: bool
    prefix_list_rules: bool
    full_read_back: bool
    page_subscriptions: Annotated[list[str], SUBSCRIBERS]
    ticket_subscriptions: Annotated[list[str], SUBSCRIBERS]
    alarm_thresholds: dict[str, float]

    def __post_init__(self) -> None:
        for key, hint in get_type_hints(Settings, include_extras=True).items():
            if get_origin(hint) is Annotated:
                self._check(key, get_args(hint)[1])
        for key, (others, reason) in CONFLICTS.items():
            self._check_apart(key, others, reason)
        self._check_apart(
            "deploy_principals", _NOT_DEPLOYERS, "those are denied the code and evidence that a deployment needs"
        )
        if self.environment == "prod":
            self._check_production()
        if self.perimeter == "enforced":
            self._check("deploy_principals", Constraint(bool, "at least one while the perimeter is enforced"))
        concurrency = self.function_concurrency
        expected = f"0 for none, or at least function_concurrency, which is {concurrency}"
        self._check("function_reserved", Constraint(lambda value: value == 0 or value >= concurrency, expected))
        if not self.trail_arn:
            own = "nothing without trail_arn: the stack's own trail has its own log group"
            self._check("trail_log_group", Constraint(lambda value: not value, own))
        if not self.replica_region:
            self._check("replica_role_arn", Constraint(lambda value: not value, "nothing without replica_region"))
        try:
            check_thresholds(self.alarm_thresholds)
        except ThresholdError as error:
            raise SettingError(f"Setting strongroom:alarm_thresholds: {error}") from None

    def _check_apart(self, key: str, others: Sequence[str], reason: str) -> None:
        for excluded in others:
            both = [pattern for pattern in getattr(self, key) if is_member(pattern, getattr(self, excluded))]
            if both:
                expected = f"no principals of {excluded} ({both} may be both): {reason}"
                raise setting_error(key, repr(getattr(self, key)), expected)

    def _check_production(self) -> None:
        """Check that production can page somebody, and that somebody can act in an emergency."""
        self._check("page_subscriptions", RECEIVED)
        self._check(
            "break_glass_principals",
            Constraint(bool, "at least one while environment is prod: nobody else may act in an emergency"),
        )

    def _check(self, key: str, constraint: Constraint) -> None:
        value = getattr(self, key)
        if not constraint.holds(value):
            raise setting_error(key, repr(value), constraint.expected)

    @property
    def retention(self) -> Retention:
        """How long data are kept."""
        return Retention(
            raw_days=self.raw_retention_days,
            log_days=self.log_retention_days,
            lock=ObjectLock(mode=self.object_lock_mode.upper(), years=self.object_lock_years),
            protection=self.protection,
        )

    @property
    def existing_trail(self) -> ExistingTrail | None:
        """The existing trail that the stack uses; None for a trail of its own."""
        if not self.trail_arn:
            return None
        return ExistingTrail(arn=self.trail_arn, log_group_name=self.trail_log_group or None)

    @property
    def function_size(self) -> FunctionSize:
        """Capacity of the processor."""
        return FunctionSize(
            memory=self.function_memory,
            timeout=self.function_timeout,
            storage=self.function_storage,
            concurrency=self.function_concurrency,
            reserved=self.function_reserved or None,
            architecture=self.function_architecture,
        )

    def own_trail(self, context: AwsContext) -> str | None:
        """Return the ARN that the stack's own trail will have; None if it uses an existing trail."""
        return None if self.trail_arn else trail_arn(context)

    def principals(self, context: AwsContext) -> Principals:
        """Return the groups of principals; a short pattern is completed with the account that is deployed to.

        Raises
        ------
        SettingError
            A principal belongs to another account: policies of buckets and keys allow nothing to other accounts.
        """
        groups = {}
        for field in fields(Principals):
            key = f"{field.name}_principals" if field.name in ("deploy", "break_glass") else field.name
            groups[field.name] = tuple(context.iam_arn(pattern) for pattern in getattr(self, key))
            foreign = [arn for arn in groups[field.name] if not arn.startswith(context.iam_arn(""))]
            if foreign:
                expected = f"principals of account {context.account_id}; let others assume a role of this account"
                raise setting_error(key, repr(foreign), expected)
        return Principals(**groups)

    def replica(self, context: AwsContext) -> AwsContext | None:
        """Return account and region of the second copy; None if there is none.

        Raises
        ------
        SettingError
            The copy would be in the stack's own region, or its role is one of the stack's own account.
        """
        if not self.replica_region:
            return None
        if self.replica_region == context.region:
            raise setting_error("replica_region", repr(self.replica_region), "another region than that of the stack")
        account_id = self.replica_role_arn.split(":")[4] if self.replica_role_arn else context.account_id
        if self.replica_role_arn and account_id == context.account_id:
            expected = f"a role of another account than {account_id}, or nothing for a copy in this account"
            raise setting_error("replica_role_arn", repr(self.replica_role_arn), expected)
        return replace(context, region=self.replica_region, account_id=account_id)

    def warn_of_open_doors(self, principals: Principals) -> None:
        """Say what IAM alone decides because groups have no members, unless the stack is local."""
        doors = open_doors(principals) if self.environment != "local" else []
        if doors:
            pulumi.log.warn(f"Groups without members leave it to IAM alone who may: {'; '.join(doors)}.")

    def check_deployer(self, principals: Principals, caller: str) -> None:
        """Check before an update that the stack's own denies would not lock its deployer out.

        Parameters
        ----------
        caller
            ARN of the user or role that deploys (`components.context.caller_arn`).

        Raises
        ------
        SettingError
            The caller is not one of the named deploy principals, or belongs to a group that a deployment cannot be in.
        """
        if principals.deploy and not is_member(caller, principals.deploy):
            raise setting_error(
                "deploy_principals",
                repr(self.deploy_principals),
                f"a pattern that matches {caller}, which deploys: the stack would deny it further changes. Deploy as one of "
                f"these principals, or add this one",
            )
        for group in _NOT_DEPLOYERS:
            if is_member(caller, getattr(principals, group)):
                raise setting_error(
                    group,
                    repr(getattr(self, group)),
                    f"no pattern that matches {caller}, which deploys: the stack would deny it the code or the evidence",
                )

    def transformations(self, context: AwsContext, project: str, stack: str) -> list[Transformation]:
        """Return what is applied to every resource of a stack: tags, a permissions boundary, ignored properties."""
        tags = {
            "environment": self.environment,
            "owner": self.owner,
            "cost-centre": self.cost_centre,
            "project": project,
            "stack": stack,
            "managed-by": "pulumi",
            "repository": self.repository,
        }
        return [
            tagging(tags),
            *([with_boundary(context.iam_arn(self.permissions_boundary))] if self.permissions_boundary else []),
            *([] if self.full_read_back else [ignore_properties_not_read_back]),
        ]


def read(config: pulumi.Config) -> Settings:
    """Read the settings of the stack that is being deployed.

    Raises
    ------
    SettingError
        A setting is missing, has the wrong type, or has a value that is not allowed.
    """
    types = get_type_hints(Settings)
    return Settings(**{field.name: config_value(config, field.name, types[field.name]) for field in fields(Settings)})
