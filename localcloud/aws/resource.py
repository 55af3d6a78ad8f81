"""What a Pulumi resource provider does (check, diff, create, read, update, delete, invoke), on the Terraform provider."""

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from localcloud.aws.configuration import CheckFailed, configuration
from localcloud.aws.cty import UNKNOWN, CoercionError, has_unknown
from localcloud.aws.difference import Difference, agrees, compared
from localcloud.aws.fields import Catalog, Fields
from localcloud.aws.ignoring import ignoring, until_list
from localcloud.aws.limits import TIMEOUTS, limited, limited_private
from localcloud.aws.naming import DEFAULTS, Mode, Naming, automatic_name, own_name
from localcloud.aws.sdk import Package
from localcloud.aws.secrecy import hidden
from localcloud.aws.state import STATE, keep, kept
from localcloud.aws.terraform import Plan, ProviderError, Terraform
from localcloud.aws.tokens import by_token, swapped, tokenised, with_assets, written_files
from localcloud.aws.translation import pulumi_path, read_path, to_pulumi, written
from localcloud.aws.values import Asset, Properties

_DESCRIPTION = {"Managed by Terraform": "Managed by Pulumi"}
"""The description that the provider makes up, and what the Pulumi package documents instead."""


class Failed(Exception):  # noqa: N818
    """An operation failed half-way: the resource is there, in the state that `outputs` tells."""

    def __init__(self, error: ProviderError, identity: str, outputs: Properties) -> None:
        super().__init__(str(error))
        self.reasons = [str(one) for one in error.diagnostics]
        self.identity = identity
        self.outputs = outputs


class Adapter:
    """Resources of one configured provider.

    Attributes
    ----------
    region
        The provider's region; none before it is configured.
    default_tags
        Tags that every resource gets which takes some.
    """

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.catalog = Catalog(terraform, Package())
        self.region: str | None = None
        self.default_tags: Mapping[str, str] = {}

    def check(
        self, token: str, naming: Naming, news: Properties, olds: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the inputs with what the adapter fills in, and what is wrong with them as (path, reason)."""
        fields = self.catalog.resource(token)
        inputs = {key: value for key, value in news.values.items() if value is not None and key != DEFAULTS}
        tags = inputs.get("tags") or {}
        if self.default_tags and "tags" in fields.by_pulumi and isinstance(tags, dict):
            inputs["tags"] = {**self.default_tags, **tags}
        name = automatic_name(fields, self.catalog.package.required(token), naming, inputs, olds)
        if name and naming.mode is Mode.DISABLE:
            return inputs, [(next(iter(name)), "is needed: this stack's configuration switches automatic names off")]
        inputs |= name
        try:
            diagnostics = self.terraform.validate(fields.terraform, self._config(fields, inputs))
        except CheckFailed as failed:
            return inputs, failed.failures
        except CoercionError as error:
            return inputs, [(written(pulumi_path(fields, error.path)), str(error))]
        return inputs, [(written(pulumi_path(fields, one.path)), str(one)) for one in diagnostics]

    def _config(self, fields: Fields, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return inputs as Terraform's configuration, assets as tokens."""
        return tokenised(fields.terraform, configuration(fields, inputs, self.region, self.terraform.version))

    def _plan(self, fields: Fields, state: Any, config: dict[str, Any], private: bytes) -> Plan:
        plan = self.terraform.plan(fields.terraform, state, config, private)
        described = {
            name: _DESCRIPTION[value]
            for name, value in (plan.planned or {}).items()
            if isinstance(value, str) and value in _DESCRIPTION and config.get(name) is None
        }
        return self.terraform.plan(fields.terraform, state, config | described, private) if described else plan

    def create(self, token: str, inputs: Properties, *, preview: bool, seconds: float) -> tuple[str, Properties]:
        """Create a resource; return its id and its outputs. In a preview both are what can be known.

        Parameters
        ----------
        seconds
            How long it may take; 0 leaves the resource's own limit. The same holds for the other operations.
        """
        fields = self.catalog.resource(token)
        found = by_token(inputs.values)
        config = self._config(fields, inputs.values)
        config = limited(self.terraform.resource(fields.terraform), config, "create", seconds)
        plan = self._plan(fields, None, config, b"")
        if preview:
            return "", self._outputs(fields, plan.planned, inputs, b"", found)
        return self._apply(fields, None, plan, inputs, found)

    def update(
        self, token: str, olds: Properties, news: Properties, ignored: Sequence[str], *, preview: bool, seconds: float
    ) -> Properties:
        """Update a resource; return its outputs. What is ignored stays as it is."""
        fields = self.catalog.resource(token)
        state, private = kept(self.terraform, fields.terraform, olds.values)
        news = ignoring(news, ignored, self._shown(fields, state, olds.values))
        found = by_token(news.values)
        config = self._config(fields, news.values)
        config = limited(self.terraform.resource(fields.terraform), config, "update", seconds)
        plan = self._plan(fields, state, config, private)
        if preview:
            return self._outputs(fields, plan.planned, news, b"", found)
        return self._apply(fields, state, plan, news, found)[1]

    def _apply(
        self, fields: Fields, state: Any, plan: Plan, inputs: Properties, found: Mapping[str, Asset]
    ) -> tuple[str, Properties]:
        """Carry a plan out, with assets as files while it lasts."""
        kind = fields.terraform
        with tempfile.TemporaryDirectory(dir=self.terraform.folder) as name:
            files = written_files(found, File(name))
            tokens = {file: token for token, file in files.items()}
            filed = dataclasses.replace(plan, config=swapped(plan.config, files), planned=swapped(plan.planned, files))
            try:
                new, private = self.terraform.apply(kind, swapped(state, files), filed)
            except ProviderError as error:
                left = swapped(error.state, tokens)
                if left is None or not _identity(left):
                    raise
                outputs = self._left(fields, left, inputs, error.private, found)
                raise Failed(error, _identity(left), outputs) from error
        if new is None:
            raise RuntimeError(f"{kind} is gone right after it was made: look for what deletes it, then run again")
        new = swapped(new, tokens)
        return _identity(new), self._outputs(fields, new, inputs, private, found)

    def _left(
        self, fields: Fields, state: Any, inputs: Properties, private: bytes, found: Mapping[str, Asset]
    ) -> Properties:
        """Return the outputs of a resource whose operation failed.

        They are read anew: what the provider answers may be what it had meant to do.
        """
        try:
            actual, seen = self.terraform.read(fields.terraform, state, private)
        except (ProviderError, RuntimeError):  # the failure that is told is the operation's own
            return self._outputs(fields, state, inputs, private, found, doubtful=True)
        if actual is None or not _identity(actual):
            return self._outputs(fields, state, inputs, private, found, doubtful=True)
        return self._outputs(fields, actual, inputs, seen, found)

    def difference(
        self, token: str, olds: Properties, old_inputs: Mapping[str, Any], news: Properties, ignored: Sequence[str]
    ) -> Difference:
        """Return what an update from the outputs to the inputs would change, but for what is ignored."""
        fields = self.catalog.resource(token)
        state, private = kept(self.terraform, fields.terraform, olds.values)
        before = self._shown(fields, state, olds.values)
        news = ignoring(news, ignored, before)
        found = by_token(olds.values) | by_token(news.values)
        plan = self._plan(fields, state, self._config(fields, news.values), private)
        after = with_assets(to_pulumi(fields, plan.planned or {}), found)
        return compared(
            fields,
            before,
            after,
            given=news.values.keys() | old_inputs.keys(),
            replacing=[pulumi_path(fields, path) for path in plan.replace if path != ("id",)],
            ignored=[until_list(read_path(path)) for path in ignored],
            stands_alone=_stands_alone(fields, before, news),
        )

    def read(
        self, token: str, identity: str, outputs: Properties, inputs: Properties
    ) -> tuple[str, Properties, Properties] | None:
        """Return id, outputs and inputs of a resource as it is now, known or not; none if it is gone."""
        fields = self.catalog.resource(token)
        if STATE in outputs.values:
            state, private = kept(self.terraform, fields.terraform, outputs.values)
        else:
            state, private = self.terraform.import_state(fields.terraform, identity)
        if state is not None:
            state, private = self.terraform.read(fields.terraform, state, private)
        if state is None:
            return None
        given = {key: value for key, value in inputs.values.items() if value is not None}
        known = Properties({**outputs.values, **given}, outputs.secret | inputs.secret)
        new = self._outputs(fields, state, known, private, by_token(known.values))
        if not given:
            return _identity(state), new, Properties(self._imported(fields, new.values), new.secret)
        refreshed = {
            key: value if key == DEFAULTS or agrees(value, new.values.get(key, value)) else new.values[key]
            for key, value in given.items()
        }
        return _identity(state), new, Properties(refreshed, inputs.secret | new.secret)

    def _imported(self, fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that a program would give for a resource that was made elsewhere."""
        block = self.terraform.resource(fields.terraform)
        given = {
            name: value
            for name, value in values.items()
            if (field := fields.by_pulumi.get(name)) is not None
            and name not in ("tagsAll", "id")
            and field.settable
            and (value not in ("", [], {}, False, 0) or block.required(field.terraform))
        }
        name = own_name(fields)
        return given | ({DEFAULTS: [name.pulumi]} if name is not None and name.pulumi in given else {})

    def delete(self, token: str, olds: Properties, *, seconds: float) -> None:
        """Delete a resource."""
        fields = self.catalog.resource(token)
        state, private = kept(self.terraform, fields.terraform, olds.values)
        state = limited(self.terraform.resource(fields.terraform), state, "delete", seconds)
        private = limited_private(private, "delete", seconds)
        self.terraform.apply(fields.terraform, state, self.terraform.plan(fields.terraform, state, None, private))

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        """Return what a function answers."""
        fields = self.catalog.function(token)
        given = {key: value for key, value in arguments.items() if value is not None}
        if fields.terraform == "aws_region" and "region" in given:
            given["name"] = given.pop("region")  # its own subject, which later versions call so
        config = configuration(fields, given, self.region, self.terraform.version)
        try:
            state = self.terraform.read_data(fields.terraform, config)
        except CoercionError as error:
            raise CheckFailed([(written(pulumi_path(fields, error.path)), str(error))]) from None
        values = {"id": state.get("id"), "region": self.region, **to_pulumi(fields, state)}
        if fields.terraform == "aws_region":
            values["region"] = values["name"]
        return Properties(values, hidden(fields, values, Properties({})))

    def _shown(self, fields: Fields, state: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state by Pulumi's names, with the assets that the outputs have."""
        return with_assets(to_pulumi(fields, state), by_token(outputs))

    def _outputs(
        self,
        fields: Fields,
        state: Mapping[str, Any],
        given: Properties,
        private: bytes,
        found: Mapping[str, Asset],
        *,
        doubtful: bool = False,
    ) -> Properties:
        values = with_assets(to_pulumi(fields, state), found)
        if "region" not in fields.by_pulumi and self.region:
            values["region"] = self.region  # newer providers have it on every resource; here it is the provider's
        # Of a map with one unknown value the provider plans the whole as unknown; what is given is known all the same.
        values |= {
            name: given.values[name] for name, value in values.items() if value is UNKNOWN and name in given.values
        }
        secret = hidden(fields, values, given)
        if not has_unknown(state):
            if TIMEOUTS in state and TIMEOUTS not in fields.by_terraform:
                state = {**state, TIMEOUTS: None}  # the engine's option, of this one operation
            values[STATE] = keep(self.terraform, fields.terraform, state, private, doubtful=doubtful)
            secret |= {(STATE,)}
        return Properties(values, secret)


def _identity(state: Mapping[str, Any]) -> str:
    return next((value for key in ("id", "arn", "name") if isinstance(value := state.get(key), str)), "")


def _stands_alone(fields: Fields, before: Mapping[str, Any], news: Properties) -> bool:
    """Whether a replacement would have the same name, given by the user, as what it replaces."""
    field = own_name(fields)
    if field is None or field.pulumi in (news.values.get(DEFAULTS) or []):
        return False
    name = news.values.get(field.pulumi)
    return name is not None and name == before.get(field.pulumi)
