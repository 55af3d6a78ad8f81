"""What a Pulumi resource provider does (check, diff, create, read, update, delete, invoke), on the Terraform provider."""

import copy
import dataclasses
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from localcloud.aws import assets
from localcloud.aws.cty import UNKNOWN, CoercionError, Path, has_unknown
from localcloud.aws.difference import agrees, changes, covers
from localcloud.aws.fields import Catalog, Fields
from localcloud.aws.limits import TIMEOUTS, limited, limited_private
from localcloud.aws.naming import DEFAULTS, Mode, Naming, automatic_name, own_name
from localcloud.aws.sdk import PACKAGE, Package
from localcloud.aws.secrecy import hidden
from localcloud.aws.state import STATE, keep, kept
from localcloud.aws.terraform import Plan, ProviderError, Terraform
from localcloud.aws.translation import pulumi_path, read_path, to_pulumi, to_terraform, written
from localcloud.aws.values import Asset, Properties, leaves, replaced

_TOKEN = "asset:"  # noqa: S105
"""What Terraform's state holds for an asset: this and the engine's hash of its contents, never a path of one machine."""

_HASHES = {"aws_lambda_function": "source_code_hash", "aws_lambda_layer_version": "source_code_hash"}
"""Attributes by which a type learns that a file's content is another."""

_DESCRIPTION = {"Managed by Terraform": "Managed by Pulumi"}
"""The description that the provider makes up, and what the Pulumi package documents instead."""


class CheckFailed(Exception):  # noqa: N818
    """Inputs are not acceptable; `failures` holds pairs of property path and reason."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in failures))
        self.failures = failures


@dataclass(frozen=True)
class Difference:
    """What an update would change.

    Attributes
    ----------
    detailed
        `ADD`, `DELETE` or `UPDATE`, with `_REPLACE` where it forces a new resource, by property path.
    replaces
        Top-level properties that force a new resource.
    delete_first
        Whether old and new cannot stand side by side.
    """

    detailed: dict[str, str]
    replaces: list[str]
    delete_first: bool


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
            diagnostics = self.terraform.validate(fields.terraform, self._config(fields, inputs, {}))
        except CheckFailed as failed:
            return inputs, failed.failures
        except CoercionError as error:
            return inputs, [(written(pulumi_path(fields, error.path)), str(error))]
        return inputs, [(written(pulumi_path(fields, one.path)), str(one)) for one in diagnostics]

    def _config(self, fields: Fields, inputs: Mapping[str, Any], found: dict[str, Asset]) -> dict[str, Any]:
        """Return inputs as Terraform's configuration, assets as tokens; collect the assets by token."""
        given = dict(inputs)
        field = fields.by_pulumi.get("region")
        if given.get("region") is not None and (field is None or not field.settable):
            self._check_region(given.pop("region"))
        config, missing = to_terraform(fields, given)
        if missing:
            reason = (
                f"is not in {fields.terraform} of the Terraform AWS provider {self.terraform.version}, "
                f"which is older than the installed {PACKAGE}"
            )
            raise CheckFailed([(written(path), reason) for path in missing])
        hashed = _HASHES.get(fields.terraform)
        if hashed is not None and config.get(hashed) is None:
            config[hashed] = next((value.hash for value in config.values() if isinstance(value, Asset)), None)

        def token(leaf: Any) -> Any:
            if not isinstance(leaf, Asset):
                return leaf
            found[f"{_TOKEN}{leaf.hash}"] = leaf
            return f"{_TOKEN}{leaf.hash}"

        return {name: replaced(value, token) for name, value in config.items()}

    def _check_region(self, region: Any) -> None:
        if region != self.region:
            reason = (
                f"is {region}, and the provider's is {self.region}: a region of a resource's own needs a newer provider "
                f"than Terraform AWS {self.terraform.version}; use an explicit aws.Provider of that region"
            )
            raise CheckFailed([("region", reason)])

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
        found: dict[str, Asset] = {}
        config = self._config(fields, inputs.values, found)
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
        news = _ignoring(news, ignored, self._shown(fields, state, olds.values))
        found: dict[str, Asset] = {}
        config = self._config(fields, news.values, found)
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
            files = {
                token: assets.write(asset, File(name), number)
                for number, (token, asset) in enumerate(found.items())
                if asset.has_contents
            }
            tokens = {file: token for token, file in files.items()}
            filed = dataclasses.replace(plan, config=_swap(plan.config, files), planned=_swap(plan.planned, files))
            try:
                new, private = self.terraform.apply(kind, _swap(state, files), filed)
            except ProviderError as error:
                left = _swap(error.state, tokens)
                if left is None or not _identity(left):
                    raise
                outputs = self._left(fields, left, inputs, error.private, found)
                raise Failed(error, _identity(left), outputs) from error
        if new is None:
            raise RuntimeError(f"{kind} is gone right after it was made: look for what deletes it, then run again")
        new = _swap(new, tokens)
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
        news = _ignoring(news, ignored, before)
        untouched = [_until_list(read_path(path)) for path in ignored]
        found = _assets(olds.values)
        plan = self._plan(fields, state, self._config(fields, news.values, found), private)
        after = _with_assets(to_pulumi(fields, plan.planned or {}), found)
        replacing = [
            path
            for path in (pulumi_path(fields, one) for one in plan.replace if one != ("id",))
            if not any(covers(one, path) for one in untouched)
        ]
        own: dict[str, str] = {}
        other: dict[str, str] = {}
        for change in changes(fields, before, after):
            top = str(change.path[0])
            given = top in news.values or top in old_inputs
            # What a program neither gives nor gave is computed anew as a consequence, or filled in by the provider.
            if not given and (after.get(top) is UNKNOWN or change.kind == "ADD"):
                continue
            if any(covers(one, change.path) for one in untouched):
                continue
            forced = any(covers(one, change.path) or covers(change.path, one) for one in replacing)
            (own if given else other)[written(change.path)] = f"{change.kind}_REPLACE" if forced else change.kind
        if untouched:
            other = {}  # what follows from something ignored is no change of its own
        replaces = sorted({str(path[0]) for path in replacing})
        return Difference(own or other, replaces, bool(replaces) and _stands_alone(fields, before, news))

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
        new = self._outputs(fields, state, known, private, _assets(known.values))
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
        field = fields.by_pulumi.get("region")
        if "region" in given and (field is None or not field.settable):
            self._check_region(given.pop("region"))
        config, missing = to_terraform(fields, given)
        if missing:
            reason = f"is not in {fields.terraform} of the Terraform AWS provider {self.terraform.version}"
            raise CheckFailed([(written(path), reason) for path in missing])
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
        return _with_assets(to_pulumi(fields, state), _assets(outputs))

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
        values = _with_assets(to_pulumi(fields, state), found)
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


def _stands_alone(fields: Fields, before: Mapping[str, Any], news: Properties) -> bool:
    """Whether a replacement would have the same name, given by the user, as what it replaces."""
    field = own_name(fields)
    if field is None or field.pulumi in (news.values.get(DEFAULTS) or []):
        return False
    name = news.values.get(field.pulumi)
    return name is not None and name == before.get(field.pulumi)


def _ignoring(news: Properties, ignored: Iterable[str], current: Mapping[str, Any]) -> Properties:
    """Return inputs in which what is ignored is what the resource has now, or is absent as it is there.

    A path that leads into a list ignores the list. A whole property that the resource does not show, or shows as
    empty, keeps its input: it may be needed, or never be told.
    """
    values = copy.deepcopy(news.values)
    for path in map(read_path, ignored):
        names = [str(step) for step in _until_list(path)]
        target: Any = values
        source: Any = current
        for name in names[:-1]:
            target = target.get(name) if isinstance(target, dict) else None
            source = source.get(name) if isinstance(source, dict) else None
        if not names or not isinstance(target, dict) or not isinstance(source, dict):
            continue
        shown = source.get(names[-1])
        if names[-1] in source and (len(names) > 1 or shown not in ("", [], {})):
            target[names[-1]] = shown
        elif len(names) > 1:
            target.pop(names[-1], None)
    return Properties(values, news.secret)


def _until_list(path: Path) -> Path:
    number = next((n for n, step in enumerate(path) if isinstance(step, int) or step == "*"), len(path))
    return path[:number]


def _identity(state: Mapping[str, Any]) -> str:
    return next((value for key in ("id", "arn", "name") if isinstance(value := state.get(key), str)), "")


def _assets(values: Mapping[str, Any]) -> dict[str, Asset]:
    """Return the assets in values by the token that Terraform's state holds for each."""
    return {f"{_TOKEN}{leaf.hash}": leaf for _, leaf in leaves(dict(values)) if isinstance(leaf, Asset)}


def _with_assets(values: dict[str, Any], found: Mapping[str, Asset]) -> dict[str, Any]:
    result: dict[str, Any] = replaced(values, lambda leaf: found.get(leaf, leaf) if isinstance(leaf, str) else leaf)
    return result


def _swap(value: Any, table: Mapping[str, str]) -> Any:
    return replaced(value, lambda leaf: table.get(leaf, leaf) if isinstance(leaf, str) else leaf)
