"""Queues and topics."""

from tests.components.policies.attached import (
    ADMINISTRATOR,
    BREAK_GLASS,
    DEAD_LETTERS,
    DEPLOYER,
    INPUT,
    MACIE,
    OUTPUT,
    QUEUE,
    READER,
    STRANGER,
    TOPIC,
    local,
)
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
    (S3, "sqs:ReceiveMessage", QUEUE, source(INPUT), "DenyOtherConsumers"),
    *((BREAK_GLASS, f"sqs:{action}", QUEUE, {}, "yes") for action in ("ReceiveMessage", "PurgeQueue")),
    *(
        (who, f"sqs:{action}", QUEUE, {}, "DenyOtherConsumers")
        for who in (ADMINISTRATOR, DEPLOYER, READER, MACIE, STRANGER)
        for action in ("ReceiveMessage", "DeleteMessage", "PurgeQueue", "ChangeMessageVisibility")
    ),
    (STRANGER, "sqs:ReceiveMessage", DEAD_LETTERS, {}, "DenyOtherConsumers"),
    *(
        (who, f"sqs:{action}", DEAD_LETTERS, {}, answer)
        for who, answer in (
            (BREAK_GLASS, "yes"),
            (ADMINISTRATOR, "DenyOtherConsumers"),
            (DEPLOYER, "DenyOtherConsumers"),
        )
        for action in ("ReceiveMessage", "DeleteMessage", "PurgeQueue")
    ),
    (S3, "sqs:SendMessage", DEAD_LETTERS, source(INPUT), "no: resource"),
    *(
        row
        for queue in (QUEUE, DEAD_LETTERS)
        for row in [
            (ADMINISTRATOR, "sqs:SendMessage", queue, {}, "yes"),
            (ADMINISTRATOR, "sqs:ReceiveMessage", queue, PLAIN, "DenyPlainHttp"),
            (STRANGER, "sqs:SendMessage", queue, {}, "no: resource"),
            (ANONYMOUS, "sqs:SendMessage", queue, {}, "no: resource"),
            (EC2, "sqs:SendMessage", queue, source(INPUT), "no: resource"),
        ]
    ),
]

TOPICS: list[Row] = [
    (CLOUDWATCH, "sns:Publish", TOPIC, source(ALARM), "yes"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {**source(ALARM), **PLAIN}, "DenyPlainHttp"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM, AWAY), "DenyOtherPublishers"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM), "DenyOtherPublishers"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {}, "DenyOtherPublishers"),
    (CLOUDWATCH, "sns:Subscribe", TOPIC, source(ALARM), "DenyGuardrailChanges"),
    (S3, "sns:Publish", TOPIC, source(INPUT), "DenyOtherPublishers"),
    *((who, "sns:Publish", TOPIC, {}, "DenyOtherPublishers") for who in (ADMINISTRATOR, DEPLOYER, STRANGER, ANONYMOUS)),
    (ADMINISTRATOR, "sns:Publish", TOPIC, PLAIN, "DenyPlainHttp"),
    *(
        (who, f"sns:{action}", TOPIC, {}, expected)
        for who, expected in (
            (ADMINISTRATOR, "DenyGuardrailChanges"),
            (STRANGER, "DenyGuardrailChanges"),
            (DEPLOYER, "yes"),
        )
        for action in ("Subscribe", "SetTopicAttributes", "AddPermission", "DeleteTopic", "PutDataProtectionPolicy")
    ),
    (ADMINISTRATOR, "sns:GetTopicAttributes", TOPIC, {}, "yes"),
]

ROWS = [*QUEUES, *TOPICS]
