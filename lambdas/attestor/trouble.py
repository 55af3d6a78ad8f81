"""What AWS's answers mean: whether trouble passes by itself, and how it is told."""

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its own

from lambdas.telemetry import Told, described

_PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "KMSInternalException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes that say "later", whatever status they come with."""


class Missing(Told):
    """A resource that was meant to be there is not."""


def passes(error: Exception) -> bool:
    """Whether the same call may succeed a little later: throttled, a fault of AWS's, or no connection."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response.get("Error", {}).get("Code") in _PASSING or status == 429 or status >= 500
    return isinstance(error, (ConnectionError, HTTPClientError))


def told(error: Exception) -> str:
    """Return what may be told of trouble: of AWS's control planes the whole answer, which quotes no data."""
    if isinstance(error, ClientError):
        return f"{described(error)}: {error.response.get('Error', {}).get('Message', 'no message')}"
    if isinstance(error, BotoCoreError):
        return f"{type(error).__name__}: {error}"
    return described(error)
