"""The boto3 clients of one run, in every region and account that it reads."""

from functools import cache

import boto3

from lambdas.attestor.reading import Client, Location
from lambdas.shared.clients import client_config


class RunClients:
    """The clients of one run, each made once. A later run makes its own: the session of an assumed role lasts an hour."""

    def __init__(self) -> None:
        self._client, self._session = cache(_new_client), cache(self._new_session)

    def __call__(self, service: str, location: Location | None = None, /) -> Client:
        """Return the client of a service, at a location or at home."""
        session = self._session(location.role_arn if location else None)
        return self._client(session, service, location.region if location else None)

    def _new_session(self, role_arn: str | None) -> boto3.Session:
        if role_arn is None:
            return boto3.Session()
        answer = self("sts").assume_role(RoleArn=role_arn, RoleSessionName="attestor")["Credentials"]
        return boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])


def _new_client(session: boto3.Session, service: str, region: str | None) -> Client:
    # One attempt: retries are decided in one place, which knows what else remains to be read.
    config = client_config(attempts=1, read_timeout=10)
    return session.client(service, region, config=config)  # type: ignore[call-overload]
