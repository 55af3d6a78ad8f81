"""How a control reads an actual value from AWS."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdas.shared.errors import SafeError, error_code

Client = Any
"""A boto3 client: the controls use eleven services, and two or three operations of each."""


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
    """One round of reads: the same call is made only once.

    Parameters
    ----------
    client
        Returns the boto3 client of a service, or of a service and a region that is not the attestor's own.
    """

    def __init__(self, client: Callable[..., Client]) -> None:
        self._client = client
        self._responses: dict[tuple[str, str, str], dict[str, Any]] = {}

    def call(self, service: str, operation: str, *, region: str = "", **parameters: object) -> dict[str, Any]:
        """Return the response of an operation, with all its pages; the region is the attestor's own unless one is given."""
        call = (f"{service} {region}", operation, repr(sorted(parameters.items())))
        if call not in self._responses:
            client = self._client(service, region) if region else self._client(service)
            if client.can_paginate(operation):
                response = client.get_paginator(operation).paginate(**parameters).build_full_result()
            else:
                response = getattr(client, operation)(**parameters)
            self._responses[call] = response
        return self._responses[call]

    def call_unless(
        self, absent: Collection[str], service: str, operation: str, **parameters: Any
    ) -> dict[str, Any] | None:
        """Return the response of an operation, or none if AWS answers with a code that means "not configured"."""
        try:
            return self.call(service, operation, **parameters)
        except ClientError as error:
            if error_code(error) in absent:
                return None
            raise
