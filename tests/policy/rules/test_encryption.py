import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.evaluation import Verdict
from policy.model import UNKNOWN, ResourceData, Value
from tests.policy.support import (
    BUCKET,
    BUCKET_V2,
    ENCRYPTION,
    ENCRYPTION_V2,
    KEY,
    KEY_ARN,
    LOG_GROUP,
    QUEUE,
    TABLE,
    TOPIC,
    declare,
    urn,
    verdict,
    verdicts,
)

RULE = "bucket-uses-customer-key"


def rules(algorithm: Value = "aws:kms", key: Value = KEY_ARN, bucket_key: Value = True) -> Value:
    return [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, "kmsMasterKeyId": key},
            "bucketKeyEnabled": bucket_key,
        }
    ]


def encryption(content: Value, bucket: str = "it", kind: str = ENCRYPTION, bucket_kind: str = BUCKET) -> ResourceData:
    """The side resource of a bucket, as a preview shows it: the bucket's id is unknown, its dependency is not."""
    return declare(
        kind,
        f"{bucket}-side",
        {"bucket": UNKNOWN, "rules": content},
        dependencies={"bucket": [urn(bucket_kind, bucket)]},
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rules(), Verdict.PASS),
        (rules("aws:kms:dsse", bucket_key=None), Verdict.PASS),
        (rules(key="alias/ledger"), Verdict.PASS),
        (rules(bucket_key="true"), Verdict.PASS),
        (rules("AES256", None), Verdict.FAIL),
        (rules("AES256"), Verdict.FAIL),
        (rules("aws:fsx"), Verdict.FAIL),
        (rules(None), Verdict.FAIL),
        (rules(""), Verdict.FAIL),
        (rules("AWS:KMS"), Verdict.FAIL),
        (rules(key=None), Verdict.FAIL),
        (rules(key=""), Verdict.FAIL),
        (rules(key=" "), Verdict.FAIL),
        (rules(key="alias/aws/s3"), Verdict.FAIL),
        (rules(key="arn:aws:kms:eu-central-1:111122223333:alias/aws/s3"), Verdict.FAIL),
        (rules(bucket_key=False), Verdict.FAIL),
        (rules(bucket_key=None), Verdict.FAIL),
        (rules("aws:kms:dsse", None), Verdict.FAIL),
        ([], Verdict.FAIL),
        (None, Verdict.FAIL),
        ([{}], Verdict.FAIL),
        ([{"applyServerSideEncryptionByDefault": {}, "bucketKeyEnabled": True}], Verdict.FAIL),
        ([*rules(), *rules("AES256")], Verdict.FAIL),  # type: ignore[misc]
        (rules(UNKNOWN), Verdict.UNKNOWN),
        (rules(key=UNKNOWN), Verdict.UNKNOWN),
        (rules(bucket_key=UNKNOWN), Verdict.UNKNOWN),
        (rules(UNKNOWN, None, None), Verdict.UNKNOWN),
        (UNKNOWN, Verdict.UNKNOWN),
        ([UNKNOWN], Verdict.UNKNOWN),
        (rules(key=UNKNOWN, bucket_key=False), Verdict.FAIL),
        ([UNKNOWN, *rules("AES256")], Verdict.FAIL),  # type: ignore[misc]
    ],
)
def test_the_encryption_configuration_decides_on_a_bucket(content: Value, expected: Verdict) -> None:
    assert verdict(RULE, declare(BUCKET), encryption(content)).verdict is expected


def test_a_bucket_without_a_configuration_fails_although_s3_has_a_default() -> None:
    assert verdict(RULE, declare(BUCKET, outputs={"serverSideEncryptionConfiguration": UNKNOWN})).messages == (
        "has no encryption configuration, so that S3 uses its own key",
    )


@pytest.mark.parametrize(
    ("bucket", "side"),
    [(BUCKET, ENCRYPTION), (BUCKET_V2, ENCRYPTION_V2), (BUCKET, ENCRYPTION_V2), (BUCKET_V2, ENCRYPTION)],
)
def test_both_versions_of_the_types_work_in_every_combination(bucket: str, side: str) -> None:
    good = encryption(rules(), kind=side, bucket_kind=bucket)
    bad = encryption(rules("AES256"), kind=side, bucket_kind=bucket)
    assert verdict(RULE, declare(bucket), good).verdict is Verdict.PASS
    assert verdict(RULE, declare(bucket), bad).verdict is Verdict.FAIL
    assert verdict(RULE, declare(bucket)).verdict is Verdict.FAIL


def test_the_rule_applies_to_directory_buckets() -> None:
    assert verdict(RULE, declare("aws:s3/directoryBucket:DirectoryBucket")).verdict is Verdict.FAIL


@pytest.mark.parametrize("key", [KEY_ARN, "alias/aws/s3"])
def test_the_deprecated_inline_block_is_read_in_both_spellings(key: str) -> None:
    expected = Verdict.PASS if key == KEY_ARN else Verdict.FAIL
    default: Value = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    one: Value = {"rule": {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}}
    assert verdict(RULE, declare(BUCKET, inputs={"serverSideEncryptionConfiguration": one})).verdict is expected
    listed: Value = [{"rules": [{"applyServerSideEncryptionByDefaults": [default], "bucketKeyEnabled": True}]}]
    assert verdict(RULE, declare(BUCKET_V2, inputs={"serverSideEncryptionConfigurations": listed})).verdict is expected


def test_a_configuration_beside_the_bucket_takes_precedence_over_the_buckets_output() -> None:
    answered: dict[str, Value] = {
        "serverSideEncryptionConfiguration": {
            "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
        }
    }
    assert verdict(RULE, declare(BUCKET, outputs=answered), encryption(rules())).verdict is Verdict.PASS
    assert verdict(RULE, declare(BUCKET, outputs=answered)).verdict is Verdict.FAIL
    assert verdict(RULE, declare(BUCKET, inputs=answered), encryption(rules())).verdict is Verdict.FAIL


def test_a_configuration_of_another_bucket_does_not_count() -> None:
    results = verdicts(RULE, declare(BUCKET, "a"), declare(BUCKET, "b"), encryption(rules(), "a"))
    assert [result.verdict for result in results] == [Verdict.PASS, Verdict.FAIL]


def test_a_bucket_with_the_same_name_in_another_component_is_another_bucket() -> None:
    inner = declare(BUCKET, parents="app:index:Vault$")
    side = declare(ENCRYPTION, "side", {"bucket": UNKNOWN, "rules": rules()}, dependencies={"bucket": [inner.urn]})
    results = verdicts(RULE, inner, declare(BUCKET), side)
    assert [result.verdict for result in results] == [Verdict.PASS, Verdict.FAIL]


def test_two_configurations_of_one_bucket_fail_since_the_last_one_wins() -> None:
    second = declare(
        ENCRYPTION, "second", {"bucket": UNKNOWN, "rules": rules()}, dependencies={"bucket": [urn(BUCKET, "it")]}
    )
    result = verdict(RULE, declare(BUCKET), encryption(rules()), second)
    assert result.messages == ("has 2 encryption configurations (it-side, second); the last one applied wins",)


def test_a_configuration_can_name_its_bucket_by_a_literal() -> None:
    named = declare(BUCKET, inputs={"bucket": "ledger-in"})
    assert (
        verdict(RULE, named, declare(ENCRYPTION, "s", {"bucket": "ledger-in", "rules": rules()})).verdict
        is Verdict.PASS
    )
    assert verdict(RULE, named, declare(ENCRYPTION, "s", {"bucket": "other", "rules": rules()})).verdict is Verdict.FAIL
    by_id = declare(BUCKET, outputs={"id": "ledger-in"})
    assert (
        verdict(RULE, by_id, declare(ENCRYPTION, "s", {"bucket": "ledger-in", "rules": rules()})).verdict
        is Verdict.PASS
    )


def test_a_configuration_of_an_unknown_bucket_leaves_a_bucket_undecided() -> None:
    stray = declare(ENCRYPTION, "stray", {"bucket": UNKNOWN, "rules": rules()})
    result = verdict(RULE, declare(BUCKET), stray)
    assert result.verdict is Verdict.UNKNOWN
    assert result.unknown == (f"bucket of {ENCRYPTION}::stray",)


def test_a_configuration_that_depends_on_two_buckets_leaves_both_undecided_but_no_third() -> None:
    first, second, third = (declare(BUCKET, name) for name in ("a", "b", "c"))
    side = {"bucket": UNKNOWN, "rules": rules()}
    made = declare(ENCRYPTION, "side", side, dependencies={"bucket": [first.urn, second.urn]})
    assert [result.verdict for result in verdicts(RULE, first, second, third, made)] == [
        Verdict.UNKNOWN,
        Verdict.UNKNOWN,
        Verdict.FAIL,
    ]


def test_a_configuration_that_depends_on_two_buckets_belongs_to_the_one_that_it_names() -> None:
    first, second = (declare(BUCKET, name, {"bucket": f"ledger-{name}"}) for name in ("a", "b"))
    side = {"bucket": "ledger-b", "rules": rules()}
    made = declare(ENCRYPTION, "side", side, dependencies={"bucket": [first.urn, second.urn]})
    assert [result.verdict for result in verdicts(RULE, first, second, made)] == [Verdict.FAIL, Verdict.PASS]


def test_a_missing_configuration_is_undecided_if_the_preview_leaves_out_resources() -> None:
    assert verdict(RULE, declare(BUCKET), complete=False).verdict is Verdict.UNKNOWN
    assert verdict(RULE, declare(BUCKET), encryption(rules("AES256")), complete=False).verdict is Verdict.FAIL


def test_a_bucket_that_the_stack_only_reads_is_not_checked() -> None:
    assert verdict(RULE, declare(BUCKET, managed=False)).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"enabled": True, "kmsKeyArn": KEY_ARN}, Verdict.PASS),
        ({"enabled": "true", "kmsKeyArn": KEY_ARN}, Verdict.PASS),
        ([{"enabled": True, "kmsKeyArn": KEY_ARN}], Verdict.PASS),
        (None, Verdict.FAIL),
        ({}, Verdict.FAIL),
        ({"enabled": False}, Verdict.FAIL),
        ({"enabled": False, "kmsKeyArn": KEY_ARN}, Verdict.FAIL),
        ({"kmsKeyArn": KEY_ARN}, Verdict.FAIL),
        ({"enabled": True}, Verdict.FAIL),
        ({"enabled": True, "kmsKeyArn": ""}, Verdict.FAIL),
        ({"enabled": True, "kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:alias/aws/dynamodb"}, Verdict.FAIL),
        ({"enabled": UNKNOWN, "kmsKeyArn": KEY_ARN}, Verdict.UNKNOWN),
        ({"enabled": True, "kmsKeyArn": UNKNOWN}, Verdict.UNKNOWN),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_a_table_needs_encryption_with_a_customer_key(block: Value, expected: Verdict) -> None:
    assert (
        verdict("table-uses-customer-key", declare(TABLE, inputs={"serverSideEncryption": block})).verdict is expected
    )


def test_a_key_that_dynamodb_chose_for_a_table_does_not_count() -> None:
    answered: dict[str, Value] = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}}
    asked: dict[str, Value] = {"serverSideEncryption": {"enabled": True}}
    assert verdict("table-uses-customer-key", declare(TABLE, inputs=asked, outputs=answered)).verdict is Verdict.FAIL


def test_each_replica_of_a_table_needs_a_customer_key() -> None:
    table: dict[str, Value] = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}}
    good: list[Value] = [{"regionName": "eu-west-1", "kmsKeyArn": KEY_ARN}]
    bad: list[Value] = [*good, {"regionName": "eu-north-1"}]
    assert verdict("table-uses-customer-key", declare(TABLE, inputs=table | {"replicas": good})).verdict is Verdict.PASS
    assert verdict("table-uses-customer-key", declare(TABLE, inputs=table | {"replicas": bad})).messages == (
        "has a replica that has no customer key (replicas[1].kmsKeyArn)",
    )
    replica = "aws:dynamodb/tableReplica:TableReplica"
    assert verdict("table-uses-customer-key", declare(replica)).verdict is Verdict.FAIL
    assert verdict("table-uses-customer-key", declare(replica, inputs={"kmsKeyArn": KEY_ARN})).verdict is Verdict.PASS


def test_an_unknown_replica_does_not_hide_a_finding_on_the_table_and_vice_versa() -> None:
    replicas: list[Value] = [UNKNOWN, {"regionName": "eu-west-1"}]
    result = verdict(
        "table-uses-customer-key", declare(TABLE, inputs={"serverSideEncryption": UNKNOWN, "replicas": replicas})
    )
    assert result.messages == ("has a replica that has no customer key (replicas[1].kmsKeyArn)",)
    assert result.unknown == ("serverSideEncryption", "replicas[0]")


ALGORITHMS = st.sampled_from(["aws:kms", "aws:kms:dsse", "AES256", "", None])
KEYS = st.sampled_from([KEY_ARN, "alias/ledger", "alias/aws/s3", "", None])
SWITCHES = st.sampled_from([True, False, None])


@given(ALGORITHMS, KEYS, SWITCHES, st.sets(st.sampled_from(["algorithm", "key", "switch"])))
def test_an_unknown_value_never_makes_a_failure_pass_or_a_pass_fail(
    algorithm: Value, key: Value, switch: Value, hidden: set[str]
) -> None:
    known = verdict(RULE, declare(BUCKET), encryption(rules(algorithm, key, switch)))
    masked = rules(
        UNKNOWN if "algorithm" in hidden else algorithm,
        UNKNOWN if "key" in hidden else key,
        UNKNOWN if "switch" in hidden else switch,
    )
    result = verdict(RULE, declare(BUCKET), encryption(masked))
    assert result.verdict in (known.verdict, Verdict.UNKNOWN)
    assert set(result.messages) <= set(known.messages)


ONE_KEY = [
    ("queue-uses-customer-key", QUEUE, "kmsMasterKeyId", "alias/aws/sqs"),
    ("topic-uses-customer-key", TOPIC, "kmsMasterKeyId", "alias/aws/sns"),
    ("log-group-uses-customer-key", LOG_GROUP, "kmsKeyId", "arn:aws:kms:eu-central-1:111122223333:alias/aws/logs"),
]


@pytest.mark.parametrize(("rule", "kind", "key", "managed"), ONE_KEY)
def test_a_queue_topic_or_log_group_needs_a_customer_key(rule: str, kind: str, key: str, managed: str) -> None:
    expected = {
        KEY_ARN: Verdict.PASS,
        "alias/ledger": Verdict.PASS,
        "0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a": Verdict.PASS,
        managed: Verdict.FAIL,
        "": Verdict.FAIL,
        "  ": Verdict.FAIL,
        None: Verdict.FAIL,
        UNKNOWN: Verdict.UNKNOWN,
    }
    assert {value: verdict(rule, declare(kind, inputs={key: value})).verdict for value in expected} == expected
    assert verdict(rule, declare(kind)).verdict is Verdict.FAIL


def test_a_queue_with_sqs_managed_encryption_fails() -> None:
    assert (
        verdict("queue-uses-customer-key", declare(QUEUE, inputs={"sqsManagedSseEnabled": True})).verdict
        is Verdict.FAIL
    )


@pytest.mark.parametrize(("rule", "kind", "key", "managed"), ONE_KEY)
def test_an_unknown_key_id_counts_if_it_depends_on_a_key_of_the_stack(
    rule: str, kind: str, key: str, managed: str
) -> None:
    from_key = {key: [urn(KEY, "records")]}
    elsewhere = {key: [urn("aws:ssm/parameter:Parameter", "key-id")]}
    assert verdict(rule, declare(kind, inputs={key: UNKNOWN}, dependencies=from_key)).verdict is Verdict.PASS
    assert verdict(rule, declare(kind, inputs={key: UNKNOWN}, dependencies=elsewhere)).verdict is Verdict.UNKNOWN
    assert verdict(rule, declare(kind, inputs={key: managed}, dependencies=from_key)).verdict is Verdict.FAIL


def test_a_key_id_in_a_block_counts_by_the_dependencies_of_the_top_level_property() -> None:
    side = declare(
        ENCRYPTION,
        "side",
        {"bucket": UNKNOWN, "rules": rules(key=UNKNOWN)},
        dependencies={"bucket": [urn(BUCKET, "it")], "rules": [urn(KEY, "records")]},
    )
    assert verdict(RULE, declare(BUCKET), side).verdict is Verdict.PASS
    table = declare(
        TABLE,
        inputs={"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}},
        dependencies={"serverSideEncryption": [urn(KEY, "records")]},
    )
    assert verdict("table-uses-customer-key", table).verdict is Verdict.PASS


def test_an_unknown_value_of_one_resource_does_not_hide_a_finding_on_another() -> None:
    results = verdicts("queue-uses-customer-key", declare(QUEUE, "a", {"kmsMasterKeyId": UNKNOWN}), declare(QUEUE, "b"))
    assert [result.verdict for result in results] == [Verdict.UNKNOWN, Verdict.FAIL]
