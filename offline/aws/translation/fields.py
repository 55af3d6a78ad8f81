"""Pairs the properties of Pulumi's AWS package with the attributes and blocks of Terraform's schema.

The pairs are computed: the package's annotations give each property's name and whether it is a list, and the provider's
schema gives the attributes. Only the names that follow no rule are listed below.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from offline.aws.terraform.client import TerraformProvider
from offline.aws.terraform.schema import Attribute, Block, NestedBlock
from offline.aws.translation.package import ANY, Package, UnsupportedError, properties_of, shape
from offline.aws.translation.type_mapping import data_source, resource_type

_PROPERTIES = {
    ("aws_api_gateway_base_path_mapping", "api_id"): "restApi",
    ("aws_api_gateway_stage", "deployment_id"): "deployment",
    ("aws_batch_compute_environment", "compute_environment_name"): "name",
    ("aws_batch_compute_environment", "compute_environment_name_prefix"): "namePrefix",
    ("aws_cloudwatch_composite_alarm", "alarm_name"): "name",
    ("aws_cloudwatch_log_subscription_filter", "log_group_name"): "logGroup",
    ("aws_cloudwatch_metric_alarm", "alarm_name"): "name",
    ("aws_elastic_beanstalk_environment", "version_label"): "version",
    ("aws_lambda_function", "filename"): "code",
    ("aws_lambda_function", "function_name"): "name",
    ("aws_lambda_layer_version", "filename"): "code",
    ("aws_lambda_permission", "function_name"): "function",
    ("aws_s3_bucket_website_configuration", "routing_rule"): "routingRules",
    ("aws_s3_bucket_website_configuration", "routing_rules"): "routingRuleDetails",
    ("aws_sns_topic_subscription", "topic_arn"): "topic",
    # Renamed in version 6 of the provider, in which every resource has its own `region`.
    ("aws_cloudformation_stack_set_instance", "region"): "stackSetInstanceRegion",
    ("aws_config_aggregate_authorization", "region"): "authorizedAwsRegion",
    ("aws_dx_hosted_connection", "region"): "connectionRegion",
    ("aws_s3_bucket", "region"): "bucketRegion",
    ("aws_servicequotas_template", "region"): "awsRegion",
}


def camel(name: str) -> str:
    """Return a Terraform name in Pulumi's spelling, such as `kmsKeyId` for `kms_key_id`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _spellings(name: str) -> list[str]:
    """Return a name, the plurals that Pulumi uses for lists, and the singular."""
    spellings = [name, f"{name}s", f"{name}es"]
    if name.endswith("y"):
        spellings.append(f"{name[:-1]}ies")
    if name.endswith(("is", "ix", "ex")):
        spellings += [f"{name[:-2]}es", f"{name[:-2]}ices"]
    if name.endswith("ion"):
        spellings.append(f"{name[:-2]}a")  # criterion
    if name.endswith("f"):
        spellings.append(f"{name[:-1]}ves")
    if name.endswith("s"):
        spellings.append(name[:-1])
    return spellings


@dataclass(frozen=True)
class Field:
    """A property and its attribute or block.

    Attributes
    ----------
    terraform, pulumi
        The two names.
    attribute
        The attribute's schema; None for a block.
    mode
        `list`, `set`, `map`, `single` or `group` for several values or for objects; None for a plain value.
    flat
        Whether Pulumi has the single element itself where Terraform has a list or set.
    known
        Whether the package has the property; otherwise `pulumi` is the name that it would have.
    sensitive
        Whether the schema marks the attribute, or an attribute of the block, as sensitive.
    fields
        The properties of the objects in it; None if it contains no objects.
    """

    terraform: str
    pulumi: str
    attribute: Attribute | None
    mode: str | None
    flat: bool
    known: bool
    sensitive: bool
    fields: "Fields | None"

    @property
    def settable(self) -> bool:
        """Whether a program may set the property."""
        return self.attribute is None or self.attribute.settable


@dataclass(frozen=True)
class Fields:
    """The properties of a resource, a function or a nested object.

    Attributes
    ----------
    terraform
        The Terraform type; empty for a nested object.
    all
        The properties.
    """

    terraform: str
    all: tuple[Field, ...]

    @cached_property
    def by_pulumi(self) -> dict[str, Field]:
        """Properties by Pulumi name."""
        return {field.pulumi: field for field in self.all}

    @cached_property
    def by_terraform(self) -> dict[str, Field]:
        """Properties by Terraform name."""
        return {field.terraform: field for field in self.all}


def align(terraform: str, block: Block, properties: Mapping[str, Any]) -> Fields:
    """Pair the attributes and blocks of a resource or data source with the properties of the package."""
    return Fields(terraform, _level(block.attributes, block.blocks, properties, terraform))


def _level(
    attributes: Mapping[str, Attribute], blocks: Mapping[str, NestedBlock], properties: Mapping[str, Any], top: str = ""
) -> tuple[Field, ...]:
    fields = []
    taken: set[str] = set()
    exact = {camel(name) for name in [*attributes, *blocks]}
    for name in [*attributes, *blocks]:
        # In Pulumi the id belongs to every resource, and timeouts are a resource option of the engine.
        if top and name in ("id", "timeouts") and name not in properties:
            continue
        known = _property(top, name, properties, taken, exact)
        pulumi = known or camel(name)
        taken.add(pulumi)
        fields.append(_field(name, pulumi, attributes.get(name), blocks.get(name), properties.get(known or "")))
    return tuple(fields)


def _property(top: str, name: str, properties: Mapping[str, Any], taken: set[str], exact: set[str]) -> str | None:
    exception = _PROPERTIES.get((top, name))
    if exception is None and name == "rest_api_id" and top and "restApi" in properties:
        exception = "restApi"
    if exception is not None and exception in properties:
        return exception
    for spelling in map(camel, _spellings(name)):
        free = spelling == camel(name) or spelling not in exact
        if spelling in properties and spelling not in taken and free:
            return spelling
    return None


def _field(name: str, pulumi: str, attribute: Attribute | None, nested: NestedBlock | None, annotation: Any) -> Field:
    mode, objects = _contents(attribute.type if attribute else None)
    if nested is not None:
        mode = nested.mode
    own = element = shape(annotation)
    flat = False
    if mode in ("list", "set"):
        # Where Pulumi has a single value there is at most one element; for a block unknown to Pulumi, max_items decides.
        flat = own.kind in ("object", "any") if annotation is not None else nested is not None and nested.max_items == 1
        if not flat:
            element = shape(own.inner) if own.kind == "list" else ANY
    elif mode == "map":
        element = shape(own.inner) if own.kind == "map" else ANY
    inner = properties_of(element.inner) if element.kind == "object" else {}
    below: tuple[Field, ...] | None = None
    if nested is not None:
        below = _level(nested.block.attributes, nested.block.blocks, inner)
    elif objects is not None:
        made = {key: Attribute(key, kind, False, True, True, False) for key, kind in objects.items()}
        below = _level(made, {}, inner)
    sensitive = any(field.sensitive for field in below or ()) if attribute is None else attribute.sensitive
    fields = Fields("", below) if below is not None else None
    return Field(name, pulumi, attribute, mode, flat, annotation is not None, sensitive, fields)


def _contents(kind: Any) -> tuple[str | None, Mapping[str, Any] | None]:
    """Return the mode of an attribute's type, and the attributes of the objects in it."""
    if not isinstance(kind, list):
        return None, None
    if kind[0] == "object":
        return "single", kind[1]
    inner = kind[1]
    if isinstance(inner, list) and inner[0] == "object":
        return kind[0], inner[1]
    return kind[0], None


class Catalog:
    """The paired properties of all resources and functions, computed on first use."""

    def __init__(self, terraform: TerraformProvider, package: Package) -> None:
        self._terraform = terraform
        self.package = package
        self._resources = frozenset(terraform.resources)
        self._data_sources = frozenset(terraform.data_sources)
        self._lock = threading.Lock()
        self._resource = cache(self._align_resource)
        self._function = cache(self._align_function)

    def resource(self, token: str) -> Fields:
        """Return the properties of a resource type.

        Raises
        ------
        UnsupportedError
            The provider has no certain counterpart.
        """
        with self._lock:
            return self._resource(token)

    def function(self, token: str) -> Fields:
        """Return the properties of a function's arguments and result.

        Raises
        ------
        UnsupportedError
            The provider has no certain counterpart.
        """
        with self._lock:
            return self._function(token)

    def _align_resource(self, token: str) -> Fields:
        properties = self.package.properties(token)
        kind = resource_type(token, self._resources, self._terraform.version)
        block = self._terraform.resource(kind)
        fields = align(kind, block, properties)
        # If the package lacks a property that Terraform requires, only the names of the two types are equal.
        absent = [field.terraform for field in fields.all if not field.known and block.required(field.terraform)]
        if absent:
            raise UnsupportedError(
                f"resource type {token} does not match {kind} of the Terraform AWS provider {self._terraform.version}, "
                f"which requires properties that the package does not have: {', '.join(absent)}"
            )
        return fields

    def _align_function(self, token: str) -> Fields:
        properties = self.package.result(token)
        kind = data_source(token, self._data_sources, self._terraform.version)
        return align(kind, self._terraform.data_source(kind), properties)
