from typing import Any

from policy.rules._helpers.resource_types import (
    FUNCTION,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_MAPPING,
    FUNCTION_PERMISSION,
    LOG_GROUP,
    QUEUE,
)
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, made, urn

LOGGED = "function-has-log-group"
TRACED = "function-is-traced"
SET_ASIDE = "function-has-failure-destination"
ARN = "arn:aws:lambda:eu-central-1:111122223333:function:ledger"
FUNCTION_ALIAS = "aws:lambda/alias:Alias"
LAMBDA = declare(FUNCTION, "it", {"name": "ledger"})


def called(principal: Any, name: str = "side") -> Any:
    return beside(FUNCTION_PERMISSION, LAMBDA, "function", {"principal": principal}, name)


CASES = [
    case(LOGGED, "by name", PASS, LAMBDA, declare(LOG_GROUP, "g", {"name": "/aws/lambda/ledger"})),
    case(
        LOGGED,
        "by its configuration",
        PASS,
        made(FUNCTION, "it", {"loggingConfig": {"logGroup": UNKNOWN}}, loggingConfig=[urn(LOG_GROUP, "g")]),
        declare(LOG_GROUP, "g"),
    ),
    case(
        LOGGED,
        "by a name made from the function's",
        PASS,
        declare(FUNCTION, "it"),
        made(LOG_GROUP, "g", {"name": UNKNOWN}, name=[urn(FUNCTION, "it")]),
    ),
    case(LOGGED, "none", FAIL, LAMBDA),
    case(LOGGED, "another's", FAIL, LAMBDA, declare(LOG_GROUP, "g", {"name": "/aws/lambda/ledger2"})),
    case(LOGGED, "one outside the stack", FAIL, declare(FUNCTION, inputs={"loggingConfig": {"logGroup": "theirs"}})),
    case(LOGGED, "a group unknown", OPEN, declare(FUNCTION, inputs={"loggingConfig": {"logGroup": UNKNOWN}})),
    case(TRACED, "active", PASS, declare(FUNCTION, inputs={"tracingConfig": {"mode": "Active"}})),
    case(TRACED, "passing through", FAIL, declare(FUNCTION, inputs={"tracingConfig": {"mode": "PassThrough"}})),
    case(TRACED, "unknown", OPEN, declare(FUNCTION, inputs={"tracingConfig": {"mode": UNKNOWN}})),
    case(SET_ASIDE, "in a queue", PASS, declare(FUNCTION, inputs={"deadLetterConfig": {"targetArn": UNKNOWN}})),
    case(SET_ASIDE, "no policy", FAIL, LAMBDA),
    case(
        SET_ASIDE,
        "by a destination",
        PASS,
        LAMBDA,
        made(
            FUNCTION_INVOKE_CONFIG,
            "c",
            {"functionName": UNKNOWN, "destinationConfig": {"onFailure": {"destination": "x"}}},
            functionName=[LAMBDA.urn],
        ),
    ),
    case(
        SET_ASIDE,
        "by a destination for successful events",
        FAIL,
        LAMBDA,
        made(
            FUNCTION_INVOKE_CONFIG,
            "c",
            {"functionName": UNKNOWN, "destinationConfig": {"onSuccess": {"destination": "x"}}},
            functionName=[LAMBDA.urn],
        ),
    ),
    case(
        SET_ASIDE,
        "by the queue that invokes it",
        PASS,
        LAMBDA,
        made(
            FUNCTION_MAPPING,
            "m",
            {"functionName": UNKNOWN, "eventSourceArn": UNKNOWN},
            functionName=[LAMBDA.urn],
            eventSourceArn=[urn(QUEUE, "q")],
        ),
        declare(QUEUE, "q"),
    ),
    case(
        SET_ASIDE,
        "by the queue that invokes its alias",
        PASS,
        LAMBDA,
        made(FUNCTION_ALIAS, "live", {"functionName": UNKNOWN, "name": "live"}, functionName=[LAMBDA.urn]),
        made(
            FUNCTION_MAPPING,
            "m",
            {"functionName": UNKNOWN, "eventSourceArn": UNKNOWN},
            functionName=[urn(FUNCTION_ALIAS, "live")],
            eventSourceArn=[urn(QUEUE, "q")],
        ),
        declare(QUEUE, "q"),
    ),
    case(
        SET_ASIDE,
        "by the queue that invokes its alias, by ARN",
        PASS,
        declare(FUNCTION, "it", {"name": "ledger"}, outputs={"arn": ARN}),
        declare(
            FUNCTION_MAPPING,
            "m",
            {"functionName": f"{ARN}:live", "eventSourceArn": "arn:aws:sqs:eu-central-1:111122223333:q"},
        ),
    ),
    case(
        SET_ASIDE,
        "by the queue that invokes another function's alias",
        FAIL,
        declare(FUNCTION, "it", {"name": "ledger"}, outputs={"arn": ARN}),
        declare(
            FUNCTION_MAPPING,
            "m",
            {"functionName": f"{ARN}2:live", "eventSourceArn": "arn:aws:sqs:eu-central-1:111122223333:q"},
        ),
    ),
    case(
        SET_ASIDE,
        "invoked by a stream",
        FAIL,
        LAMBDA,
        declare(
            FUNCTION_MAPPING,
            "m",
            {"functionName": "ledger", "eventSourceArn": "arn:aws:kinesis:eu-central-1:111122223333:stream/x"},
        ),
    ),
    case(
        SET_ASIDE,
        "invoked by a stream with a destination",
        PASS,
        LAMBDA,
        declare(
            FUNCTION_MAPPING,
            "m",
            {"functionName": "ledger", "destinationConfig": {"onFailure": {"destinationArn": UNKNOWN}}},
        ),
    ),
    case(
        SET_ASIDE,
        "invoked by an unknown source",
        OPEN,
        LAMBDA,
        made(FUNCTION_MAPPING, "m", {"functionName": UNKNOWN, "eventSourceArn": UNKNOWN}, functionName=[LAMBDA.urn]),
    ),
    case(SET_ASIDE, "called synchronously", NONE, LAMBDA, called("apigateway.amazonaws.com")),
    case(
        SET_ASIDE,
        "called by another as well",
        FAIL,
        LAMBDA,
        called("apigateway.amazonaws.com"),
        called("events.amazonaws.com", "other"),
    ),
    case(SET_ASIDE, "invoked by an unknown caller", OPEN, LAMBDA, called(UNKNOWN)),
    case(
        LOGGED,
        "by a name made from the function's, which is unknown",
        PASS,
        declare(FUNCTION, "it", {"name": UNKNOWN}),
        made(LOG_GROUP, "g", {"name": UNKNOWN}, name=[urn(FUNCTION, "it")]),
    ),
]
