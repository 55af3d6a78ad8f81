"""The policy documents that are deployed, and what the evaluator of IAM's rules decides under them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.enforcement.account import Account
from tests.enforcement.call import Call
from tests.enforcement.deployment import Deployment
from tests.support.iam.conditions import ContextValue
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Principal, Request

Json = Mapping[str, Any]
_TLS: Mapping[str, ContextValue] = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}


@dataclass(frozen=True)
class Documents:
    """The documents of one deployment, read with an administrator's role."""

    stack: Deployment
    account: Account
    reader: str

    def allow(self, call: Call, principal: Principal, identity: list[Json], inside: bool = False) -> bool:
        """Tell whether the documents allow a request.

        Parameters
        ----------
        identity
            The identity policies of the principal.
        inside
            Whether the request comes from a function in the network.
        """
        service = call.action.partition(":")[0]
        endpoint = self.stack.outputs["vpc_endpoint_ids"].get(service) if inside else None
        request = Request(
            principal,
            call.action,
            call.resource,
            account=self.account.account_id,
            context={**_TLS, **call.keys, **({"aws:SourceVpce": endpoint} if endpoint else {})},
        )
        policies = Policies(
            identity=identity,
            endpoint=self._endpoints[endpoint] if endpoint else None,
            resource=self._of_resource(call),
            key=self._of_key(call.resource) if service == "kms" else None,
            trust=self.trust(call.resource.rpartition("/")[2]) if service == "sts" else None,
        )
        return decide(request, policies).allowed

    def role(self, name: str) -> Json:
        """Return the permissions of one of the stack's roles."""
        iam = self.account.client("iam", self.reader)
        (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
        document: Json = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        return document

    def trust(self, name: str) -> Json:
        """Return the trust policy of one of the stack's roles."""
        role = self.account.client("iam", self.reader).get_role(RoleName=name)["Role"]
        document: Json = role["AssumeRolePolicyDocument"]
        return document

    def _of_resource(self, call: Call) -> Json | None:
        service, arguments = call.action.partition(":")[0], call.arguments
        client = self.account.client(service, self.reader)
        if service == "s3":
            return _parsed(client.get_bucket_policy(Bucket=arguments["Bucket"])["Policy"])
        if service == "sqs":
            found = client.get_queue_attributes(QueueUrl=arguments["QueueUrl"], AttributeNames=["Policy"])
            return _parsed(found["Attributes"]["Policy"])
        if service == "dynamodb":
            return _parsed(client.get_resource_policy(ResourceArn=call.resource.partition("/index/")[0])["Policy"])
        if service == "sns":
            return _parsed(client.get_topic_attributes(TopicArn=arguments["TopicArn"])["Attributes"]["Policy"])
        return None

    def _of_key(self, arn: str) -> Json:
        kms = self.account.client("kms", self.reader)
        return _parsed(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])

    @cached_property
    def _endpoints(self) -> Mapping[str, Json]:
        """The policies of the VPC endpoints by id, from the engine's state: the emulator does not return them."""
        exported = json.loads(self.stack.state)
        return {
            resource["inputs"]["vpcEndpointId"]: _parsed(resource["inputs"]["policy"])
            for resource in exported["deployment"]["resources"]
            if resource["type"] == "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
        }


def _parsed(document: str) -> Json:
    found: Json = json.loads(document)
    return found
