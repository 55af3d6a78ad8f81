"""What a Pulumi resource provider does (check, diff, create, read, update, delete, invoke), on the Terraform provider."""

import base64
import copy
import hashlib
import json
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.aws import assets
from localcloud.aws.cty import UNKNOWN, Block, has_unknown
from localcloud.aws.names import Catalog, Fields
from localcloud.aws.terraform import Plan, ProviderError, Terraform
from localcloud.aws.translation import pulumi_path, to_pulumi, to_terraform
from localcloud.aws.values import Asset, Properties, leaves

STATE = "__terraform"
"""The output that keeps Terraform's own state. It is always a secret: it repeats every value, secrets included."""

DEFAULTS = "__defaults"
"""The input that names the properties which the adapter has filled in, as Pulumi's bridged providers do."""

_TOKEN = "asset:"  # noqa: S105
"""What Terraform's state holds for an asset: this and the engine's hash of its contents, never a path of one machine."""

_HASHES = {"aws_lambda_function": "source_code_hash", "aws_lambda_layer_version": "source_code_hash"}
"""Attributes by which a type learns that a file's content is another."""

_SUFFIX = 7
_NAME_LENGTHS = {
    "aws_s3_bucket": 63,
    "aws_iam_role": 64,
    "aws_lambda_function": 64,
    "aws_sqs_queue": 80,
    "aws_iam_policy": 128,
    "aws_lb": 32,
    "aws_alb": 32,
    "aws_lb_target_group": 32,
    "aws_alb_target_group": 32,
    "aws_elb": 32,
    "aws_db_instance": 63,
    "aws_rds_cluster": 63,
}
_NAMES = {"aws_s3_bucket": "bucket", "aws_db_instance": "identifier", "aws_rds_cluster": "cluster_identifier"}
_LOWER_CASE = {"aws_s3_bucket", "aws_db_instance", "aws_rds_cluster", "aws_ecr_repository"}
_NOT_NAMED = {
    "aws_acm_certificate",
    "aws_api_gateway_method",
    "aws_db_parameter_group_parameter",
    "aws_kms_external_key",
    "aws_route53_record",
    "aws_route53_zone",
    "aws_service_discovery_instance",
    "aws_ssm_document",
}
_PREFIXED = {"aws_kms_alias": "alias/"}
_SECRET_LENGTH = 4
"""Shorter texts are compared whole only: nearly every output would contain them."""


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


@dataclass(frozen=True)
class Outputs:
    """A resource's outputs, and the names of the secret ones."""

    values: dict[str, Any]
    secret: frozenset[str]


class Failed(Exception):  # noqa: N818
    """An operation failed half-way: the resource is there, in the state that `outputs` tells."""

    def __init__(self, error: ProviderError, identity: str, outputs: Outputs) -> None:
        super().__init__(str(error))
        self.reasons = [str(one) for one in error.diagnostics]
        self.identity = identity
        self.outputs = outputs


class Adapter:
    """Resources of one configured provider."""

    def __init__(self, terraform: Terraform) -> None:
        self.terraform = terraform
        self.catalog = Catalog(terraform)
        self.region: str | None = None
        self.default_tags: Mapping[str, str] = {}

    def check(
        self, token: str, name: str, news: Properties, olds: Mapping[str, Any] | None, seed: bytes
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the inputs with what the adapter fills in, and what is wrong with them as (path, reason)."""
        fields = self.catalog.resource(token)
        inputs = {key: value for key, value in news.values.items() if value is not None and key != DEFAULTS}
        if self.default_tags and "tags" in fields.by_pulumi and inputs.get("tags") is not UNKNOWN:
            inputs["tags"] = {**self.default_tags, **(inputs.get("tags") or {})}
        inputs |= self._name(fields, name, inputs, olds or {}, seed)
        try:
            config = self._config(fields, inputs, {})
            diagnostics = self.terraform.validate(fields.terraform, config)
        except CheckFailed as failed:
            return inputs, failed.failures
        except ValueError as error:
            return inputs, [(str(error).partition(":")[0], str(error).partition(": ")[2] or str(error))]
        return inputs, [(pulumi_path(fields, one.path), str(one)) for one in diagnostics]

    def _name(
        self, fields: Fields, name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any], seed: bytes
    ) -> dict[str, Any]:
        """Return a name for a resource that may have one and got none: its own, a dash and seven random digits."""
        kind = fields.terraform
        field = fields.by_terraform.get(_NAMES.get(kind, "name")) or fields.by_pulumi.get("name")
        if kind in _NOT_NAMED or field is None or field.attribute is None:
            return {}
        prefix = f"{field.pulumi}Prefix"
        if field.attribute.type != "string" or not field.attribute.settable or {field.pulumi, prefix} & inputs.keys():
            return {}
        if field.pulumi in (olds.get(DEFAULTS) or []):
            return {field.pulumi: olds[field.pulumi], DEFAULTS: [field.pulumi]}
        digits = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(16)
        ending = f"-{digits[:_SUFFIX]}" + (".fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else "")
        base = _PREFIXED.get(kind, "") + (name.lower().replace("_", "-") if kind in _LOWER_CASE else name)
        return {field.pulumi: base[: _NAME_LENGTHS.get(kind, 255) - len(ending)] + ending, DEFAULTS: [field.pulumi]}

    def _config(self, fields: Fields, inputs: Mapping[str, Any], found: dict[str, Asset]) -> dict[str, Any]:
        """Return inputs as Terraform's configuration, assets as tokens; collect the assets by token."""
        given = dict(inputs)
        region = given.get("region")
        field = fields.by_pulumi.get("region")
        if region is not None and (field is None or field.attribute is None or not field.attribute.settable):
            if region != self.region:
                raise CheckFailed(
                    [
                        (
                            "region",
                            f"a region of a resource's own ({region}) needs a newer provider than Terraform AWS "
                            f"{self.terraform.version}: use an explicit aws.Provider of that region",
                        )
                    ]
                )
            del given["region"]
        config, missing = to_terraform(fields, given)
        if missing:
            reason = (
                f"is not in {fields.terraform} of the Terraform AWS provider {self.terraform.version}, "
                f"which is older than the installed Pulumi package"
            )
            raise CheckFailed([(path, reason) for path in missing])
        hashed = _HASHES.get(fields.terraform)
        for name, value in config.items():
            if isinstance(value, Asset):
                token = f"{_TOKEN}{value.hash}"
                found[token] = value
                config = {**config, name: token}
                if hashed and config.get(hashed) is None:
                    config[hashed] = value.hash
        return config

    def create(self, token: str, inputs: Properties, *, preview: bool, seconds: float) -> tuple[str, Outputs]:
        """Create a resource; return its id and its outputs. In a preview both are what can be known."""
        fields = self.catalog.resource(token)
        found: dict[str, Asset] = {}
        config = self._config(fields, inputs.values, found)
        plan = self.terraform.plan(fields.terraform, None, config)
        if preview:
            return "", self._outputs(fields, plan.planned, inputs, b"")
        return self._apply(fields, None, plan, inputs, found, {"create": seconds} if seconds else {})

    def update(
        self, token: str, olds: Properties, news: Properties, ignored: Sequence[str], *, preview: bool, seconds: float
    ) -> Outputs:
        """Update a resource; return its outputs. What is ignored stays as it is."""
        fields = self.catalog.resource(token)
        state, private = _kept(olds)
        news = _ignoring(news, ignored, to_pulumi(fields, state))
        found: dict[str, Asset] = {}
        plan = self.terraform.plan(fields.terraform, state, self._config(fields, news.values, found), private)
        if preview:
            return self._outputs(fields, plan.planned, news, b"")
        return self._apply(fields, state, plan, news, found, {"update": seconds} if seconds else {})[1]

    def _apply(
        self,
        fields: Fields,
        state: Any,
        plan: Plan,
        inputs: Properties,
        found: Mapping[str, Asset],
        seconds: dict[str, float],
    ) -> tuple[str, Outputs]:
        kind = fields.terraform
        with tempfile.TemporaryDirectory(prefix="strongroom-assets-") as name:
            there = {
                token: assets.write(asset, Path(name), number)
                for number, (token, asset) in enumerate(found.items())
                if asset.has_contents
            }
            back = {path: token for token, path in there.items()}
            filed = Plan(_swap(plan.config, there), _swap(plan.planned, there), plan.replace, plan.private)
            try:
                new, private = self.terraform.apply(kind, _swap(state, there), filed, seconds)
            except ProviderError as error:
                left = _swap(error.state, back)
                if left is None or not _identity(left):
                    raise
                raise Failed(error, _identity(left), self._outputs(fields, left, inputs, error.private)) from error
        if new is None:
            raise RuntimeError(
                f"{kind} is gone right after it was made: look for what deletes it, then run the update again"
            )
        new = _swap(new, back)
        return _identity(new), self._outputs(fields, new, inputs, private)

    def difference(self, token: str, olds: Properties, news: Properties, ignored: Sequence[str]) -> Difference:
        """Return what an update from the outputs to the inputs would change, but for what is ignored."""
        fields = self.catalog.resource(token)
        state, private = _kept(olds)
        plan = self.terraform.plan(fields.terraform, state, self._config(fields, news.values, {}), private)
        before, after = to_pulumi(fields, state), to_pulumi(fields, plan.planned)
        forcing = (pulumi_path(fields, path) for path in plan.replace if path != ("id",))
        replaced = [path for path in forcing if not _within(path, ignored)]
        detailed: dict[str, str] = {}
        for path, kind in _compare("", before, after):
            top = _top(path)
            if after.get(top) is UNKNOWN and top not in news.values:
                continue  # it is computed anew, as a consequence of something else
            if _within(path, ignored):
                continue
            forced = any(
                path == one or path.startswith((f"{one}.", f"{one}[")) or one.startswith(path) for one in replaced
            )
            detailed[path] = f"{kind}_REPLACE" if forced else kind
        given = {path: kind for path, kind in detailed.items() if _top(path) in news.values or kind != "UPDATE"}
        if not given and not ignored:
            given = detailed  # with something ignored, what follows from it is no change of its own
        replaces = sorted({_top(path) for path in replaced})
        return Difference(given, replaces, bool(replaces) and self._stands_alone(fields, before, news))

    def _stands_alone(self, fields: Fields, before: Mapping[str, Any], news: Properties) -> bool:
        """Whether a replacement would have the same name, given by the user, as what it replaces."""
        field = fields.by_terraform.get(_NAMES.get(fields.terraform, "name")) or fields.by_pulumi.get("name")
        if field is None or field.pulumi in (news.values.get(DEFAULTS) or []):
            return False
        name = news.values.get(field.pulumi)
        return name is not None and name == before.get(field.pulumi)

    def read(
        self, token: str, identity: str, outputs: Properties, inputs: Properties
    ) -> tuple[str, Outputs, dict[str, Any]] | None:
        """Return id, outputs and inputs of a resource as it is now, known or not; none if it is gone."""
        fields = self.catalog.resource(token)
        if STATE in outputs.values:
            state, private = _kept(outputs)
        else:
            state, private = self.terraform.import_state(fields.terraform, identity)
        state, private = self.terraform.read(fields.terraform, state, private)
        if state is None:
            return None
        given = {key: value for key, value in inputs.values.items() if value is not None}
        new = self._outputs(
            fields, state, Properties({**outputs.values, **given}, outputs.secret | inputs.secret), private
        )
        if given:
            refreshed = {
                key: value
                if key == DEFAULTS or _same(value, new.values.get(key, value))
                else new.values.get(key, value)
                for key, value in given.items()
            }
        else:
            refreshed = self._imported(fields, new.values)
        return _identity(state), new, refreshed

    def _imported(self, fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that a program would give for a resource that was made elsewhere."""
        block = self.terraform.resource(fields.terraform)
        return {
            name: value
            for name, value in values.items()
            if (field := fields.by_pulumi.get(name)) is not None
            and name not in ("tagsAll", "id")
            and (field.attribute is None or field.attribute.settable)
            and (value not in ("", [], {}, False, 0) or _required(block, field.terraform))
        }

    def delete(self, token: str, olds: Properties, *, seconds: float) -> None:
        """Delete a resource."""
        fields = self.catalog.resource(token)
        state, private = _kept(olds)
        plan = self.terraform.plan(fields.terraform, state, None, private)
        self.terraform.apply(fields.terraform, state, plan, {"delete": seconds} if seconds else {})

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a function answers."""
        fields = self.catalog.function(token)
        given = {key: value for key, value in arguments.items() if value is not None}
        if "region" in given and "region" not in fields.by_pulumi:
            region = given.pop("region")
            if region != self.region:
                raise CheckFailed([("region", f"{token} answers for the provider's region only, {self.region}")])
        config, missing = to_terraform(fields, given)
        if missing:
            raise CheckFailed(
                [(path, f"is not in {fields.terraform} of Terraform AWS {self.terraform.version}") for path in missing]
            )
        state = self.terraform.read_data(fields.terraform, config)
        return {"id": state.get("id"), "region": self.region, **to_pulumi(fields, state)}

    def _outputs(self, fields: Fields, state: Mapping[str, Any], given: Properties, private: bytes) -> Outputs:
        values = to_pulumi(fields, state)
        if "region" not in fields.by_pulumi and self.region:
            values["region"] = self.region  # newer providers have it on every resource; here it is the provider's
        for name, value in given.values.items():
            if isinstance(value, Asset) and name in values:
                values[name] = value
        hidden = frozenset(self._sensitive(fields, state)) | {name for name in given.secret if name in values}
        texts = {text for name in given.secret for text in leaves(given.values.get(name)) if text}
        hidden |= {name for name, value in values.items() if _tells(value, texts)}
        if not has_unknown(state):
            kept = {"state": state, "private": base64.b64encode(private).decode()}
            values[STATE] = json.dumps(kept)
            hidden |= {STATE}
        return Outputs(values, frozenset(hidden))

    def _sensitive(self, fields: Fields, state: Mapping[str, Any]) -> Iterable[str]:
        block = self.terraform.resource(fields.terraform)
        for field in fields.all:
            if state.get(field.terraform) not in (None, [], {}) and _is_sensitive(block, field.terraform):
                yield field.pulumi


def _kept(outputs: Properties) -> tuple[Any, bytes]:
    kept = outputs.values.get(STATE)
    if not isinstance(kept, str):
        raise RuntimeError(
            "the state of this resource was not written by this adapter but by the official AWS plugin: go on with that one, "
            "or let this adapter read the resource anew with `pulumi import`"
        )
    data = json.loads(kept)
    return data["state"], base64.b64decode(data["private"])


def _within(path: str, others: Iterable[str]) -> bool:
    """Whether a path is one of others, or leads on from one."""
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in others)


def _ignoring(news: Properties, ignored: Sequence[str], current: Mapping[str, Any]) -> Properties:
    """Return inputs in which what is ignored is what the resource has now, where that can be told.

    A path leads through objects, such as `tags.owner`; one that leads into a list ignores the list.
    """
    values = copy.deepcopy(news.values)
    for path in ignored:
        *parents, last = path.partition("[")[0].split(".")
        target: Any = values
        source: Any = current
        for name in parents:
            target = target.get(name) if isinstance(target, dict) else None
            source = source.get(name) if isinstance(source, dict) else None
        if not isinstance(target, dict):
            continue
        if isinstance(source, dict) and source.get(last):
            target[last] = source[last]
    return Properties(values, news.secret)


def _identity(state: Mapping[str, Any]) -> str:
    return next((value for key in ("id", "arn", "name") if isinstance(value := state.get(key), str)), "")


def _required(block: Block, name: str) -> bool:
    return name in block.attributes and block.attributes[name].required


def _is_sensitive(block: Block, name: str) -> bool:
    if name in block.attributes:
        return block.attributes[name].sensitive
    nested = block.blocks[name].block
    return any(_is_sensitive(nested, inner) for inner in [*nested.attributes, *nested.blocks])


def _tells(value: Any, secret_texts: Iterable[str]) -> bool:
    texts = list(leaves(value))
    return any(
        secret == text or (len(secret) >= _SECRET_LENGTH and secret in text)
        for secret in secret_texts
        for text in texts
    )


def _swap(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return table.get(value, value)
    if isinstance(value, dict):
        return {name: _swap(one, table) for name, one in value.items()}
    if isinstance(value, list):
        return [_swap(one, table) for one in value]
    return value


def _top(path: str) -> str:
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: as they are, as numbers and texts, or as JSON."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and one[:1] in "{[" and other[:1] in "{[":
        try:
            return bool(json.loads(one) == json.loads(other))
        except ValueError:
            return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() <= other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return str(one) == str(other) if {type(one), type(other)} <= {str, int, float} else False


def _compare(path: str, before: Any, after: Any) -> Iterable[tuple[str, str]]:
    """Yield the paths at which two values differ, and how."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            inner = f"{path}.{name}" if path else name
            if name not in after:
                yield inner, "DELETE"
            elif name not in before:
                yield inner, "ADD"
            else:
                yield from _compare(inner, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and path:
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _compare(f"{path}[{number}]", old, new)
    elif not (before == after if not isinstance(before, str) else _same(before, after)):
        yield path, "UPDATE"
