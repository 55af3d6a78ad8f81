"""The endpoints' policies: made last, since they name buckets whose own policies name the endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.documents.endpoint import dynamodb_endpoint_policy, kms_endpoint_policy, s3_endpoint_policy
from components.intent import EndpointIntent, Intent
from components.rendering import rendered


@dataclass(frozen=True, kw_only=True)
class PerimeterArgs:
    """What the endpoints let through.

    Attributes
    ----------
    endpoint_ids
        Endpoint by service: `s3`, `dynamodb`, `kms`.
    account_id
        The account whose principals and resources they are for.
    read_arns, write_arns
        Buckets whose objects may be read, and written.
    table_arn
        The table whose items may be used.
    key_arn
        The key that tokens are made with.
    """

    endpoint_ids: Mapping[str, Input[str]]
    account_id: str
    read_arns: Sequence[Input[str]]
    write_arns: Sequence[Input[str]]
    table_arn: Input[str]
    key_arn: Input[str]


class Perimeter(pulumi.ComponentResource):
    """What may leave the network, by which endpoint.

    Attributes
    ----------
    intents
        What is meant of the endpoints.
    """

    intents: list[Intent]

    def __init__(self, name: str, args: PerimeterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:network:Perimeter", name, {}, opts)
        account = args.account_id
        documents = {
            "s3": rendered(
                s3_endpoint_policy, read_arns=args.read_arns, write_arns=args.write_arns, account_id=account
            ),
            "dynamodb": rendered(dynamodb_endpoint_policy, table_arn=args.table_arn, account_id=account),
            "kms": rendered(kms_endpoint_policy, key_arn=args.key_arn, account_id=account),
        }
        self.intents = []
        for service, document in documents.items():
            made = aws.ec2.VpcEndpointPolicy(
                f"{name}-{service}",
                vpc_endpoint_id=args.endpoint_ids[service],
                policy=document,
                opts=ResourceOptions(parent=self),
            )
            self.intents.append(EndpointIntent(id=made.vpc_endpoint_id, policy=document))
        self.register_outputs({})
