"""Policies of the VPC endpoints, created last: they name buckets whose own policies name the endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input

from components.base import Component
from components.network.expected import expected_endpoint
from components.network.policies import dynamodb_endpoint_policy, kms_endpoint_policy, s3_endpoint_policy
from components.shared.documents import document_json


@dataclass(frozen=True, kw_only=True)
class EndpointPoliciesArgs:
    """Inputs of the endpoint policies.

    Attributes
    ----------
    endpoint_ids
        Endpoints by service: `s3`, `dynamodb`, `kms`.
    account_id
        Account whose principals and resources the endpoints serve.
    read_arns, write_arns
        Buckets whose objects may be read, and written.
    table_arn
        Table whose items may be used.
    key_arn
        Key that tokens are derived from.
    malware_scan
        Whether the verdicts of the malware scan are read, which are tags of object versions.
    """

    endpoint_ids: Mapping[str, Input[str]]
    account_id: str
    read_arns: Sequence[Input[str]]
    write_arns: Sequence[Input[str]]
    table_arn: Input[str]
    key_arn: Input[str]
    malware_scan: bool


class EndpointPolicies(Component[EndpointPoliciesArgs]):
    """What may leave the network through each endpoint."""

    def create(self, name: str, args: EndpointPoliciesArgs) -> None:
        """Create a policy for each endpoint."""
        account = args.account_id
        documents = {
            "s3": document_json(
                s3_endpoint_policy,
                read_arns=args.read_arns,
                write_arns=args.write_arns,
                account_id=account,
                malware_scan=args.malware_scan,
            ),
            "dynamodb": document_json(dynamodb_endpoint_policy, table_arn=args.table_arn, account_id=account),
            "kms": document_json(kms_endpoint_policy, key_arn=args.key_arn, account_id=account),
        }
        for service, document in documents.items():
            policy = aws.ec2.VpcEndpointPolicy(
                f"{name}-{service}", vpc_endpoint_id=args.endpoint_ids[service], policy=document, opts=self.child
            )
            self.expect(expected_endpoint(id=policy.vpc_endpoint_id, policy=document))
