"""An account of the enforcing emulator, and the people and pipelines in it: roles that are assumed through STS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.support.iam.builders import allow, policy

EVERYTHING = policy(allow(Sid="Everything"))
"""The identity policy of every role here, so that only the stack's own documents can deny a request."""
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
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)

    def create_roles(self, names: list[str]) -> None:
        """Create roles that the account's principals may assume, each with an administrator's permissions."""
        iam = self._connect("iam", {"aws_access_key_id": self.account_id, "aws_secret_access_key": "test"})
        iam.create_user(UserName="engineer")
        iam.put_user_policy(UserName="engineer", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
        key = iam.create_access_key(UserName="engineer")["AccessKey"]
        self._keys["user"] = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
        root = f"arn:aws:iam::{self.account_id}:root"
        trust = policy({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"})
        for name in names:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
            iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))

    @cached_property
    def _keys(self) -> dict[str, dict[str, str]]:
        return {}

    def credentials(self, role: str) -> Mapping[str, str]:
        """Return credentials of a session of a role, as arguments of a boto3 session."""
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

    def client(self, service: str, role: str) -> Any:
        """Return a boto3 client with a session of a role."""
        return self._connect(service, self.credentials(role))

    def _connect(self, service: str, credentials: Mapping[str, str]) -> Any:
        known = (service, credentials["aws_access_key_id"])
        if known not in self._clients:
            session: Any = boto3.Session(**credentials, region_name=self.region)  # type: ignore[arg-type]
            self._clients[known] = session.client(
                service, endpoint_url=self.endpoint, config=_CLIENT, verify=str(self.authority)
            )
        return self._clients[known]
