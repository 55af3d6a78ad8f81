"""An account of the enforcing emulator, and the people and pipelines in it: roles that are assumed through STS."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bootstrap.names import BOUNDARY
from tests.support.iam.builders import allow, policy

EVERYTHING = policy(allow(Sid="Everything"))
"""The identity policy of people and pipelines, so that only the stack's own documents can deny a request."""
ADMINISTRATOR = {"everything": EVERYTHING}
"""The documents of a role with that policy."""
_SESSION: Any = boto3.Session()
"""One for all clients, since it keeps the models of the services that it has read."""
_CLIENT = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2})


@dataclass(frozen=True)
class Account:
    """One account of an emulator.

    Attributes
    ----------
    account_id
        Twelve digits. The emulator knows any account, and takes the id as access key of the account's root user.
    endpoint, authority
        URL of every service, and the certificate authority that signed its certificate.
    region
        Region of the clients.
    """

    account_id: str
    endpoint: str
    authority: Path
    region: str
    _clients: dict[tuple[str, str, bool], Any] = field(default_factory=dict, compare=False)

    def create_roles(
        self, policies: Mapping[str, Mapping[str, Any]], boundary: Mapping[str, Any], trusted: Sequence[str] = ()
    ) -> None:
        """Create what bootstrap creates: roles that the account's principals may assume, and the boundary of a stack's roles.

        Parameters
        ----------
        policies
            Policy documents of each role, by name.
        boundary
            The permissions boundary.
        trusted
            Accounts whose principals may assume the roles; without one, only this account's.
        """
        iam = self._connect("iam", {"aws_access_key_id": self.account_id, "aws_secret_access_key": "test"})
        iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(boundary))
        iam.create_user(UserName="engineer")
        iam.put_user_policy(UserName="engineer", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
        key = iam.create_access_key(UserName="engineer")["AccessKey"]
        self._keys["user"] = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
        roots = [f"arn:aws:iam::{account_id}:root" for account_id in trusted or (self.account_id,)]
        trust = policy({"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "sts:AssumeRole"})
        for role, documents in policies.items():
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
            for name, document in documents.items():
                iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    @cached_property
    def _keys(self) -> dict[str, dict[str, str]]:
        return {}

    def credentials(self, role: str) -> Mapping[str, str]:
        """Return credentials of a session of a role, as arguments of a boto3 client."""
        if role not in self._keys:
            arn = f"arn:aws:iam::{self.account_id}:role/{role}"
            answer = self._connect("sts", self._keys["user"]).assume_role(RoleArn=arn, RoleSessionName=role)
            found = answer["Credentials"]
            self._keys[role] = {
                "aws_access_key_id": found["AccessKeyId"],
                "aws_secret_access_key": found["SecretAccessKey"],
                "aws_session_token": found["SessionToken"],
            }
        return self._keys[role]

    def client(self, service: str, role: str, *, plain_http: bool = False) -> Any:
        """Return a boto3 client with a session of a role.

        Parameters
        ----------
        plain_http
            Whether the emulator, which serves HTTPS only, is to take the requests for plain HTTP.
        """
        return self._connect(service, self.credentials(role), plain_http=plain_http)

    def _connect(self, service: str, credentials: Mapping[str, str], *, plain_http: bool = False) -> Any:
        known = (service, credentials["aws_access_key_id"], plain_http)
        if known not in self._clients:
            self._clients[known] = _SESSION.client(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint,
                verify=str(self.authority),
                config=_CLIENT,
                **credentials,
            )
            if plain_http:
                self._clients[known].meta.events.register("before-call", _as_plain_http)
        return self._clients[known]


def _as_plain_http(params: dict[str, Any], **_: Any) -> None:
    # The header of a proxy that ends TLS; the emulator believes it.
    params["headers"]["X-Forwarded-Proto"] = "http"
