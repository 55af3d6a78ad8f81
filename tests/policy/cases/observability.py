from typing import Any

from policy.rules.types import (
    ALARM,
    BUCKET_LOGGING,
    COMPOSITE_ALARM,
    FUNCTION,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_MAPPING,
    LOG_GROUP,
    METRIC_FILTER,
    QUEUE,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
    TRAIL,
)
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, made, urn
from tests.policy.support import BUCKET, TAGS

NOTIFIES, DIMENSIONS, FILTER = "alarm-notifies", "alarm-has-dimensions", "metric-filter-raises-alarm"
SUBSCRIBED, LOGGED, TRACED = "alarm-topic-is-subscribed", "function-has-log-group", "function-is-traced"
SET_ASIDE, VALIDATED = "function-has-dead-letters", "trail-is-validated"
COVERED, ACCESS = "trail-covers-data-buckets", "bucket-logs-access"
IT = declare(ALARM, "it", {"name": "late"})
TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:page"
DATA = declare(BUCKET, "it", {"bucket": "ledger", "tags": TAGS})
UNNAMED = declare(BUCKET, "it", {"tags": TAGS})
PAGE = declare(TOPIC, "it", outputs={"arn": TOPIC_ARN})
POLICY = beside(TOPIC_POLICY, PAGE, "arn")
LAMBDA = declare(FUNCTION, "it", {"name": "ledger"})


def watching(namespace: str, name: str, *dimensions: str) -> Any:
    given = dict.fromkeys(dimensions, "x")
    return declare(ALARM, "it", {"namespace": namespace, "metricName": name, "dimensions": given})


def metric_filter() -> Any:
    return declare(
        METRIC_FILTER, "it", {"metricTransformation": {"namespace": "Ledger", "name": "Denied", "value": "1"}}
    )


def trail(**inputs: Any) -> Any:
    return declare(TRAIL, "trail", inputs)


def events(*values: Any, kind: str = "AWS::S3::Object", **rest: Any) -> Any:
    return trail(eventSelectors=[{"dataResources": [{"type": kind, "values": list(values)}], **rest}])


def advanced(*fields: Any) -> Any:
    basic = [{"field": "eventCategory", "equals": ["Data"]}, {"field": "resources.type", "equals": ["AWS::S3::Object"]}]
    return trail(advancedEventSelectors=[{"fieldSelectors": [*basic, *fields]}])


CASES = [
    case(NOTIFIES, "a topic", PASS, declare(ALARM, inputs={"alarmActions": [UNKNOWN]})),
    case(NOTIFIES, "nobody", FAIL, IT),
    case(NOTIFIES, "an empty list", FAIL, declare(ALARM, inputs={"alarmActions": []})),
    case(NOTIFIES, "switched off", FAIL, declare(ALARM, inputs={"alarmActions": [TOPIC_ARN], "actionsEnabled": False})),
    case(NOTIFIES, "a composite one", PASS, declare(COMPOSITE_ALARM, inputs={"alarmActions": [TOPIC_ARN]})),
    case(NOTIFIES, "a composite one, nobody", FAIL, declare(COMPOSITE_ALARM, inputs={"alarmRule": "ALARM(x)"})),
    case(
        NOTIFIES,
        "through a composite one to be made",
        PASS,
        declare(ALARM, "it"),
        made(COMPOSITE_ALARM, "c", {"alarmRule": UNKNOWN}, alarmRule=[urn(ALARM, "it")]),
    ),
    case(
        NOTIFIES,
        "through a composite one, by name",
        PASS,
        IT,
        declare(COMPOSITE_ALARM, "c", {"alarmRule": 'ALARM("late") OR ALARM(x)'}),
    ),
    case(
        NOTIFIES,
        "beside a composite one of others",
        FAIL,
        IT,
        declare(COMPOSITE_ALARM, "c", {"alarmRule": "ALARM(later)"}),
    ),
    case(
        NOTIFIES,
        "switched off, or not",
        OPEN,
        declare(ALARM, inputs={"alarmActions": [TOPIC_ARN], "actionsEnabled": UNKNOWN}),
    ),
    case(DIMENSIONS, "a queue's", PASS, watching("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName")),
    case(DIMENSIONS, "a queue's, without", FAIL, watching("AWS/SQS", "ApproximateNumberOfMessagesVisible")),
    case(DIMENSIONS, "another one", FAIL, watching("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Queue")),
    case(
        DIMENSIONS,
        "a table's errors without the operation",
        FAIL,
        watching("AWS/DynamoDB", "SystemErrors", "TableName"),
    ),
    case(DIMENSIONS, "a table's errors", PASS, watching("AWS/DynamoDB", "SystemErrors", "TableName", "Operation")),
    case(DIMENSIONS, "an account's errors", PASS, watching("AWS/DynamoDB", "UserErrors")),
    case(DIMENSIONS, "a table's throttles", PASS, watching("AWS/DynamoDB", "ReadThrottleEvents", "TableName")),
    case(DIMENSIONS, "a bucket's requests without the filter", FAIL, watching("AWS/S3", "4xxErrors", "BucketName")),
    case(DIMENSIONS, "a bucket's requests", PASS, watching("AWS/S3", "4xxErrors", "BucketName", "FilterId")),
    case(DIMENSIONS, "a bucket's size", PASS, watching("AWS/S3", "BucketSizeBytes", "BucketName", "StorageType")),
    case(DIMENSIONS, "all functions of an account", PASS, watching("AWS/Lambda", "Errors")),
    case(DIMENSIONS, "one's own metric", PASS, watching("Ledger", "Denied")),
    case(
        DIMENSIONS,
        "in a query",
        FAIL,
        declare(
            ALARM,
            inputs={
                "metricQueries": [
                    {"expression": "a + b"},
                    {"metric": {"namespace": "AWS/SQS", "metricName": "NumberOfMessagesSent"}},
                ]
            },
        ),
    ),
    case(
        DIMENSIONS,
        "in a query, given",
        PASS,
        declare(
            ALARM,
            inputs={
                "metricQueries": [
                    {
                        "metric": {
                            "namespace": "AWS/SQS",
                            "metricName": "NumberOfMessagesSent",
                            "dimensions": {"QueueName": UNKNOWN},
                        }
                    }
                ]
            },
        ),
    ),
    case(
        DIMENSIONS,
        "an unknown query beside a bad one",
        FAIL,
        declare(ALARM, inputs={"metricQueries": [UNKNOWN, {"metric": {"namespace": "AWS/SQS", "metricName": "x"}}]}),
    ),
    case(
        DIMENSIONS,
        "not known",
        OPEN,
        declare(ALARM, inputs={"namespace": "AWS/SQS", "metricName": "x", "dimensions": UNKNOWN}),
    ),
    case(
        FILTER, "an alarm", PASS, metric_filter(), declare(ALARM, "a", {"namespace": "Ledger", "metricName": "Denied"})
    ),
    case(
        FILTER,
        "an alarm on a query",
        PASS,
        metric_filter(),
        declare(ALARM, "a", {"metricQueries": [{"metric": {"namespace": "Ledger", "metricName": "Denied"}}]}),
    ),
    case(FILTER, "no alarm", FAIL, metric_filter()),
    case(
        FILTER,
        "an alarm on another metric",
        FAIL,
        metric_filter(),
        declare(ALARM, "a", {"namespace": "Ledger", "metricName": "denied"}),
    ),
    case(
        FILTER,
        "an alarm in another namespace",
        FAIL,
        metric_filter(),
        declare(ALARM, "a", {"namespace": "Other", "metricName": "Denied"}),
    ),
    case(
        FILTER,
        "an alarm not known",
        OPEN,
        metric_filter(),
        declare(ALARM, "a", {"namespace": "Ledger", "metricName": UNKNOWN}),
    ),
    case(
        SUBSCRIBED,
        "somebody",
        PASS,
        PAGE,
        POLICY,
        made(ALARM, "a", {"alarmActions": [UNKNOWN]}, alarmActions=[POLICY.urn]),
        made(TOPIC_SUBSCRIPTION, "s", {"topic": UNKNOWN}, topic=[PAGE.urn]),
    ),
    case(
        SUBSCRIBED,
        "nobody, by way of the topic's policy",
        FAIL,
        PAGE,
        POLICY,
        made(ALARM, "a", {"alarmActions": [UNKNOWN]}, alarmActions=[POLICY.urn]),
    ),
    case(SUBSCRIBED, "nobody, by ARN", FAIL, PAGE, declare(COMPOSITE_ALARM, "a", {"alarmActions": [TOPIC_ARN]})),
    case(
        SUBSCRIBED,
        "somebody, by ARN",
        PASS,
        PAGE,
        declare(ALARM, "a", {"alarmActions": [TOPIC_ARN]}),
        declare(TOPIC_SUBSCRIPTION, "s", {"topic": TOPIC_ARN}),
    ),
    case(
        SUBSCRIBED,
        "no alarm",
        NONE,
        PAGE,
        declare(ALARM, "a", {"alarmActions": ["arn:aws:sns:eu-central-1:111122223333:other"]}),
    ),
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
    case(LOGGED, "one of elsewhere", FAIL, declare(FUNCTION, inputs={"loggingConfig": {"logGroup": "theirs"}})),
    case(LOGGED, "a group not known", OPEN, declare(FUNCTION, inputs={"loggingConfig": {"logGroup": UNKNOWN}})),
    case(TRACED, "active", PASS, declare(FUNCTION, inputs={"tracingConfig": {"mode": "Active"}})),
    case(TRACED, "passing through", FAIL, declare(FUNCTION, inputs={"tracingConfig": {"mode": "PassThrough"}})),
    case(TRACED, "not known", OPEN, declare(FUNCTION, inputs={"tracingConfig": {"mode": UNKNOWN}})),
    case(SET_ASIDE, "in a queue", PASS, declare(FUNCTION, inputs={"deadLetterConfig": {"targetArn": UNKNOWN}})),
    case(SET_ASIDE, "nowhere", FAIL, LAMBDA),
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
        "by a destination for what went well",
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
        "by the queue that feeds it",
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
        "fed by a stream",
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
        "fed by a stream with a destination",
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
        "fed by nobody knows what",
        OPEN,
        LAMBDA,
        made(FUNCTION_MAPPING, "m", {"functionName": UNKNOWN, "eventSourceArn": UNKNOWN}, functionName=[LAMBDA.urn]),
    ),
    case(VALIDATED, "signed", PASS, trail(enableLogFileValidation=True)),
    case(VALIDATED, "unsigned", FAIL, trail()),
    case(VALIDATED, "switched off", FAIL, trail(enableLogFileValidation=True, enableLogging=False)),
    case(VALIDATED, "not known", OPEN, trail(enableLogFileValidation=UNKNOWN)),
    case(COVERED, "by its ARN", PASS, DATA, events("arn:aws:s3:::ledger/")),
    case(COVERED, "all buckets", PASS, DATA, events("arn:aws:s3")),
    case(COVERED, "another bucket", FAIL, DATA, events("arn:aws:s3:::ledger-2/")),
    case(COVERED, "a part of it", FAIL, DATA, events("arn:aws:s3:::ledger/a/")),
    case(COVERED, "another kind", FAIL, DATA, events("arn:aws:lambda", kind="AWS::Lambda::Function")),
    case(COVERED, "writes alone", FAIL, DATA, events("arn:aws:s3:::ledger/", readWriteType="WriteOnly")),
    case(COVERED, "no data events", FAIL, DATA, trail()),
    case(
        COVERED, "to be made", PASS, UNNAMED, made(TRAIL, "trail", events(UNKNOWN).inputs, eventSelectors=[UNNAMED.urn])
    ),
    case(
        COVERED,
        "to be made, for another bucket",
        FAIL,
        UNNAMED,
        made(TRAIL, "trail", events(UNKNOWN).inputs, eventSelectors=[urn(BUCKET, "x")]),
    ),
    case(COVERED, "all objects, by fields", PASS, DATA, advanced()),
    case(
        COVERED,
        "its objects, by fields",
        PASS,
        DATA,
        advanced({"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::ledger/"]}),
    ),
    case(
        COVERED,
        "other objects, by fields",
        FAIL,
        DATA,
        advanced({"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::x/"]}),
    ),
    case(
        COVERED,
        "all but others, by fields",
        PASS,
        DATA,
        advanced({"field": "resources.ARN", "notStartsWiths": ["arn:aws:s3:::x/"]}),
    ),
    case(
        COVERED,
        "all but its own, by fields",
        FAIL,
        DATA,
        advanced({"field": "resources.ARN", "notStartsWiths": ["arn:aws:s3:::ledger/"]}),
    ),
    case(COVERED, "writes alone, by fields", FAIL, DATA, advanced({"field": "readOnly", "equals": ["false"]})),
    case(
        COVERED,
        "management events, by fields",
        FAIL,
        DATA,
        trail(advancedEventSelectors=[{"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}]),
    ),
    case(COVERED, "no trail", NONE, DATA),
    case(
        COVERED,
        "internal data",
        NONE,
        declare(BUCKET, inputs={"tags": {**TAGS, "data-classification": "internal"}}),
        trail(),
    ),
    case(COVERED, "not known", OPEN, DATA, trail(eventSelectors=UNKNOWN)),
    case(
        ACCESS,
        "into another bucket",
        PASS,
        DATA,
        made(BUCKET_LOGGING[0], "l", {"bucket": UNKNOWN, "targetBucket": "logs"}, bucket=[DATA.urn]),
    ),
    case(
        ACCESS,
        "into itself",
        FAIL,
        DATA,
        made(BUCKET_LOGGING[1], "l", {"bucket": UNKNOWN, "targetBucket": "ledger"}, bucket=[DATA.urn]),
    ),
    case(ACCESS, "nowhere", FAIL, DATA),
    case(ACCESS, "in the bucket itself", PASS, declare(BUCKET, inputs={"logging": {"targetBucket": UNKNOWN}})),
    case(ACCESS, "another's", FAIL, DATA, declare(BUCKET_LOGGING[0], "l", {"bucket": "other", "targetBucket": "logs"})),
]
