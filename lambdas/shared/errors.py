"""What may be logged about an error, and which errors are transient.

The message of an arbitrary exception might quote the record that it failed on, so it is never logged.
"""

import traceback
from pathlib import PurePath

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its own

_TRANSIENT_CODES = frozenset(
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
"""Error codes that ask for a retry, whatever HTTP status they come with."""


class SafeError(Exception):
    """An error whose message is safe to log: it quotes no content."""


def is_transient(error: Exception) -> bool:
    """Return whether the same call may succeed a little later: throttling, a server error, or no connection."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(error) in _TRANSIENT_CODES or status == 429 or status >= 500
    return isinstance(error, (ConnectionError, HTTPClientError))


def error_code(error: ClientError) -> str:
    """Return the code of AWS's error response, or an empty string."""
    return error.response.get("Error", {}).get("Code", "")


def describe(error: BaseException) -> str:
    """Return a description of an error that is safe to log: the message, or else type and line of code."""
    if isinstance(error, SafeError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, ClientError):
        return f"AWS answered {error_code(error) or 'without a code'} to {error.operation_name}"
    frames = traceback.extract_tb(error.__traceback__)
    location = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    cause = error.__cause__ or error.__context__
    after = f", after {describe(cause)}" if isinstance(cause, ClientError) else ""
    return f"{type(error).__name__}{location}{after}"


def describe_with_message(error: Exception) -> str:
    """Return a description with AWS's message: only for calls to control planes, whose messages quote no data."""
    if isinstance(error, ClientError):
        return f"{describe(error)}: {error.response.get('Error', {}).get('Message', 'no message')}"
    if isinstance(error, BotoCoreError):
        return f"{type(error).__name__}: {error}"
    return describe(error)
