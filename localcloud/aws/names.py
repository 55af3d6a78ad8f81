"""Aligns Pulumi's AWS package with Terraform's schema: types, functions and properties.

Nothing is copied from a table of pairs: the package's own annotations say what a property is called and whether it is
one value or a list, the provider's schema says what there is. The few names that follow no rule stand below.
"""

import collections.abc
import importlib
import json
import re
import threading
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pulumi._types as pulumi_types

from localcloud.aws.cty import Attribute, Nested
from localcloud.aws.terraform import Terraform

PACKAGE = "pulumi_aws"


class NotCarried(Exception):  # noqa: N818 - it says what is not carried
    """Something of the package that the provider at hand does not have, or that cannot be told apart."""


# Pulumi modules whose Terraform prefix is another, or one of several.
_PREFIXES: dict[str, Sequence[str]] = {
    "alb": ("alb",),
    "amp": ("prometheus",),
    "apigateway": ("api_gateway",),
    "autoscaling": ("autoscaling", ""),
    "cfg": ("config",),
    "cloudwatch": ("cloudwatch", "cloudwatch_event", ""),
    "directconnect": ("dx",),
    "directoryservice": ("directory_service",),
    "dynamodb": ("dynamodb",),
    "ebs": ("ebs", ""),
    "ec2": ("",),
    "ec2clientvpn": ("ec2_client_vpn",),
    "ec2transitgateway": ("ec2_transit_gateway",),
    "elasticbeanstalk": ("elastic_beanstalk",),
    "elasticloadbalancing": ("elb", ""),
    "elb": ("elb", ""),
    "kinesis": ("kinesis", "kinesis_firehose"),
    "lb": ("lb", ""),
    "mediaconvert": ("media_convert",),
    "mediapackage": ("media_package",),
    "mediastore": ("media_store",),
    "rds": ("rds", "db", ""),
    "resourceexplorer": ("resourceexplorer2",),
    "s3": ("s3", "s3_bucket"),
    "secretsmanager": ("secretsmanager_secret", "secretsmanager"),
    "servicediscovery": ("service_discovery",),
    "vpc": ("vpc", ""),
}
_TYPES = {
    "aws:alb/loadBalancer:LoadBalancer": "aws_alb",
    "aws:autoscaling/tag:Tag": "aws_autoscaling_group_tag",
    "aws:cfg/recorderStatus:RecorderStatus": "aws_config_configuration_recorder_status",
    "aws:codedeploy/application:Application": "aws_codedeploy_app",
    "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment": "aws_cognito_identity_pool_roles_attachment",
    "aws:ebs/volume:Volume": "aws_ebs_volume",
    "aws:ec2/instance:Instance": "aws_instance",
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment": "aws_network_interface_sg_attachment",
    "aws:elb/loadBalancer:LoadBalancer": "aws_elb",
    "aws:guardduty/iPSet:IPSet": "aws_guardduty_ipset",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:s3/bucketObject:BucketObject": "aws_s3_bucket_object",
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
    "aws:s3/bucketV2:BucketV2": "aws_s3_bucket",
}
_FUNCTIONS = {
    "aws:ec2/getAmi:getAmi": "aws_ami",
    "aws:index/getAvailabilityZones:getAvailabilityZones": "aws_availability_zones",
}
_PROPERTIES = {
    ("aws_cloudwatch_composite_alarm", "alarm_name"): "name",
    ("aws_cloudwatch_log_subscription_filter", "log_group_name"): "logGroup",
    ("aws_cloudwatch_metric_alarm", "alarm_name"): "name",
    ("aws_lambda_function", "filename"): "code",
    ("aws_lambda_function", "function_name"): "name",
    ("aws_lambda_layer_version", "filename"): "code",
    ("aws_lambda_permission", "function_name"): "function",
    ("aws_sns_topic_subscription", "topic_arn"): "topic",
}


def camel(name: str) -> str:
    """Return a Terraform name the way Pulumi writes it: `kms_key_id` is `kmsKeyId`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def snake(name: str) -> str:
    """Return a Pulumi name the way Terraform writes it."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()


def _spellings(name: str) -> list[str]:
    """Return a name, the plurals that Pulumi makes for lists, and its singular."""
    spellings = [name, f"{name}s", f"{name}es"]
    if name.endswith("y"):
        spellings.append(f"{name[:-1]}ies")
    if name.endswith(("is", "ix", "ex")):
        spellings += [f"{name[:-2]}es", f"{name[:-2]}ices"]
    if name.endswith("ion"):
        spellings.append(f"{name[:-2]}a")
    if name.endswith("f"):
        spellings.append(f"{name[:-1]}ves")
    if name.endswith("s"):
        spellings.append(name[:-1])
    return spellings


@dataclass(frozen=True)
class Shape:
    """What an annotation of the package is: `list`, `map`, `object` or `any`, and what is in it."""

    kind: str
    inner: Any = None


def _shape(annotation: Any) -> Shape:
    if annotation is None:
        return Shape("any")
    kind = pulumi_types.unwrap_type(annotation)
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        options = (_shape(option) for option in typing.get_args(kind) if option is not type(None))
        return next((shape for shape in options if shape.kind != "any"), Shape("any"))
    if origin in (list, collections.abc.Sequence):
        return Shape("list", typing.get_args(kind)[0])
    if origin in (dict, collections.abc.Mapping):
        return Shape("map", typing.get_args(kind)[1])
    if isinstance(kind, type) and pulumi_types.is_output_type(kind):
        return Shape("object", kind)
    return Shape("any")


@dataclass(frozen=True)
class Field:
    """One property and the attribute or block that it is.

    Attributes
    ----------
    terraform, pulumi
        Its two names.
    attribute
        Its schema where it is an attribute; none for a block.
    mode
        `list`, `set`, `map`, `single` or `group` where it holds several values or objects; none for a plain value.
    flat
        Whether Pulumi shows the only element where Terraform has a list or set.
    fields
        The properties of its objects; none where it holds no objects.
    """

    terraform: str
    pulumi: str
    attribute: Attribute | None
    mode: str | None
    flat: bool
    fields: "Fields | None"


@dataclass(frozen=True)
class Fields:
    """The properties of a resource, a function's result or a nested object.

    Attributes
    ----------
    terraform
        The Terraform type that they belong to.
    all
        What both sides have.
    """

    terraform: str
    all: tuple[Field, ...]

    @cached_property
    def by_pulumi(self) -> dict[str, Field]:
        """Properties by Pulumi's name."""
        return {field.pulumi: field for field in self.all}

    @cached_property
    def by_terraform(self) -> dict[str, Field]:
        """Properties by Terraform's name."""
        return {field.terraform: field for field in self.all}


def _objects(kind: Any) -> tuple[str | None, Mapping[str, Any] | None]:
    """Return how an attribute's type holds values, and the attributes of the objects in it."""
    if not isinstance(kind, list):
        return None, None
    if kind[0] == "object":
        return "single", kind[1]
    inner = kind[1]
    if isinstance(inner, list) and inner[0] == "object":
        return kind[0], inner[1]
    return kind[0], None


def align(
    terraform: str,
    attributes: Mapping[str, Attribute],
    blocks: Mapping[str, Nested],
    properties: Mapping[str, Any],
    *,
    top: bool = True,
) -> Fields:
    """Pair the attributes and blocks of one level with the properties of the package."""
    fields = []
    taken: set[str] = set()
    exact = {camel(name) for name in [*attributes, *blocks]}
    for name in [*attributes, *blocks]:
        if top and name == "id" and "id" not in properties:
            continue
        override = _PROPERTIES.get((terraform, name)) if top else None
        if override is None and name == "rest_api_id" and "restApi" in properties:
            override = "restApi"
        candidates = [override] if override else [camel(spelling) for spelling in _spellings(name)]
        found = next(
            (
                one
                for one in candidates
                if one in properties and one not in taken and (override or one == camel(name) or one not in exact)
            ),
            None,
        )
        pulumi = found or camel(name)
        taken.add(pulumi)
        fields.append(
            _field(terraform, name, pulumi, attributes.get(name), blocks.get(name), properties.get(found or ""))
        )
    return Fields(terraform, tuple(fields))


def _field(
    terraform: str, name: str, pulumi: str, attribute: Attribute | None, nested: Nested | None, annotation: Any
) -> Field:
    shape = _shape(annotation)
    objects: Mapping[str, Any] | None = None
    if nested is not None:
        mode: str | None = nested.mode
    else:
        mode, objects = _objects(attribute.type if attribute else None)
    flat = False
    element = shape
    if mode in ("list", "set"):
        # What Pulumi shows as one value is at most one element; a block that it does not know goes by its own limit.
        flat = shape.kind in ("object", "any") if annotation is not None else nested is not None and nested.at_most == 1
        if not flat:
            element = _shape(shape.inner) if shape.kind == "list" else Shape("any")
    elif mode == "map":
        element = _shape(shape.inner) if shape.kind == "map" else Shape("any")
    inner = pulumi_types.output_type_types(element.inner) if element.kind == "object" else {}
    fields = None
    if nested is not None:
        fields = align(terraform, nested.block.attributes, nested.block.blocks, inner, top=False)
    elif objects is not None:
        made = {key: Attribute(key, kind, False, True, True, False) for key, kind in objects.items()}
        fields = align(terraform, made, {}, inner, top=False)
    return Field(name, pulumi, attribute, mode, flat, fields)


class Catalog:
    """The package and the provider, aligned on demand."""

    def __init__(self, terraform: Terraform) -> None:
        self._terraform = terraform
        # The package loads its modules on first use, which two threads at once would see half done.
        self._lock = threading.Lock()
        self._cached_resource = cache(self._resource)
        self._cached_function = cache(self._function)
        self._resources = frozenset(terraform.resources)
        self._data_sources = frozenset(terraform.data_sources)

    def resource(self, token: str) -> Fields:
        """Return the properties of a resource type.

        Raises
        ------
        NotCarried
            It has no certain counterpart.
        """
        with self._lock:
            return self._cached_resource(token)

    def function(self, token: str) -> Fields:
        """Return the properties of a function's arguments and result.

        Raises
        ------
        NotCarried
            It has no certain counterpart.
        """
        with self._lock:
            return self._cached_function(token)

    @cached_property
    def tokens(self) -> dict[str, tuple[str, str]]:
        """Module and class of the package by resource token, read off its source without importing all of it."""
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise NotCarried(f"the Python package {PACKAGE} is not installed beside the adapter")
        table = re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(), re.DOTALL)
        if table is None:
            raise NotCarried(f"the Python package {PACKAGE} has no table of its resources")
        return {
            token: (module["fqn"], name)
            for module in json.loads(table.group(1))
            for token, name in module["classes"].items()
        }

    def properties(self, token: str) -> dict[str, Any]:
        """Return the annotations of a resource's properties by Pulumi's name."""
        module, name = self.tokens[token]
        return dict(pulumi_types.resource_types(getattr(importlib.import_module(module), name)))

    def _resource(self, token: str) -> Fields:
        if token not in self.tokens:
            raise NotCarried(f"resource type {token} is not in the installed {PACKAGE}")
        kind = self._resource_type(token)
        block = self._terraform.resource(kind)
        return align(kind, block.attributes, block.blocks, self.properties(token))

    def _resource_type(self, token: str) -> str:
        if token in _TYPES:
            return _TYPES[token]
        if self._is_second_version(token):
            raise NotCarried(self._uncertain(token))
        candidates = _candidates(token, self._resources)
        if len(candidates) == 1:
            return candidates[0]
        own = {snake(name) for name in self.properties(token)}
        pool = candidates or self._relatives(token)
        scores = sorted(((self._likeness(own, kind), kind) for kind in pool), reverse=True)
        # Without a name that fits, only a type with nearly the same properties will do, and no second one.
        if scores and (candidates or scores[0][0] > 0.7) and (len(scores) == 1 or scores[0][0] > scores[1][0]):
            return scores[0][1]
        raise NotCarried(self._uncertain(token))

    def _is_second_version(self, token: str) -> bool:
        """Whether a token is the V2 of a resource that is there too and has the only Terraform type.

        S3's are the exception: there V2 is the older name of the same resource.
        """
        first = re.sub(r"V2(?=:|$)", "", token)
        if first == token or first not in self.tokens or token.startswith("aws:s3/"):
            return False
        return _candidates(token, self._resources) == _candidates(first, self._resources)

    def _uncertain(self, token: str) -> str:
        return (
            f"resource type {token} has no certain counterpart in the Terraform AWS provider {self._terraform.version}, "
            f"which is older than the installed {PACKAGE}"
        )

    def _relatives(self, token: str) -> list[str]:
        """Return the types of the token's service whose name has the token's last word."""
        _, path, name = token.split(":")
        module, word = path.split("/")[0], snake(name).split("_")[-1]
        starts = tuple(f"aws_{prefix}" for prefix in [*_PREFIXES.get(module, ()), snake(module)])
        return [kind for kind in self._resources if kind.startswith(starts) and word in kind]

    def _likeness(self, own: set[str], kind: str) -> float:
        block = self._terraform.resource(kind)
        theirs = {*block.attributes, *block.blocks}
        spelled = {spelling for name in theirs for spelling in _spellings(name)}
        return len(own & spelled) / max(1, len(own | theirs))

    def _function(self, token: str) -> Fields:
        candidates = [_FUNCTIONS[token]] if token in _FUNCTIONS else _candidates(token, self._data_sources)
        if len(candidates) != 1:
            raise NotCarried(
                f"function {token} has no certain counterpart in the Terraform AWS provider {self._terraform.version}"
                + (f": it may be any of {', '.join(sorted(candidates))}" if candidates else "")
            )
        _, path, name = token.split(":")
        module = path.split("/")[0]
        parent = PACKAGE if module == "index" else f"{PACKAGE}.{'lambda_' if module == 'lambda' else module}"
        result = getattr(importlib.import_module(f"{parent}.{snake(name)}"), f"{name[0].upper()}{name[1:]}Result", None)
        properties = pulumi_types.output_type_types(result) if result else {}
        block = self._terraform.data_source(candidates[0])
        return align(candidates[0], block.attributes, block.blocks, properties)


def _candidates(token: str, existing: frozenset[str]) -> list[str]:
    """Return the Terraform types whose name a token may stand for."""
    _, path, name = token.split(":")
    module = path.split("/")[0]
    base = re.sub(r"^get_", "", snake(name))
    variants = {
        base,
        re.sub(r"_?v2$", "", base),
        re.sub(r"_?v2$", "_v2", base),
        re.sub(r"(\w)2$", r"\1_2", base),
        base.replace("i_pv4", "ipv4").replace("i_pv6", "ipv6"),
    }
    found = []
    for prefix in [*_PREFIXES.get(module, ()), snake(module), ""]:
        for variant in sorted(variants):
            names = [f"aws_{prefix}_{variant}" if prefix else f"aws_{variant}"]
            if prefix and variant.startswith(prefix.split("_")[-1]):
                names.append(f"aws_{variant}")
            found += [one for one in names if one in existing and one not in found]
    return found
