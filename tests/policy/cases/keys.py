from typing import Any

from policy.model import ResourceData, Value
from policy.rules._helpers.resource_types import KEY, KEY_ALIAS, KEY_POLICY, LOG_GROUP, QUEUE, REPLICA_KEY, TABLE
from tests.policy.cases import (
    FAIL,
    NONE,
    OPEN,
    PASS,
    UNKNOWN,
    allow,
    beside,
    case,
    declare,
    document,
    key_arn,
    made,
    urn,
)
from tests.policy.support import BUCKET, ENCRYPTION, TAGS

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
ROTATED = "key-is-rotated"
CLOSED = "key-policy-is-closed"
CLASS = "data-class-has-one-key"
RECORDS = declare(
    KEY, "records", {"tags": TAGS}, outputs={"arn": key_arn("records"), "id": "records", "keyId": "records"}
)
LOGS = declare(KEY, "logs", {"tags": {**TAGS, "data-classification": "internal"}}, outputs={"arn": key_arn("logs")})
TOKENS = declare(KEY, "tokens", {"tags": TAGS, "customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC"})
ALIAS = declare(KEY_ALIAS, "records", {"name": "alias/records", "targetKeyId": "records"})
VAULT = declare(BUCKET, "vault", {"tags": TAGS})


def policy(**rest: Any) -> dict[str, Any]:
    return allow("kms:*", "*", **rest)


def encryption(key: Value, *origins: str) -> ResourceData:
    rule: Value = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}}
    side = beside(ENCRYPTION, VAULT, "bucket", {"rules": [rule]})
    return made(ENCRYPTION, "side", side.inputs, bucket=[VAULT.urn], rules=list(origins))


CASES = [
    case(ROTATED, "a symmetric key", PASS, declare(KEY, inputs={"enableKeyRotation": True})),
    case(
        ROTATED,
        "a period in bounds",
        PASS,
        declare(KEY, inputs={"enableKeyRotation": True, "rotationPeriodInDays": 90}),
    ),
    case(ROTATED, "no backups", FAIL, declare(KEY)),
    case(ROTATED, "disabled", FAIL, declare(KEY, inputs={"enableKeyRotation": False, "rotationPeriodInDays": 90})),
    case(ROTATED, "too rarely", FAIL, declare(KEY, inputs={"enableKeyRotation": True, "rotationPeriodInDays": 366})),
    case(ROTATED, "too often", FAIL, declare(KEY, inputs={"enableKeyRotation": True, "rotationPeriodInDays": 89})),
    case(ROTATED, "an HMAC key", NONE, TOKENS),
    case(
        ROTATED,
        "an HMAC key that asks for it",
        FAIL,
        declare(KEY, inputs={"customerMasterKeySpec": "HMAC_256", "enableKeyRotation": True}),
    ),
    case(
        ROTATED,
        "an asymmetric key",
        NONE,
        declare(KEY, inputs={"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"}),
    ),
    case(ROTATED, "a key in a store of its own", NONE, declare(KEY, inputs={"customKeyStoreId": "cks-1"})),
    case(ROTATED, "unknown", OPEN, declare(KEY, inputs={"enableKeyRotation": UNKNOWN})),
    case("key-deletion-waits", "AWS's own thirty days", PASS, declare(KEY)),
    case("key-deletion-waits", "thirty days", PASS, declare(REPLICA_KEY, inputs={"deletionWindowInDays": 30})),
    case("key-deletion-waits", "a week", FAIL, declare(KEY, inputs={"deletionWindowInDays": 7})),
    case("key-deletion-waits", "longer than AWS accepts", FAIL, declare(KEY, inputs={"deletionWindowInDays": 31})),
    case(CLOSED, "no policy delegates to the account", PASS, declare(KEY)),
    case(CLOSED, "the account's root", PASS, declare(KEY, inputs={"policy": document(policy(Principal=ROOT))})),
    case(CLOSED, "everyone", FAIL, declare(KEY, inputs={"policy": document(policy(Principal="*"))})),
    case(
        CLOSED,
        "everyone in a list",
        FAIL,
        declare(
            KEY_POLICY, inputs={"policy": document(policy(Principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}))}
        ),
    ),
    case(CLOSED, "everyone but one", FAIL, declare(KEY, inputs={"policy": document(policy(NotPrincipal=ROOT))})),
    case(
        CLOSED,
        "a statement that is no list",
        FAIL,
        declare(KEY, inputs={"policy": {"Statement": policy(Principal="*")}}),
    ),
    case(
        CLOSED,
        "everyone in the account",
        PASS,
        declare(
            KEY,
            inputs={
                "policy": document(
                    policy(Principal="*", Condition={"StringEquals": {"kms:CallerAccount": "111122223333"}})
                )
            },
        ),
    ),
    case(
        CLOSED,
        "everyone through a service",
        FAIL,
        declare(
            KEY,
            inputs={
                "policy": document(
                    policy(
                        Principal="*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
                    )
                )
            },
        ),
    ),
    case(
        CLOSED,
        "denied to everyone",
        PASS,
        declare(KEY, inputs={"policy": document({**policy(Principal="*"), "Effect": "Deny"})}),
    ),
    case(CLOSED, "unknown", OPEN, declare(KEY, inputs={"policy": UNKNOWN})),
    case(
        CLOSED,
        "an unknown statement beside an open one",
        FAIL,
        declare(KEY, inputs={"policy": {"Statement": [policy(Principal={"AWS": UNKNOWN}), policy(Principal="*")]}}),
    ),
    case(
        CLASS,
        "the key of the class, by its ARN",
        PASS,
        declare(QUEUE, inputs={"tags": TAGS, "kmsMasterKeyId": key_arn("records")}),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "the key of the class, not created yet",
        PASS,
        made(QUEUE, "it", {"tags": TAGS, "kmsMasterKeyId": UNKNOWN}, kmsMasterKeyId=[RECORDS.urn]),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "the key of the class, by its alias",
        PASS,
        declare(QUEUE, inputs={"tags": TAGS, "kmsMasterKeyId": "alias/records"}),
        RECORDS,
        ALIAS,
        LOGS,
    ),
    case(
        CLASS,
        "the key of another class",
        FAIL,
        declare(QUEUE, inputs={"tags": TAGS, "kmsMasterKeyId": key_arn("logs")}),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "the key of another class, not created yet",
        FAIL,
        made(LOG_GROUP, "it", {"tags": TAGS, "kmsKeyId": UNKNOWN}, kmsKeyId=[LOGS.urn]),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "a key of no policy",
        FAIL,
        declare(QUEUE, inputs={"tags": TAGS, "kmsMasterKeyId": key_arn("x")}),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "an HMAC key is no key of data",
        FAIL,
        made(QUEUE, "it", {"tags": TAGS, "kmsMasterKeyId": UNKNOWN}, kmsMasterKeyId=[TOKENS.urn]),
        RECORDS,
        TOKENS,
    ),
    case(
        CLASS,
        "a table",
        FAIL,
        declare(TABLE, inputs={"tags": TAGS, "serverSideEncryption": {"enabled": True, "kmsKeyArn": key_arn("logs")}}),
        RECORDS,
        LOGS,
    ),
    case(CLASS, "a bucket by what is beside it", PASS, VAULT, encryption(UNKNOWN, RECORDS.urn), RECORDS, LOGS),
    case(CLASS, "a bucket with the key of another class", FAIL, VAULT, encryption(UNKNOWN, LOGS.urn), RECORDS, LOGS),
    case(
        CLASS,
        "without the class's key in the stack the others decide",
        FAIL,
        declare(QUEUE, "a", {"tags": TAGS, "kmsMasterKeyId": "x"}),
        declare(QUEUE, "b", {"tags": TAGS, "kmsMasterKeyId": "y"}),
        declare(QUEUE, "c", {"tags": TAGS, "kmsMasterKeyId": "y"}),
    ),
    case(
        CLASS,
        "all with the same key outside the stack",
        PASS,
        declare(QUEUE, "a", {"tags": TAGS, "kmsMasterKeyId": "y"}),
        declare(QUEUE, "b", {"tags": TAGS, "kmsMasterKeyId": "y"}),
    ),
    case(CLASS, "no class", NONE, declare(QUEUE, inputs={"kmsMasterKeyId": "x"}), RECORDS),
    case(CLASS, "no key is another rule's matter", PASS, declare(QUEUE, inputs={"tags": TAGS}), RECORDS),
    case(
        CLASS,
        "the class unknown",
        OPEN,
        declare(QUEUE, inputs={"tags": {**TAGS, "data-classification": UNKNOWN}, "kmsMasterKeyId": "x"}),
        RECORDS,
    ),
    case(CLASS, "the key unknown", OPEN, declare(QUEUE, inputs={"tags": TAGS, "kmsMasterKeyId": UNKNOWN}), RECORDS),
    case(
        CLASS,
        "dependent on two keys",
        OPEN,
        made(
            QUEUE,
            "it",
            {"tags": TAGS, "kmsMasterKeyId": UNKNOWN},
            kmsMasterKeyId=[urn(KEY, "records"), urn(KEY, "logs")],
        ),
        RECORDS,
        LOGS,
    ),
    case(
        CLASS,
        "beside a key of its class that encrypts nothing at rest",
        PASS,
        VAULT,
        encryption(key_arn("records")),
        RECORDS,
        declare(KEY, "letters", {"tags": TAGS, "customerMasterKeySpec": "RSA_4096"}),
        declare(KEY, "seals", {"tags": TAGS, "keyUsage": "SIGN_VERIFY"}),
    ),
    case(
        CLASS,
        "with a key of its class that encrypts nothing at rest",
        FAIL,
        VAULT,
        encryption(key_arn("letters")),
        RECORDS,
        declare(
            KEY, "letters", {"tags": TAGS, "customerMasterKeySpec": "RSA_4096"}, outputs={"arn": key_arn("letters")}
        ),
    ),
]
