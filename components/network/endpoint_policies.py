"""The endpoints' policies: made last, since they name buckets whose own policies name the endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.network.expected import ExpectedEndpoint
from components.network.policies import dynamodb_endpoint_policy, kms_endpoint_policy, s3_endpoint_policy
from components.shared.documents import document_json
from components.shared.expected import ExpectedResource


@dataclass(frozen=True, kw_only=True)
class EndpointPoliciesArgs:
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


class EndpointPolicies(pulumi.ComponentResource):
    """What may leave the network, by which endpoint.

    Attributes
    ----------
    expected_state
        What is meant of the endpoints.
    """

    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: EndpointPoliciesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:network:Perimeter", name, {}, opts)
        account = args.account_id
        documents = {
            "s3": document_json(
                s3_endpoint_policy, read_arns=args.read_arns, write_arns=args.write_arns, account_id=account
            ),
            "dynamodb": document_json(dynamodb_endpoint_policy, table_arn=args.table_arn, account_id=account),
            "kms": document_json(kms_endpoint_policy, key_arn=args.key_arn, account_id=account),
        }
        self.expected_state = []
        for service, document in documents.items():
            made = aws.ec2.VpcEndpointPolicy(
                f"{name}-{service}",
                vpc_endpoint_id=args.endpoint_ids[service],
                policy=document,
                opts=ResourceOptions(parent=self),
            )
            self.expected_state.append(ExpectedEndpoint(id=made.vpc_endpoint_id, policy=document))
        self.register_outputs({})
