import json
from dataclasses import replace
from typing import Any

from policy.rules._helpers.resource_types import FUNCTION, FUNCTION_MAPPING, KEY, LOG_GROUP, QUEUE, QUEUE_POLICY, TABLE
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, made, urn
from tests.policy.support import BUCKET, TAGS

SET_ASIDE, OUTLASTS, PARTIAL = (
    "queue-has-dead-letter-queue",
    "queue-visibility-exceeds-function-timeout",
    "mapping-reports-partial-failures",
)
FUNCTION_ALIAS = "aws:lambda/alias:Alias"
PROTECTED = "stateful-resource-is-protected"
REDRIVE, ALLOW = "aws:sqs/redrivePolicy:RedrivePolicy", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
DEAD_ARN = "arn:aws:sqs:eu-central-1:111122223333:dead"
DEAD = declare(QUEUE, "dead", {"messageRetentionSeconds": 1209600}, outputs={"arn": DEAD_ARN})
BRIEF = declare(QUEUE, "dead", {}, outputs={"arn": DEAD_ARN})


def redrive(count: Any = 5, target: Any = DEAD_ARN) -> str:
    return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})


def queue(**inputs: Any) -> Any:
    return declare(QUEUE, "it", inputs)


def mapping(**inputs: Any) -> Any:
    return made(
        FUNCTION_MAPPING,
        "it",
        {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN, **inputs},
        eventSourceArn=[urn(QUEUE, "q")],
        functionName=[urn(FUNCTION, "f")],
    )


def works(visibility: Any = 180, timeout: Any = 30, count: Any = 5) -> tuple[Any, Any]:
    source = declare(QUEUE, "q", {"visibilityTimeoutSeconds": visibility, "redrivePolicy": redrive(count)})
    return source, declare(FUNCTION, "f", {"timeout": timeout})


def prod(kind: str, *, protect: bool | None, **inputs: Any) -> Any:
    return replace(declare(kind, "it", {"tags": {**TAGS, "environment": "prod"}, **inputs}), protect=protect)


CASES = [
    case(SET_ASIDE, "in a queue that keeps them longer", PASS, queue(redrivePolicy=redrive()), DEAD),
    case(SET_ASIDE, "by numbers in a text", PASS, queue(redrivePolicy=redrive("5")), DEAD),
    case(
        SET_ASIDE,
        "in a queue outside the stack",
        PASS,
        queue(redrivePolicy=redrive(target="arn:aws:sqs:eu-central-1:111122223333:x")),
    ),
    case(SET_ASIDE, "in a queue that keeps them no longer", FAIL, queue(redrivePolicy=redrive()), BRIEF),
    case(SET_ASIDE, "no policy", FAIL, queue()),
    case(SET_ASIDE, "after one attempt", FAIL, queue(redrivePolicy=redrive(1)), DEAD),
    case(
        SET_ASIDE,
        "after an unknown number of attempts",
        FAIL,
        queue(redrivePolicy=json.dumps({"deadLetterTargetArn": DEAD_ARN})),
        DEAD,
    ),
    case(SET_ASIDE, "into nothing", FAIL, queue(redrivePolicy=json.dumps({"maxReceiveCount": 5}))),
    case(SET_ASIDE, "not JSON", FAIL, queue(redrivePolicy="{")),
    case(
        SET_ASIDE,
        "by a resource beside it",
        PASS,
        queue(),
        beside(REDRIVE, queue(), "queueUrl", {"redrivePolicy": redrive()}),
        DEAD,
    ),
    case(
        SET_ASIDE,
        "by a resource beside it, after one attempt",
        FAIL,
        queue(),
        beside(REDRIVE, queue(), "queueUrl", {"redrivePolicy": redrive(1)}),
        DEAD,
    ),
    case(
        SET_ASIDE, "the dead-letter queue of another", NONE, BRIEF, declare(QUEUE, "it", {"redrivePolicy": redrive()})
    ),
    case(
        SET_ASIDE,
        "the dead-letter queue of another, not created yet",
        NONE,
        declare(QUEUE, "dead"),
        made(QUEUE, "it", {"redrivePolicy": UNKNOWN}, redrivePolicy=[urn(QUEUE, "dead")]),
    ),
    case(
        SET_ASIDE,
        "the dead-letter queue of a function",
        NONE,
        declare(QUEUE, "dead"),
        made(FUNCTION, "f", {"deadLetterConfig": {"targetArn": UNKNOWN}}, deadLetterConfig=[urn(QUEUE, "dead")]),
    ),
    case(
        SET_ASIDE,
        "the dead-letter queue of another that a function consumes",
        FAIL,
        declare(QUEUE, "dead"),
        made(QUEUE, "it", {"redrivePolicy": UNKNOWN}, redrivePolicy=[urn(QUEUE, "dead")]),
        made(FUNCTION_MAPPING, "m", {"eventSourceArn": UNKNOWN}, eventSourceArn=[urn(QUEUE, "dead")]),
    ),
    case(SET_ASIDE, "with a redrive allow policy", NONE, queue(redriveAllowPolicy='{"redrivePermission": "byQueue"}')),
    case(SET_ASIDE, "with a separate redrive allow policy", NONE, queue(), beside(ALLOW, queue(), "queueUrl")),
    case(SET_ASIDE, "unknown", OPEN, made(QUEUE, "it", {"redrivePolicy": UNKNOWN}, redrivePolicy=[DEAD.urn]), DEAD),
    case(
        SET_ASIDE,
        "unknown, in a queue that keeps them no longer",
        FAIL,
        made(QUEUE, "it", {"redrivePolicy": UNKNOWN}, redrivePolicy=[BRIEF.urn]),
        BRIEF,
    ),
    case(OUTLASTS, "six times", PASS, mapping(), *works()),
    case(OUTLASTS, "a second less", FAIL, mapping(), *works(179)),
    case(OUTLASTS, "with the defaults of both", PASS, mapping(), *works(None, None)),
    case(OUTLASTS, "with the defaults of the queue", FAIL, mapping(), *works(None, 6)),
    case(OUTLASTS, "four attempts", FAIL, mapping(), *works(count=4)),
    case(
        OUTLASTS,
        "by way of the queue's policy",
        FAIL,
        made(
            FUNCTION_MAPPING,
            "it",
            {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN},
            eventSourceArn=[urn(QUEUE_POLICY, "side")],
            functionName=[urn(FUNCTION, "f")],
        ),
        *works(179),
        beside(QUEUE_POLICY, declare(QUEUE, "q"), "queueUrl"),
    ),
    case(
        OUTLASTS,
        "by way of the function's alias",
        FAIL,
        made(
            FUNCTION_MAPPING,
            "it",
            {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN},
            eventSourceArn=[urn(QUEUE, "q")],
            functionName=[urn(FUNCTION_ALIAS, "live")],
        ),
        *works(179),
        made(FUNCTION_ALIAS, "live", {"functionName": UNKNOWN, "name": "live"}, functionName=[urn(FUNCTION, "f")]),
    ),
    case(
        OUTLASTS,
        "a queue outside the stack",
        NONE,
        declare(
            FUNCTION_MAPPING, inputs={"eventSourceArn": "arn:aws:sqs:eu-central-1:111122223333:x", "functionName": "f"}
        ),
    ),
    case(OUTLASTS, "a timeout unknown beside four attempts", FAIL, mapping(), *works(timeout=UNKNOWN, count=4)),
    case(OUTLASTS, "unknown", OPEN, mapping(), *works(UNKNOWN)),
    case(PARTIAL, "told", PASS, mapping(functionResponseTypes=["ReportBatchItemFailures"])),
    case(PARTIAL, "not told", FAIL, mapping()),
    case(
        PARTIAL,
        "not told, by ARN",
        FAIL,
        declare(FUNCTION_MAPPING, inputs={"eventSourceArn": "arn:aws:kinesis:eu-central-1:111122223333:stream/x"}),
    ),
    case(
        PARTIAL,
        "a source without it",
        NONE,
        declare(FUNCTION_MAPPING, inputs={"eventSourceArn": "arn:aws:kafka:eu-central-1:111122223333:cluster/x"}),
    ),
    case(PARTIAL, "a source unknown", OPEN, declare(FUNCTION_MAPPING, inputs={"eventSourceArn": UNKNOWN})),
    case(PROTECTED, "protected", PASS, prod(TABLE, protect=True)),
    case(PROTECTED, "a table", FAIL, prod(TABLE, protect=False)),
    case(PROTECTED, "a key", FAIL, prod(KEY, protect=False)),
    case(PROTECTED, "a log group", FAIL, prod(LOG_GROUP, protect=False)),
    case(PROTECTED, "a bucket with Object Lock", FAIL, prod(BUCKET, protect=False, objectLockEnabled=True)),
    case(PROTECTED, "a bucket of data in transit", NONE, prod(BUCKET, protect=False)),
    case(PROTECTED, "in development", NONE, declare(TABLE, inputs={"tags": TAGS})),
    case(PROTECTED, "a source that does not say", OPEN, prod(TABLE, protect=None)),
    case(OUTLASTS, "more receives than are needed", PASS, mapping(), *works(count=10)),
    case(SET_ASIDE, "more receives than are needed", PASS, queue(redrivePolicy=redrive(10)), DEAD),
    case(
        SET_ASIDE,
        "in a queue that keeps them a second longer than the four days of any queue",
        PASS,
        queue(redrivePolicy=redrive()),
        declare(QUEUE, "dead", {"messageRetentionSeconds": 345601}, outputs={"arn": DEAD_ARN}),
    ),
    case(
        SET_ASIDE,
        "in a queue that keeps them the four days of any queue",
        FAIL,
        queue(redrivePolicy=redrive()),
        declare(QUEUE, "dead", {"messageRetentionSeconds": 345600}, outputs={"arn": DEAD_ARN}),
    ),
    case(
        SET_ASIDE,
        "in a queue that keeps them for a minute",
        FAIL,
        queue(redrivePolicy=redrive()),
        declare(QUEUE, "dead", {"messageRetentionSeconds": 60}, outputs={"arn": DEAD_ARN}),
    ),
]
