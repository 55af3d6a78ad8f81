"""The operations of a Pulumi resource provider (check, diff, create, read, ...), on the Terraform provider."""

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from offline.aws.provider.auto_naming import DEFAULTS, NamingMode, NamingRequest, automatic_name, name_field
from offline.aws.provider.configuration import InvalidInputsError, configuration
from offline.aws.provider.diff import Diff, compute_diff, matches
from offline.aws.provider.ignore_changes import apply_ignore_changes, before_list
from offline.aws.provider.secret_outputs import secret_paths
from offline.aws.provider.state import STATE, dump_state, load_state
from offline.aws.provider.timeouts import TIMEOUTS, private_with_timeout, with_timeout
from offline.aws.terraform.client import Plan, ProviderError, TerraformProvider
from offline.aws.terraform.cty import UNKNOWN, CoercionError, has_unknown
from offline.aws.translation.asset_tokens import assets_by_token, substitute, with_assets, with_tokens, write_files
from offline.aws.translation.conversion import format_path, parse_path, to_pulumi, to_pulumi_path
from offline.aws.translation.fields import Catalog, Fields
from offline.aws.translation.package import Package
from offline.aws.translation.property_values import Asset, Properties, PropertyPath

_DESCRIPTION = {"Managed by Terraform": "Managed by Pulumi"}
"""The Terraform provider's default description, and the one that the Pulumi package documents."""


class InitFailedError(Exception):
    """An operation failed after it had created or changed the resource; `outputs` is the resulting state."""

    def __init__(self, error: ProviderError, identity: str, outputs: Properties) -> None:
        super().__init__(str(error))
        self.reasons = [str(diagnostic) for diagnostic in error.diagnostics]
        self.identity = identity
        self.outputs = outputs


class Adapter:
    """The resources of one configured provider.

    Attributes
    ----------
    region
        The provider's region; None before it is configured.
    default_tags
        Tags for every resource that can have tags.
    secret_tags
        Paths of the default tags in a resource's inputs, if the option that holds them is a secret.
    """

    def __init__(self, terraform: TerraformProvider) -> None:
        self.terraform = terraform
        self.catalog = Catalog(terraform, Package())
        self.region: str | None = None
        self.default_tags: Mapping[str, str] = {}
        self.secret_tags: frozenset[PropertyPath] = frozenset()

    def check(
        self, token: str, naming: NamingRequest, news: Properties, olds: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the inputs with generated values, and the errors in them as (path, reason)."""
        fields = self.catalog.resource(token)
        inputs = {key: value for key, value in news.values.items() if value is not None and key != DEFAULTS}
        tags = inputs.get("tags") or {}
        if self.default_tags and "tags" in fields.by_pulumi and isinstance(tags, dict):
            inputs["tags"] = {**self.default_tags, **tags}
        name = automatic_name(fields, self.catalog.package.required(token), naming, inputs, olds)
        if name and naming.mode is NamingMode.DISABLE:
            return inputs, [(next(iter(name)), "is required, because this stack's settings disable automatic names")]
        inputs |= name
        try:
            diagnostics = self.terraform.validate(fields.terraform, self._config(fields, inputs))
        except InvalidInputsError as failed:
            return inputs, failed.failures
        except CoercionError as error:
            return inputs, [(format_path(to_pulumi_path(fields, error.path)), str(error))]
        return inputs, [
            (format_path(to_pulumi_path(fields, diagnostic.path)), str(diagnostic)) for diagnostic in diagnostics
        ]

    def _config(self, fields: Fields, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return inputs as Terraform's configuration, with tokens instead of assets."""
        return with_tokens(fields.terraform, configuration(fields, inputs, self.region, self.terraform.version))

    def _plan(self, fields: Fields, state: Any, config: dict[str, Any], private: bytes) -> Plan:
        plan = self.terraform.plan(fields.terraform, state, config, private)
        described = {
            name: _DESCRIPTION[value]
            for name, value in (plan.planned or {}).items()
            if isinstance(value, str) and value in _DESCRIPTION and config.get(name) is None
        }
        return self.terraform.plan(fields.terraform, state, config | described, private) if described else plan

    def create(self, token: str, inputs: Properties, *, preview: bool, seconds: float) -> tuple[str, Properties]:
        """Create a resource; return its id and its outputs. A preview returns what is known before the creation.

        Parameters
        ----------
        seconds
            The timeout; 0 keeps the resource type's default. The same holds for the other operations.
        """
        fields = self.catalog.resource(token)
        assets = assets_by_token(inputs.values)
        config = self._config(fields, inputs.values)
        config = with_timeout(self.terraform.resource(fields.terraform), config, "create", seconds)
        plan = self._plan(fields, None, config, b"")
        if preview:
            return "", self._outputs(fields, plan.planned, inputs, b"", assets)
        return self._apply(fields, None, plan, inputs, assets)

    def update(
        self, token: str, olds: Properties, news: Properties, ignored: Sequence[str], *, preview: bool, seconds: float
    ) -> Properties:
        """Update a resource, except for ignored properties; return its outputs."""
        fields = self.catalog.resource(token)
        state, private = load_state(self.terraform, fields.terraform, olds.values)
        news = apply_ignore_changes(news, ignored, self._current(fields, state, olds.values))
        assets = assets_by_token(news.values)
        config = self._config(fields, news.values)
        config = with_timeout(self.terraform.resource(fields.terraform), config, "update", seconds)
        plan = self._plan(fields, state, config, private)
        if preview:
            return self._outputs(fields, plan.planned, news, b"", assets)
        return self._apply(fields, state, plan, news, assets)[1]

    def _apply(
        self, fields: Fields, state: Any, plan: Plan, inputs: Properties, assets: Mapping[str, Asset]
    ) -> tuple[str, Properties]:
        """Apply a plan; assets are files during the operation."""
        kind = fields.terraform
        with tempfile.TemporaryDirectory(dir=self.terraform.folder) as name:
            files = write_files(assets, File(name))
            tokens = {file: token for token, file in files.items()}
            plan = dataclasses.replace(
                plan, config=substitute(plan.config, files), planned=substitute(plan.planned, files)
            )
            try:
                new, private = self.terraform.apply(kind, substitute(state, files), plan)
            except ProviderError as error:
                remaining = substitute(error.state, tokens)
                if remaining is None or not _identity(remaining):
                    raise
                outputs = self._after_failure(fields, remaining, inputs, error.private, assets)
                raise InitFailedError(error, _identity(remaining), outputs) from error
        if new is None:
            raise RuntimeError(
                f"{kind} no longer exists right after it was created: find out what deletes it, then run the command again"
            )
        new = substitute(new, tokens)
        return _identity(new), self._outputs(fields, new, inputs, private, assets)

    def _after_failure(
        self, fields: Fields, state: Any, inputs: Properties, private: bytes, assets: Mapping[str, Asset]
    ) -> Properties:
        """Return the outputs of a resource after a failed operation.

        The resource is read again, because the provider's answer may be the planned state.
        """
        try:
            actual, actual_private = self.terraform.read(fields.terraform, state, private)
        except (ProviderError, RuntimeError):  # the user sees the failure of the operation itself
            actual, actual_private = None, b""
        if actual is None or not _identity(actual):
            return self._outputs(fields, state, inputs, private, assets, doubtful=True)
        return self._outputs(fields, actual, inputs, actual_private, assets)

    def diff(
        self, token: str, olds: Properties, old_inputs: Mapping[str, Any], news: Properties, ignored: Sequence[str]
    ) -> Diff:
        """Return what an update from the outputs to the inputs would change, except for ignored properties."""
        fields = self.catalog.resource(token)
        state, private = load_state(self.terraform, fields.terraform, olds.values)
        before = self._current(fields, state, olds.values)
        news = apply_ignore_changes(news, ignored, before)
        assets = assets_by_token(olds.values) | assets_by_token(news.values)
        plan = self._plan(fields, state, self._config(fields, news.values), private)
        after = with_assets(to_pulumi(fields, plan.planned or {}), assets)
        return compute_diff(
            fields,
            before,
            after,
            given=news.values.keys() | old_inputs.keys(),
            replacing=[to_pulumi_path(fields, path) for path in plan.replace if path != ("id",)],
            ignored=[before_list(parse_path(path)) for path in ignored],
            same_name=_keeps_name(fields, before, news),
        )

    def read(
        self, token: str, identity: str, outputs: Properties, inputs: Properties
    ) -> tuple[str, Properties, Properties] | None:
        """Return the current id, outputs and inputs of a resource, or None if it does not exist.

        Without outputs the resource is imported.
        """
        fields = self.catalog.resource(token)
        if STATE in outputs.values:
            state, private = load_state(self.terraform, fields.terraform, outputs.values)
        else:
            state, private = self.terraform.import_state(fields.terraform, identity)
        if state is not None:
            state, private = self.terraform.read(fields.terraform, state, private)
        if state is None:
            return None
        given = {key: value for key, value in inputs.values.items() if value is not None}
        known = Properties({**outputs.values, **given}, outputs.secret | inputs.secret)
        new = self._outputs(fields, state, known, private, assets_by_token(known.values))
        if not given:
            return _identity(state), new, Properties(self._imported(fields, new.values), new.secret)
        refreshed = {
            key: value if key == DEFAULTS or matches(value, new.values.get(key, value)) else new.values[key]
            for key, value in given.items()
        }
        return _identity(state), new, Properties(refreshed, inputs.secret | new.secret)

    def _imported(self, fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that a program needs for an imported resource."""
        block = self.terraform.resource(fields.terraform)
        given = {
            name: value
            for name, value in values.items()
            if (field := fields.by_pulumi.get(name)) is not None
            and name not in ("tagsAll", "id")
            and field.settable
            and (value not in ("", [], {}, False, 0) or block.required(field.terraform))
        }
        name = name_field(fields)
        return given | ({DEFAULTS: [name.pulumi]} if name is not None and name.pulumi in given else {})

    def delete(self, token: str, olds: Properties, *, seconds: float) -> None:
        """Delete a resource."""
        fields = self.catalog.resource(token)
        state, private = load_state(self.terraform, fields.terraform, olds.values)
        state = with_timeout(self.terraform.resource(fields.terraform), state, "delete", seconds)
        private = private_with_timeout(private, "delete", seconds)
        self.terraform.apply(fields.terraform, state, self.terraform.plan(fields.terraform, state, None, private))

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        """Return the result of a function."""
        fields = self.catalog.function(token)
        given = {key: value for key, value in arguments.items() if value is not None}
        if fields.terraform == "aws_region" and "region" in given:
            given["name"] = given.pop("region")  # here the region is the argument; newer versions call it so
        config = configuration(fields, given, self.region, self.terraform.version)
        try:
            state = self.terraform.read_data(fields.terraform, config)
        except CoercionError as error:
            raise InvalidInputsError([(format_path(to_pulumi_path(fields, error.path)), str(error))]) from None
        values = {"id": state.get("id"), "region": self.region, **to_pulumi(fields, state)}
        if fields.terraform == "aws_region":
            values["region"] = values["name"]
        return Properties(values, secret_paths(fields, values, Properties({})))

    def _current(self, fields: Fields, state: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state by Pulumi names, with the assets of the outputs."""
        return with_assets(to_pulumi(fields, state), assets_by_token(outputs))

    def _outputs(
        self,
        fields: Fields,
        state: Mapping[str, Any],
        inputs: Properties,
        private: bytes,
        assets: Mapping[str, Asset],
        *,
        doubtful: bool = False,
    ) -> Properties:
        values = with_assets(to_pulumi(fields, state), assets)
        if "region" not in fields.by_pulumi and self.region:
            values["region"] = self.region  # newer providers have a region per resource; here it is the provider's
        # The provider plans a whole map as unknown if one value is unknown; the values from the program are known.
        values |= {
            name: inputs.values[name] for name, value in values.items() if value is UNKNOWN and name in inputs.values
        }
        secret = secret_paths(fields, values, inputs)
        if not has_unknown(state):
            if TIMEOUTS in state and TIMEOUTS not in fields.by_terraform:
                state = {**state, TIMEOUTS: None}  # an option of this operation, not part of the state
            values[STATE] = dump_state(self.terraform, fields.terraform, state, private, doubtful=doubtful)
            secret |= {(STATE,)}
        return Properties(values, secret)


def _identity(state: Mapping[str, Any]) -> str:
    return next((value for key in ("id", "arn", "name") if isinstance(value := state.get(key), str)), "")


def _keeps_name(fields: Fields, before: Mapping[str, Any], news: Properties) -> bool:
    """Tell whether a replacement would have the same name from the program as the old resource."""
    field = name_field(fields)
    if field is None or field.pulumi in (news.values.get(DEFAULTS) or []):
        return False
    name = news.values.get(field.pulumi)
    return name is not None and name == before.get(field.pulumi)
