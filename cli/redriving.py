"""Asks a stack's redrive function for something, as an operator."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from offline.terminal import Progress, UserError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

READ_TIMEOUT = 330.0
"""Seconds to wait for an answer: somewhat longer than the function's timeout."""


def ask(client: "LambdaClient", function: str, request: dict[str, str]) -> dict[str, Any]:
    """Invoke the redrive function, and return its answer.

    Raises
    ------
    UserError
        The function cannot be invoked, or it failed; the message says why.
    """
    try:
        with Progress(f"{function} does {request['operation']}"):
            invoked = client.invoke(FunctionName=function, Payload=json.dumps(request))
            answer: dict[str, Any] = json.load(invoked["Payload"])
    except ClientError as error:
        reason = error.response["Error"]
        raise UserError(
            f"{function} cannot be invoked: AWS answered {reason['Code']}: {reason.get('Message', 'no message')}. Use the "
            f"credentials of an operator of this stack."
        ) from None
    if "FunctionError" in invoked:
        raise UserError(
            f"{function} failed with {answer.get('errorType', 'an error')}: {answer.get('errorMessage', 'no message')}. Its "
            f"log group is /aws/lambda/{function}."
        )
    return answer
