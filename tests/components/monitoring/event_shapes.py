"""What CloudTrail writes into `requestParameters`, derived from the models of the services' APIs.

An event has the name of an operation and the parameters of its request, named as in the service's API (CloudTrail User
Guide, "CloudTrail record contents for management, data, and network activity events"). The first letter is lower-case.
The exceptions are those of this module, each with its source.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, StructureShape

MODELS = {
    "cloudtrail": "cloudtrail", "dynamodb": "dynamodb", "ec2": "ec2", "ecs": "ecs", "events": "events", "guardduty": "guardduty", "iam": "iam", "kms": "kms", "lambda": "lambda",
    "logs": "logs", "monitoring": "cloudwatch", "route53resolver": "route53resolver", "s3": "s3", "sns": "sns", "sqs": "sqs",
}  # fmt: skip
"""Name of botocore's model, by the first part of `eventSource`."""

S3_OPERATIONS = {
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
    "PutBucketPublicAccessBlock": "PutPublicAccessBlock",
    "DeleteBucketPublicAccessBlock": "DeletePublicAccessBlock",
}
"""Operations of S3 by the name of their event, where both differ. Source: Amazon S3 User Guide, "Amazon S3 CloudTrail
events"; for the public access block, events in the test data of the public repository panther-labs/panther."""

EC2_NESTED = (
    "CreateFlowLogs",
    "CreateInstanceConnectEndpoint",
    "CreateNatGateway",
    "CreateTransitGatewayVpcAttachment",
    "CreateVpcEndpoint",
    "DeleteFlowLogs",
    "DeleteVpcEndpoints",
    "ModifySecurityGroupRules",
    "ModifyVpcEndpoint",
)
"""Newer operations of EC2, which have a single parameter, `<operation>Request`, with the members of the API's query
protocol. Sources: DeleteFlowLogs in the public repository DataDog/stratus-red-team
(docs/detonation-logs/aws.defense-evasion.vpc-remove-flow-logs.json); ModifySecurityGroupRules in AWS's sample queries for
CloudTrail Lake (aws-samples/cloud-trail-lake-query-samples). The others are as new as these."""

EC2_SETS = {"RunInstances": {"networkInterfaceSet", "instancesSet"}}
"""Lists of EC2's older operations, which CloudTrail names as `…Set`. Source: the documentation of the public repository
cloud-custodian/cloud-custodian (event filter, `requestParameters.networkInterfaceSet.items`)."""

_VERSION = re.compile(r"\d{8}(v\d)?$")
"""Lambda appends the version of its API. Source: AWS Lambda Developer Guide, "Logging Lambda API calls using CloudTrail"."""
_S3_PARAMETERS = {"bucketName", "key", "Host"}
"""Source: Amazon S3 User Guide, "Example: Amazon S3 log file entries"."""


def unknown_parameters(event: Mapping[str, Any]) -> set[str]:
    """Return the request parameters of an event that its operation does not have.

    Raises
    ------
    OperationNotFoundError
        The service has no such operation.
    """
    source = event["eventSource"].partition(".")[0]
    operation = _operation(source, event["eventName"])
    parameters = event.get("requestParameters") or {}
    if source == "ec2" and operation.name in EC2_NESTED:
        nested = parameters.get(f"{operation.name}Request", {})
        members = {shape.serialization.get("name", name) for name, shape in _members(operation).items()}
        return (set(parameters) - {f"{operation.name}Request"}) | (set(nested) - _upper_first(members))
    names = {name[0].lower() + name[1:] for name in _members(operation)}
    if source == "s3":
        headers = {shape.serialization.get("name", name) for name, shape in _members(operation).items()}
        names = _S3_PARAMETERS | headers
    if source == "ec2":
        names |= EC2_SETS.get(operation.name, set())
    return set(parameters) - names


def _upper_first(names: set[str]) -> set[str]:
    return {name[0].upper() + name[1:] for name in names}


def _members(operation: OperationModel) -> Mapping[str, Any]:
    shape = operation.input_shape
    return shape.members if isinstance(shape, StructureShape) else {}


def _operation(source: str, event_name: str) -> OperationModel:
    name = _VERSION.sub("", event_name)
    return _model(MODELS[source]).operation_model(S3_OPERATIONS.get(name, name) if source == "s3" else name)


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
