"""How the readers ask AWS."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdas.shared.errors import SafeError

Client = Any
"""A boto3 client: the readers use ten services of it, two or three calls each."""


class Missing(SafeError):
    """A resource that should exist does not."""


@dataclass(frozen=True)
class Awaited:
    """A value that will become another one by itself, or by somebody who was asked to.

    Attributes
    ----------
    found
        What it is now.
    later
        What it will be.
    """

    found: object
    later: object


class Reading:
    """One round of questions: the same question is asked once.

    Parameters
    ----------
    client
        Gives the boto3 client of a service.
    """

    def __init__(self, client: Callable[[str], Client]) -> None:
        self._client = client
        self._answers: dict[tuple[str, str, str], dict[str, Any]] = {}

    def ask(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Return an operation's answer, with the pages of a long one put together."""
        question = (service, operation, repr(sorted(parameters.items())))
        if question not in self._answers:
            client = self._client(service)
            if client.can_paginate(operation):
                answer = client.get_paginator(operation).paginate(**parameters).build_full_result()
            else:
                answer = getattr(client, operation)(**parameters)
            self._answers[question] = answer
        return self._answers[question]

    def ask_unless(
        self, absent: Collection[str], service: str, operation: str, **parameters: object
    ) -> dict[str, Any] | None:
        """Return an operation's answer, or nothing where AWS answers with a code that says "not configured"."""
        try:
            return self.ask(service, operation, **parameters)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in absent:
                return None
            raise
