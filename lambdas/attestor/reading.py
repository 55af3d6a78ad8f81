"""How a control reads an actual value from AWS."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from lambdas.shared.errors import SafeError, error_code

Client = Any
"""A boto3 client: the controls use twelve services, and two or three operations of each."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where a resource is that is not in the attestor's own region, or not in its account.

    Attributes
    ----------
    region
        Region code, such as `eu-west-1`.
    role_arn
        Role of the other account that the attestor reads with; None for the attestor's own account.
    """

    region: str
    role_arn: str | None = None


class Clients(Protocol):
    """Returns the boto3 client of a service, at a location or at home."""

    def __call__(self, service: str, location: Location | None = None, /) -> Client:
        """Return the client."""


class ResourceMissing(SafeError):
    """A resource that should exist does not."""


@dataclass(frozen=True)
class PendingValue:
    """A value that will change, because AWS or a person still has to act.

    Attributes
    ----------
    found
        The value now.
    later
        The value after the change.
    """

    found: object
    later: object


@dataclass(frozen=True)
class ReadFailure:
    """A value that could not be read.

    Attributes
    ----------
    reason
        Why, for a person.
    transient
        Whether a retry may succeed.
    """

    reason: str
    transient: bool


class Reading:
    """One round of reads at one location: the same call is made only once.

    Parameters
    ----------
    clients
        Returns the boto3 client of a service.
    location
        Where the resources are; None for the attestor's own region and account.
    """

    def __init__(self, clients: Clients, location: Location | None = None) -> None:
        self._clients, self._location = clients, location
        self._responses: dict[tuple[str, str, str], dict[str, Any]] = {}

    def call(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Return the response of an operation, with all its pages."""
        call = (service, operation, repr(sorted(parameters.items())))
        if call not in self._responses:
            client = self._clients(service, self._location)
            if client.can_paginate(operation):
                response = client.get_paginator(operation).paginate(**parameters).build_full_result()
            else:
                response = getattr(client, operation)(**parameters)
            self._responses[call] = response
        return self._responses[call]

    def call_unless(
        self, absent: Collection[str], service: str, operation: str, **parameters: object
    ) -> dict[str, Any] | None:
        """Return the response of an operation, or none if AWS answers with a code that means "not configured"."""
        try:
            return self.call(service, operation, **parameters)
        except ClientError as error:
            if error_code(error) in absent:
                return None
            raise
