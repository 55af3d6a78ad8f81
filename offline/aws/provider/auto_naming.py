"""Generates names as pulumi-aws does: the resource's name in the program, a dash and seven random digits."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from offline.aws.translation.fields import Field, Fields

DEFAULTS = "__defaults"
"""The input that lists the generated properties, as in Pulumi's bridged providers."""

_DIGITS = 7
_LONGEST = 255

_NAMES = {
    "aws_batch_compute_environment": "compute_environment_name",
    "aws_cloudwatch_composite_alarm": "alarm_name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_codedeploy_deployment_config": "deployment_config_name",
    "aws_db_instance": "identifier",
    "aws_eks_fargate_profile": "fargate_profile_name",
    "aws_elasticache_cluster": "cluster_id",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_elasticsearch_domain": "domain_name",
    "aws_lambda_function": "function_name",
    "aws_mq_broker": "broker_name",
    "aws_msk_cluster": "cluster_name",
    "aws_msk_serverless_cluster": "cluster_name",
    "aws_opensearch_domain": "domain_name",
    "aws_rds_cluster": "cluster_identifier",
    "aws_s3_bucket": "bucket",
    "aws_s3_bucket_object": "key",
    "aws_s3_object": "key",
}
"""The attribute that is the name of a type, where it is not `name`."""

_VERBATIM = {"aws_s3_bucket_object", "aws_s3_object"}
"""Types without random digits: they exist inside a resource that has a unique name."""

_UNNAMED = {"aws_route53_zone", "aws_service_discovery_instance", "aws_ses_domain_identity"}
"""Types without generated names: their names have a meaning outside AWS."""

_LENGTHS = {
    "aws_alb": 32,
    "aws_alb_target_group": 32,
    "aws_backup_vault": 50,
    "aws_cloudtrail": 128,
    "aws_cloudwatch_event_rule": 64,
    "aws_db_instance": 63,
    "aws_elasticache_cluster": 50,
    "aws_elasticache_replication_group": 40,
    "aws_elasticsearch_domain": 28,
    "aws_elb": 32,
    "aws_iam_group": 128,
    "aws_iam_group_policy": 128,
    "aws_iam_instance_profile": 128,
    "aws_iam_policy": 128,
    "aws_iam_role": 64,
    "aws_iam_role_policy": 128,
    "aws_iam_user": 64,
    "aws_iam_user_policy": 128,
    "aws_kinesis_firehose_delivery_stream": 64,
    "aws_kinesis_stream": 128,
    "aws_lambda_function": 64,
    "aws_launch_template": 125,
    "aws_lb": 32,
    "aws_lb_target_group": 32,
    "aws_mq_broker": 50,
    "aws_msk_cluster": 64,
    "aws_msk_serverless_cluster": 64,
    "aws_opensearch_domain": 28,
    "aws_rds_cluster": 63,
    "aws_route53_resolver_firewall_rule": 64,
    "aws_route53_resolver_firewall_rule_group": 64,
    "aws_s3_bucket": 63,
    "aws_scheduler_schedule": 64,
    "aws_scheduler_schedule_group": 64,
    "aws_sfn_state_machine": 80,
    "aws_sqs_queue": 80,
}
"""The longest name that AWS accepts, where it is shorter than 255 characters."""

_LOWER_CASE = {
    "aws_db_instance",
    "aws_db_option_group",
    "aws_db_parameter_group",
    "aws_db_subnet_group",
    "aws_ecr_repository",
    "aws_elasticache_cluster",
    "aws_elasticache_parameter_group",
    "aws_elasticache_replication_group",
    "aws_elasticache_subnet_group",
    "aws_elasticsearch_domain",
    "aws_opensearch_domain",
    "aws_rds_cluster",
    "aws_rds_cluster_parameter_group",
    "aws_s3_bucket",
}
_PREFIXED = {"aws_kms_alias": "alias/"}
_FIFO = {"aws_sqs_queue": "fifoQueue", "aws_sns_topic": "fifoTopic"}


class NamingMode(Enum):
    """How the stack's setting `pulumi:autonaming` generates names."""

    DEFAULT = "as pulumi-aws does"
    PROPOSE = "as proposed, made to fit"
    ENFORCE = "exactly as proposed"
    DISABLE = "no automatic names"


@dataclass(frozen=True)
class NamingRequest:
    """The parameters of a generated name.

    Attributes
    ----------
    name
        The resource's name in the program.
    seed
        Random bytes from the engine, the same for a preview and its update; without them the digits are random.
    mode, proposed
        The mode and the proposed name from the stack's settings.
    """

    name: str
    seed: bytes = b""
    mode: NamingMode = NamingMode.DEFAULT
    proposed: str = ""


def name_field(fields: Fields) -> Field | None:
    """Return the property that is a resource's name, or None."""
    field = fields.by_terraform.get(_NAMES.get(fields.terraform, "name"))
    if field is None or field.attribute is None or field.attribute.type != "string" or not field.settable:
        return None
    return field


def automatic_name(
    fields: Fields, required: frozenset[str], naming: NamingRequest, inputs: Mapping[str, Any], olds: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the generated name as inputs; empty if the program gives a name or the type needs none.

    Parameters
    ----------
    required
        The properties that a program must set.
    olds
        The inputs of the existing resource; a name that was generated for it stays.
    """
    field = name_field(fields)
    if field is None or field.pulumi in required or fields.terraform in _UNNAMED:
        return {}
    if {field.pulumi, f"{field.pulumi}Prefix"} & inputs.keys():
        return {}
    if field.pulumi in (olds.get(DEFAULTS) or []) and field.pulumi in olds:
        name = olds[field.pulumi]
    else:
        name = _generate(fields.terraform, naming, inputs)
    return {field.pulumi: name, DEFAULTS: [field.pulumi]}


def _generate(kind: str, naming: NamingRequest, inputs: Mapping[str, Any]) -> str:
    if naming.mode is NamingMode.ENFORCE:
        return naming.proposed
    ending = ".fifo" if kind in _FIFO and inputs.get(_FIFO[kind]) is True else ""
    base = naming.name
    if naming.mode is NamingMode.PROPOSE:
        base = naming.proposed.removesuffix(ending)
    elif kind not in _VERBATIM:
        digits = hashlib.sha256(naming.seed).hexdigest() if naming.seed else secrets.token_hex(_DIGITS)
        ending = f"-{digits[:_DIGITS]}{ending}"
    if kind in _LOWER_CASE:
        base = base.lower().replace("_", "-")
    prefix = _PREFIXED.get(kind, "")
    base = base if base.startswith(prefix) else prefix + base
    return base[: _LENGTHS.get(kind, _LONGEST) - len(ending)] + ending
