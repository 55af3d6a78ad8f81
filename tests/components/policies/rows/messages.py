"""Queues and topics."""

from tests.components.policies.attached import ADMINISTRATOR, DEAD_LETTERS, INPUT, OUTPUT, QUEUE, STRANGER, TOPIC, local
from tests.components.policies.rows.row import CLOUDWATCH, EC2, PLAIN, S3, Row, source
from tests.support.iam.builders import AWAY, HOME
from tests.support.iam.request import ANONYMOUS

ALARM, FOREIGN_ALARM = local("cloudwatch", "alarm:errors"), local("cloudwatch", "alarm:errors", AWAY)

QUEUES: list[Row] = [
    (S3, "sqs:SendMessage", QUEUE, source(INPUT), "yes"),
    (S3, "sqs:SendMessage", QUEUE, {**source(INPUT), **PLAIN}, "DenyPlainHttp"),
    (S3, "sqs:SendMessage", QUEUE, source(OUTPUT), "no: resource"),
    (S3, "sqs:SendMessage", QUEUE, source(INPUT, AWAY), "no: resource"),
    (S3, "sqs:SendMessage", QUEUE, {"aws:SourceAccount": HOME}, "no: resource"),
    (S3, "sqs:ReceiveMessage", QUEUE, source(INPUT), "no: resource"),
    (S3, "sqs:SendMessage", DEAD_LETTERS, source(INPUT), "no: resource"),
    *(
        row
        for queue in (QUEUE, DEAD_LETTERS)
        for row in [
            (ADMINISTRATOR, "sqs:SendMessage", queue, {}, "yes"),
            (ADMINISTRATOR, "sqs:ReceiveMessage", queue, PLAIN, "DenyPlainHttp"),
            (STRANGER, "sqs:SendMessage", queue, {}, "no: resource"),
            (STRANGER, "sqs:ReceiveMessage", queue, {}, "no: resource"),
            (ANONYMOUS, "sqs:SendMessage", queue, {}, "no: resource"),
            (EC2, "sqs:SendMessage", queue, source(INPUT), "no: resource"),
        ]
    ),
]

TOPICS: list[Row] = [
    (CLOUDWATCH, "sns:Publish", TOPIC, source(ALARM), "yes"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {**source(ALARM), **PLAIN}, "DenyPlainHttp"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM, AWAY), "no: resource"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM), "no: resource"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {}, "no: resource"),
    (CLOUDWATCH, "sns:Subscribe", TOPIC, source(ALARM), "no: resource"),
    (S3, "sns:Publish", TOPIC, source(INPUT), "no: resource"),
    (ADMINISTRATOR, "sns:Publish", TOPIC, {}, "yes"),
    (ADMINISTRATOR, "sns:Publish", TOPIC, PLAIN, "DenyPlainHttp"),
    (STRANGER, "sns:Publish", TOPIC, {}, "no: resource"),
    (STRANGER, "sns:Subscribe", TOPIC, {}, "no: resource"),
    (ANONYMOUS, "sns:Publish", TOPIC, {}, "no: resource"),
]

ROWS = [*QUEUES, *TOPICS]
