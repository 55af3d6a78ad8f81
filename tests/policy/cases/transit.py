from collections.abc import Mapping
from typing import Any

from policy.model import ResourceData
from policy.rules._helpers.resource_types import BUCKET_POLICY, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY
from policy.rules._helpers.resource_types import TOPIC_SUBSCRIPTION as SUBSCRIPTION
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, deny, document
from tests.policy.support import BUCKET, ENCRYPTION, KEY_ARN

NAME = "ledger-in"
BOTH = [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
TLS, KEYS, CALLERS = "bucket-requires-tls", "bucket-denies-other-keys", "bucket-denies-sse-c"
ALGORITHM, KEY_ID = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER = "s3:x-amz-server-side-encryption-customer-algorithm"
SECURE: Mapping[str, Any] = {"Bool": {"aws:SecureTransport": "false"}}
OLD: Mapping[str, Any] = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
IT = declare(BUCKET, "it", {"bucket": NAME})


def under(statements: Any, bucket: ResourceData = IT) -> tuple[ResourceData, ResourceData]:
    return bucket, beside(BUCKET_POLICY, bucket, "bucket", {"policy": statements})


def http(**rest: Any) -> dict[str, Any]:
    return {**deny("s3:*", BOTH, SECURE), **rest}


def old(**rest: Any) -> dict[str, Any]:
    return {**deny("s3:*", BOTH, OLD), **rest}


def but(statement: dict[str, Any], arn: str) -> dict[str, Any]:
    return {**statement, "Condition": {**statement["Condition"], "ArnNotLike": {"aws:PrincipalArn": arn}}}


def put(condition: Mapping[str, Any]) -> dict[str, Any]:
    return deny("s3:PutObject", f"arn:aws:s3:::{NAME}/*", condition)


DEFAULT = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}}
ENCRYPTED = beside(ENCRYPTION, IT, "bucket", {"rules": [DEFAULT]}, "encryption")
BLOCKED = beside(ENCRYPTION, IT, "bucket", {"rules": [{**DEFAULT, "blockedEncryptionTypes": ["SSE-C"]}]}, "encryption")
OTHER_ALGORITHM = put({"StringNotEquals": {ALGORITHM: "aws:kms"}, "Null": {ALGORITHM: "false"}})
NO_KEY = put({"StringEquals": {ALGORITHM: "aws:kms"}, "Null": {KEY_ID: "true"}})
OTHER_KEY = put({"StringNotEquals": {KEY_ID: KEY_ARN}, "Null": {KEY_ID: "false"}})
ANY_KEY_OF_THE_ACCOUNT = put({"StringNotLike": {KEY_ID: f"{KEY_ARN.rpartition('/')[0]}/*"}})
STRICT = [put({"StringNotEquals": {ALGORITHM: "aws:kms"}}), put({"StringNotEqualsIfExists": {KEY_ID: KEY_ARN}})]
OTHER_WRITERS = put({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/writer"}})
EXEMPT = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}


def keyed(*statements: Any) -> tuple[ResourceData, ...]:
    return (*under(document(*statements)), ENCRYPTED)


CASES = [
    case(TLS, "both denies", PASS, *under(document(http(), old()))),
    case(
        TLS,
        "in any case and as one action in a list",
        PASS,
        *under(document(http(Action=["S3:*"]), old(Action="s3:*"))),
    ),
    case(
        TLS,
        "both conditions of one statement are not two statements",
        FAIL,
        *under(document(deny("s3:*", BOTH, {**SECURE, **OLD}))),
    ),
    case(TLS, "no policy", FAIL, IT),
    case(TLS, "an old TLS version is allowed", FAIL, *under(document(http()))),
    case(TLS, "plain HTTP is allowed", FAIL, *under(document(old()))),
    case(TLS, "only objects", FAIL, *under(document(http(Resource=BOTH[1]), old()))),
    case(TLS, "only the bucket", FAIL, *under(document(http(Resource=BOTH[0]), old()))),
    case(TLS, "another bucket", FAIL, *under(document(http(Resource=["arn:aws:s3:::x", "arn:aws:s3:::x/*"]), old()))),
    case(TLS, "one action of many", FAIL, *under(document(http(Action="s3:GetObject"), old()))),
    case(
        TLS,
        "all actions but one that nobody needs",
        PASS,
        *under(document(http(Action=[], NotAction="s3:GetBucketLocation"), old())),
    ),
    case(TLS, "one principal of many", FAIL, *under(document(http(Principal={"AWS": "111122223333"}), old()))),
    case(TLS, "everyone, AWS's way", PASS, *under(document(http(Principal={"AWS": "*"}), old()))),
    case(
        TLS,
        "everyone but one",
        PASS,
        *under(document({**http(), "Principal": [], "NotPrincipal": {"AWS": "111122223333"}}, old())),
    ),
    case(TLS, "allowed instead of denied", FAIL, *under(document(http(Effect="Allow"), old()))),
    case(
        TLS,
        "true instead of false",
        FAIL,
        *under(document(http(Condition={"Bool": {"aws:SecureTransport": "true"}}), old())),
    ),
    case(
        TLS, "a JSON boolean", PASS, *under(document(http(Condition={"Bool": {"aws:securetransport": False}}), old()))
    ),
    case(
        TLS,
        "one more condition leaves most requests in",
        FAIL,
        *under(document(http(Condition={**SECURE, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), old())),
    ),
    case(
        TLS,
        "a named principal is exempt",
        FAIL,
        *under(
            document(
                http(Condition={**SECURE, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}}), old()
            )
        ),
    ),
    case(
        TLS,
        "everyone is exempt",
        FAIL,
        *under(document(http(Condition={**SECURE, "ArnNotLike": {"aws:PrincipalArn": "*"}}), old())),
    ),
    case(TLS, "AWS services are excluded", PASS, *under(document(http(Condition={**SECURE, **EXEMPT}), old()))),
    case(
        TLS,
        "another partition",
        PASS,
        *under(document(http(Resource=[kind.replace("aws", "aws-cn") for kind in BOTH]), old())),
    ),
    case(
        TLS,
        "all resources, and no name is known",
        PASS,
        *under(document(http(Resource="*"), old(Resource="*")), declare(BUCKET, "it")),
    ),
    case(TLS, "no name is known", OPEN, *under(document(http(), old()), declare(BUCKET, "it"))),
    case(TLS, "unknown", OPEN, *under(UNKNOWN)),
    case(TLS, "one statement unknown, the others enough", PASS, *under({"Statement": [UNKNOWN, http(), old()]})),
    case(TLS, "one statement unknown, the others not enough", OPEN, *under({"Statement": [UNKNOWN, http()]})),
    case(TLS, "not JSON", FAIL, *under("{")),
    case(TLS, "in the bucket itself", PASS, declare(BUCKET, "it", {"bucket": NAME, "policy": document(http(), old())})),
    case(
        TLS,
        "in the bucket itself, beside a stray policy",
        PASS,
        declare(BUCKET, "it", {"bucket": NAME, "policy": document(http(), old())}),
        declare(BUCKET_POLICY, "x", {"bucket": UNKNOWN, "policy": "{}"}),
    ),
    case(
        TLS,
        "of another bucket",
        FAIL,
        IT,
        beside(BUCKET_POLICY, declare(BUCKET, "x"), "bucket", {"policy": document(http(), old())}),
    ),
    case(KEYS, "the three denies", PASS, *keyed(OTHER_ALGORITHM, NO_KEY, OTHER_KEY)),
    case(KEYS, "strict ones, which refuse requests without a header too", PASS, *keyed(*STRICT)),
    case(KEYS, "AES256 is allowed", FAIL, *keyed(NO_KEY, OTHER_KEY)),
    case(KEYS, "the default key is allowed", FAIL, *keyed(OTHER_ALGORITHM, OTHER_KEY)),
    case(KEYS, "another key is allowed", FAIL, *keyed(OTHER_ALGORITHM, NO_KEY)),
    case(KEYS, "any key of the account is allowed", FAIL, *keyed(OTHER_ALGORITHM, NO_KEY, ANY_KEY_OF_THE_ACCOUNT)),
    case(
        KEYS,
        "services are excluded",
        PASS,
        *keyed(
            *(
                {**statement, "Condition": {**statement["Condition"], "Bool": {"aws:PrincipalIsAWSService": "false"}}}
                for statement in (OTHER_ALGORITHM, NO_KEY, OTHER_KEY)
            )
        ),
    ),
    case(KEYS, "a bucket without a customer key", NONE, *under(document(http()))),
    case(KEYS, "unknown", OPEN, *under(UNKNOWN), ENCRYPTED),
    case(CALLERS, "denied", PASS, *keyed(put({"Null": {CUSTOMER: "false"}}))),
    case(CALLERS, "blocked by the configuration", PASS, IT, BLOCKED),
    case(CALLERS, "allowed", FAIL, *keyed(OTHER_ALGORITHM)),
    case(CALLERS, "denied to those without it", FAIL, *keyed(put({"Null": {CUSTOMER: "true"}}))),
    case(
        "queue-requires-tls",
        "denied",
        PASS,
        declare(QUEUE, "it"),
        beside(QUEUE_POLICY, declare(QUEUE, "it"), "queueUrl", {"policy": document(deny("sqs:*", "*", SECURE))}),
    ),
    case(
        "queue-requires-tls",
        "receiving is allowed",
        FAIL,
        declare(QUEUE, "it"),
        beside(
            QUEUE_POLICY, declare(QUEUE, "it"), "queueUrl", {"policy": document(deny("sqs:SendMessage", "*", SECURE))}
        ),
    ),
    case("queue-requires-tls", "no policy", FAIL, declare(QUEUE, "it")),
    case(
        "queue-requires-tls",
        "in the queue itself",
        PASS,
        declare(QUEUE, "it", {"policy": document(deny("SQS:*", "*", SECURE))}),
    ),
    case(
        "topic-requires-tls",
        "denied",
        PASS,
        declare(TOPIC, "it"),
        beside(TOPIC_POLICY, declare(TOPIC, "it"), "arn", {"policy": document(deny("sns:Publish", "*", SECURE))}),
    ),
    case("topic-requires-tls", "no policy", FAIL, declare(TOPIC, "it")),
    case(
        "topic-requires-tls",
        "unknown",
        OPEN,
        declare(TOPIC, "it"),
        beside(TOPIC_POLICY, declare(TOPIC, "it"), "arn", {"policy": UNKNOWN}),
    ),
    *(
        case(TLS, f"denied to all but {name}", FAIL, *under(document(but(http(), arn), but(old(), arn))))
        for name, arn in (
            ("one role", "arn:aws:iam::111122223333:role/break-glass"),
            ("roles of a name", "arn:aws:iam::*:role/deploy-*"),
            ("every role", "arn:aws:iam::111122223333:role/*"),
            ("everybody of the account", "arn:aws:iam::111122223333:*"),
            ("every ARN", "arn:aws:*"),
        )
    ),
    case(
        TLS,
        "each principal whom one statement exempts is denied by another",
        PASS,
        *under(
            document(
                *(
                    but(statement, f"arn:aws:iam::111122223333:role/{name}")
                    for statement in (http(), old())
                    for name in ("writer", "reader")
                )
            )
        ),
    ),
    *(
        case(rule, "a deny of other writers leaves the writers", FAIL, *keyed(OTHER_WRITERS))
        for rule in (KEYS, CALLERS)
    ),
    case(
        KEYS,
        "another key beside the bucket's, by name",
        FAIL,
        *keyed(OTHER_ALGORITHM, NO_KEY, put({"StringNotEquals": {KEY_ID: [KEY_ARN, f"{KEY_ARN[:-1]}b"]}})),
    ),
    case(
        KEYS,
        "the bucket's key twice, by name",
        PASS,
        *keyed(OTHER_ALGORITHM, NO_KEY, put({"StringNotEquals": {KEY_ID: [KEY_ARN, KEY_ARN]}})),
    ),
    case("topic-requires-tls", "a subscriber by TLS", PASS, declare(SUBSCRIPTION, inputs={"protocol": "https"})),
    case("topic-requires-tls", "a queue that subscribes", PASS, declare(SUBSCRIPTION, inputs={"protocol": "sqs"})),
    case("topic-requires-tls", "a subscriber without TLS", FAIL, declare(SUBSCRIPTION, inputs={"protocol": "http"})),
    case(
        "topic-requires-tls",
        "a subscriber with an unknown protocol",
        OPEN,
        declare(SUBSCRIPTION, inputs={"protocol": UNKNOWN}),
    ),
]
