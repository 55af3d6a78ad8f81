from typing import Any

from policy.rules._helpers.resource_types import (
    ALARM,
    COMPOSITE_ALARM,
    METRIC_FILTER,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
)
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, made, urn

NOTIFIES, DIMENSIONS, FILTER = "alarm-notifies", "alarm-has-dimensions", "metric-filter-has-alarm"
SUBSCRIBED, PUBLISHED = "alarm-topic-is-subscribed", "alarm-metric-is-published"
IT = declare(ALARM, "it", {"name": "late"})
TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:page"
PAGE = declare(TOPIC, "it", outputs={"arn": TOPIC_ARN})
POLICY = beside(TOPIC_POLICY, PAGE, "arn")


def watching(namespace: str, name: Any, *dimensions: str) -> Any:
    given = dict.fromkeys(dimensions, "x")
    return declare(ALARM, "it", {"namespace": namespace, "metricName": name, "dimensions": given})


def metric_filter() -> Any:
    return declare(
        METRIC_FILTER, "it", {"metricTransformation": {"namespace": "Ledger", "name": "Denied", "value": "1"}}
    )


CASES = [
    case(NOTIFIES, "a topic", PASS, declare(ALARM, inputs={"alarmActions": [UNKNOWN]})),
    case(NOTIFIES, "nobody", FAIL, IT),
    case(NOTIFIES, "an empty list", FAIL, declare(ALARM, inputs={"alarmActions": []})),
    case(NOTIFIES, "disabled", FAIL, declare(ALARM, inputs={"alarmActions": [TOPIC_ARN], "actionsEnabled": False})),
    case(NOTIFIES, "a composite alarm", PASS, declare(COMPOSITE_ALARM, inputs={"alarmActions": [TOPIC_ARN]})),
    case(
        NOTIFIES,
        "a composite alarm without an action",
        FAIL,
        declare(COMPOSITE_ALARM, inputs={"alarmRule": "ALARM(x)"}),
    ),
    case(
        NOTIFIES,
        "through a composite alarm not created yet",
        PASS,
        declare(ALARM, "it"),
        made(COMPOSITE_ALARM, "c", {"alarmRule": UNKNOWN}, alarmRule=[urn(ALARM, "it")]),
    ),
    case(
        NOTIFIES,
        "through a composite alarm, by name",
        PASS,
        IT,
        declare(COMPOSITE_ALARM, "c", {"alarmRule": 'ALARM("late") OR ALARM(x)'}),
    ),
    case(
        NOTIFIES,
        "beside a composite alarm of other alarms",
        FAIL,
        IT,
        declare(COMPOSITE_ALARM, "c", {"alarmRule": "ALARM(later)"}),
    ),
    case(
        NOTIFIES,
        "disabled, or not",
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
    case(DIMENSIONS, "its own metric", PASS, watching("Ledger", "Denied")),
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
        "unknown",
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
        "an alarm unknown",
        OPEN,
        metric_filter(),
        declare(ALARM, "a", {"namespace": "Ledger", "metricName": UNKNOWN}),
    ),
    case(
        SUBSCRIBED,
        "with a subscription",
        PASS,
        PAGE,
        POLICY,
        made(ALARM, "a", {"alarmActions": [UNKNOWN]}, alarmActions=[POLICY.urn]),
        made(TOPIC_SUBSCRIPTION, "s", {"topic": UNKNOWN}, topic=[PAGE.urn]),
    ),
    case(
        SUBSCRIBED,
        "without a subscription, through the topic policy",
        FAIL,
        PAGE,
        POLICY,
        made(ALARM, "a", {"alarmActions": [UNKNOWN]}, alarmActions=[POLICY.urn]),
    ),
    case(
        SUBSCRIBED,
        "without a subscription, by ARN",
        FAIL,
        PAGE,
        declare(COMPOSITE_ALARM, "a", {"alarmActions": [TOPIC_ARN]}),
    ),
    case(
        SUBSCRIBED,
        "with a subscription, by ARN",
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
    case(PUBLISHED, "by a filter", PASS, watching("Ledger", "Denied"), metric_filter()),
    case(PUBLISHED, "by no filter any more", FAIL, watching("Ledger", "Refused"), metric_filter()),
    case(PUBLISHED, "by AWS", NONE, watching("AWS/SQS", "ApproximateAgeOfOldestMessage"), metric_filter()),
    case(PUBLISHED, "by code, in a namespace of its own", NONE, watching("LedgerCode", "Refused"), metric_filter()),
    case(PUBLISHED, "a name not known yet", OPEN, watching("Ledger", UNKNOWN), metric_filter()),
    case(
        PUBLISHED,
        "in a query",
        FAIL,
        declare(
            ALARM,
            "it",
            {"metricQueries": [{"id": "a", "metric": {"namespace": "Ledger", "metricName": "Refused"}}]},
        ),
        metric_filter(),
    ),
    case(
        PUBLISHED,
        "a filter not known yet",
        OPEN,
        watching("Ledger", "Refused"),
        metric_filter(),
        declare(METRIC_FILTER, "f", {"metricTransformation": UNKNOWN}),
    ),
]
