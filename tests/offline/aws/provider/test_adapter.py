"""The adapter's operations with the real provider and the emulator."""

import base64
import dataclasses
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws.provider import options
from offline.aws.provider.adapter import Adapter, InitFailedError
from offline.aws.provider.auto_naming import NamingMode, NamingRequest
from offline.aws.provider.configuration import InvalidInputsError
from offline.aws.provider.state import STATE
from offline.aws.terraform import mirror
from offline.aws.terraform.client import ProviderError, TerraformProvider
from offline.aws.terraform.cty import UNKNOWN
from offline.aws.translation.property_values import Asset, Properties, decode, encode, leaves
from offline.emulator import Emulator
from tests.offline.aws.support import Created, FaultyProxy, checked, faulty_proxy, make
from tests.offline.settings import provider_options

PARAMETER, ROLE, BUCKET = "aws:ssm/parameter:Parameter", "aws:iam/role:Role", "aws:s3/bucket:Bucket"
FUNCTION, GROUP = "aws:lambda/function:Function", "aws:ec2/securityGroup:SecurityGroup"
QUEUE, TABLE = "aws:sqs/queue:Queue", "aws:dynamodb/table:Table"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    },
    indent=2,
)


def preview(adapter: Adapter, token: str, inputs: dict[str, Any]) -> dict[str, Any]:
    given = Properties(checked(adapter, token, "preview", inputs))
    return adapter.create(token, given, preview=True, seconds=0)[1].values


def failures(adapter: Adapter, token: str, inputs: dict[str, Any]) -> dict[str, str]:
    return dict(adapter.check(token, NamingRequest("n", b"s"), Properties(inputs), {})[1])


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:kms/key:Key", {"description": "d", "deletionWindowInDays": 7}),
        (BUCKET, {"tags": {"b": "2", "a": "1"}, "forceDestroy": True}),
        (ROLE, {"assumeRolePolicy": TRUST}),
        (PARAMETER, {"type": "String", "value": "v"}),
        (
            "aws:dynamodb/table:Table",
            {
                "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
                "hashKey": "pk",
                "billingMode": "PAY_PER_REQUEST",
                "globalSecondaryIndexes": [{"name": "index", "hashKey": "sk", "projectionType": "ALL"}],
                "pointInTimeRecovery": {"enabled": True},
            },
        ),
        ("aws:sns/topic:Topic", {"fifoTopic": True}),
        (GROUP, {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}]}),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 30}),
        ("aws:cloudwatch/eventRule:EventRule", {"scheduleExpression": "rate(1 hour)"}),
        ("aws:secretsmanager/secret:Secret", {}),
    ],
)
def test_a_resource_has_no_changes_after_its_creation_and_after_a_refresh(
    adapter: Adapter, token: str, inputs: dict[str, Any]
) -> None:
    made = make(adapter, token, "settled", inputs)
    assert made.diff(made.inputs.values).detailed == {}
    read = made.refreshed()
    assert read is not None
    assert read[2].values == made.inputs.values
    again = dataclasses.replace(made, outputs=read[1], inputs=read[2])
    assert again.diff(read[2].values) == made.diff(made.inputs.values)
    made.delete()
    assert made.refreshed() is None


def test_an_imported_resource_has_no_changes_if_the_inputs_match(adapter: Adapter) -> None:
    made = make(adapter, ROLE, "imported", {"assumeRolePolicy": TRUST, "tags": {"k": "v"}, "path": "/x/"})
    found = adapter.read(ROLE, made.identity, Properties({}), Properties({}))
    assert found is not None
    identity, outputs, inputs = found
    assert identity == made.identity
    assert inputs.values["tags"] == {"k": "v"}
    imported = dataclasses.replace(made, outputs=outputs, inputs=inputs)
    assert imported.diff(made.inputs.values).detailed == {}
    assert imported.diff(inputs.values).detailed == {}
    # A program without a name keeps the name of the imported resource.
    news, _ = adapter.check(ROLE, NamingRequest("other", b"s"), Properties({"assumeRolePolicy": TRUST}), inputs.values)
    assert news["name"] == made.identity


def test_a_resource_that_does_not_exist_cannot_be_imported(adapter: Adapter) -> None:
    assert adapter.read(ROLE, "nobody", Properties({}), Properties({})) is None


def test_a_change_is_reported_property_by_property_and_applied(adapter: Adapter) -> None:
    inputs = {"name": "/t/one", "type": "String", "value": "a", "tags": {"k": "v", "old": "1"}}
    made = make(adapter, PARAMETER, "p", inputs)
    changed = {**inputs, "value": "b", "tags": {"k": "w", "new": "1"}}
    assert made.diff(changed).detailed == {
        "value": "UPDATE", "tags.k": "UPDATE", "tags.old": "DELETE", "tags.new": "ADD",
    }  # fmt: skip
    assert made.diff(changed, "value", "tags").detailed == {}
    assert made.diff(changed, "tags.k").detailed.keys() == {"value", "tags.old", "tags.new"}
    shown = adapter.update(PARAMETER, made.outputs, Properties(changed), ["tags"], preview=True, seconds=0)
    assert (shown.values["value"], shown.values["tags"]) == ("b", inputs["tags"])
    assert shown.values["arn"] == made.outputs.values["arn"]
    new = adapter.update(PARAMETER, made.outputs, Properties(changed), [], preview=False, seconds=0)
    assert (new.values["value"], new.values["tags"]) == ("b", changed["tags"])


def test_drift_is_read_into_the_inputs_and_corrected(adapter: Adapter) -> None:
    inputs = {"name": "/t/drift", "type": "String", "value": "a"}
    made = make(adapter, PARAMETER, "p", inputs)
    adapter.update(PARAMETER, made.outputs, Properties({**inputs, "value": "drifted"}), [], preview=False, seconds=0)
    read = made.refreshed()
    assert read is not None
    assert read[2].values == {**inputs, "value": "drifted"}
    assert dataclasses.replace(made, outputs=read[1]).diff(inputs).detailed == {"value": "UPDATE"}


def test_a_resource_with_a_fixed_name_is_deleted_before_its_replacement_is_created(adapter: Adapter) -> None:
    fixed = make(adapter, ROLE, "n", {"name": "named", "assumeRolePolicy": TRUST, "path": "/a/"})
    moved = fixed.diff({**fixed.inputs.values, "path": "/b/"})
    assert (moved.detailed, moved.replaces, moved.delete_first) == ({"path": "UPDATE_REPLACE"}, ["path"], True)
    renamed = fixed.diff({**fixed.inputs.values, "name": "other"})
    assert (renamed.replaces, renamed.delete_first) == (["name"], False)
    made = make(adapter, ROLE, "made", {"assumeRolePolicy": TRUST, "path": "/a/"})
    moved = made.diff({**made.inputs.values, "path": "/b/"})
    assert (moved.replaces, moved.delete_first) == (["path"], False)
    assert fixed.diff({**fixed.inputs.values, "path": "/b/"}, "path").replaces == []


def test_a_preview_knows_given_values_and_not_computed_ones(adapter: Adapter) -> None:
    shown = preview(
        adapter, "aws:kms/key:Key", {"description": "d", "policy": UNKNOWN, "tags": {"a": UNKNOWN, "b": "c"}}
    )
    assert (shown["description"], shown["policy"], shown["arn"]) == ("d", UNKNOWN, UNKNOWN)
    assert shown["tags"] == {"a": UNKNOWN, "b": "c"}
    assert STATE not in shown


@pytest.mark.parametrize(
    ("token", "inputs", "unknown"),
    [
        ("aws:s3/bucketVersioning:BucketVersioning", {"bucket": UNKNOWN, "versioningConfiguration": UNKNOWN}, "versioningConfiguration"),
        (GROUP, {"name": "n", "vpcId": UNKNOWN, "ingress": UNKNOWN}, "ingress"),
        ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"bucket": UNKNOWN, "rules": UNKNOWN}, "rules"),
        (FUNCTION, {"role": UNKNOWN, "runtime": "python3.12", "handler": "a.b", "code": Asset(True, hash="h"), "vpcConfig": UNKNOWN}, "vpcConfig"),
    ],
)  # fmt: skip
def test_a_whole_block_may_be_unknown(adapter: Adapter, token: str, inputs: dict[str, Any], unknown: str) -> None:
    assert preview(adapter, token, inputs)[unknown] is UNKNOWN


def test_unknown_values_in_a_block_leave_the_others_known(adapter: Adapter) -> None:
    rules = [{"id": UNKNOWN, "status": "Enabled", "expiration": {"days": UNKNOWN}}]
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    (rule,) = preview(adapter, token, {"bucket": "b", "rules": rules})["rules"]
    assert (rule["id"], rule["status"], rule["expiration"]["days"]) == (UNKNOWN, "Enabled", UNKNOWN)


def test_a_property_that_the_provider_does_not_have_is_an_error_with_its_path(adapter: Adapter) -> None:
    found = failures(adapter, BUCKET, {"bucketNamespace": "x"})
    assert "aws_s3_bucket of the Terraform AWS provider" in found["bucketNamespace"]
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "blockedEncryptionTypes": ["x"]}]
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    assert failures(adapter, token, {"bucket": "b", "rules": rules}).keys() == {"rules[0].blockedEncryptionTypes"}


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        ("aws:sqs/queue:Queue", {"delaySeconds": 10**6}, "delaySeconds"),
        (BUCKET, {"tags": "text"}, "tags"),
        (BUCKET, {"forceDestroy": [1]}, "forceDestroy"),
        ("aws:dynamodb/table:Table", {"attributes": [{"name": [1], "type": "S"}], "hashKey": "k"}, "attributes[0].name"),
        ("aws:dynamodb/table:Table", {"hashKey": "k", "serverSideEncryption": {"enabled": "perhaps"}}, "serverSideEncryption.enabled"),
        ("aws:lambda/permission:Permission", {"action": "a", "principal": "p"}, "function"),
    ],
)  # fmt: skip
def test_the_error_for_a_wrong_input_has_its_pulumi_name(
    adapter: Adapter, token: str, inputs: dict[str, Any], path: str
) -> None:
    assert path in failures(adapter, token, inputs)


def test_the_providers_region_may_be_given_and_another_region_is_an_error(adapter: Adapter) -> None:
    assert preview(adapter, BUCKET, {"region": "us-east-1"})["region"] == "us-east-1"
    assert "eu-west-1" in failures(adapter, BUCKET, {"region": "eu-west-1"})["region"]
    with pytest.raises(InvalidInputsError, match="eu-west-1"):
        adapter.invoke("aws:kms/getKey:getKey", {"keyId": "x", "region": "eu-west-1"})


def test_a_name_is_required_if_automatic_names_are_disabled(adapter: Adapter) -> None:
    _, found = adapter.check(
        ROLE, NamingRequest("n", b"s", NamingMode.DISABLE), Properties({"assumeRolePolicy": TRUST}), {}
    )
    assert [path for path, _ in found] == ["name"]


def test_default_tags_are_added_to_resources_that_can_have_tags(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "default_tags", {"a": "default", "b": "default"})
    assert checked(adapter, BUCKET, "n", {"tags": {"a": "own"}})["tags"] == {"a": "own", "b": "default"}
    assert "tags" not in checked(adapter, "aws:s3/bucketPolicy:BucketPolicy", "n", {"bucket": "b", "policy": "{}"})


def test_the_default_description_is_pulumis(adapter: Adapter) -> None:
    made = make(adapter, GROUP, "described", {})
    assert made.outputs.values["description"] == "Managed by Pulumi"
    assert made.diff(made.inputs.values).detailed == {}


def test_every_output_that_contains_a_secret_is_secret(adapter: Adapter) -> None:
    made = make(
        adapter, PARAMETER, "secret",
        {"type": "String", "value": "plain", "description": "open sesame", "tags": {"k": "open sesame", "l": "x"}},
        ("description",),
    )  # fmt: skip
    secret = made.outputs.secret
    assert {("description",), ("tags", "k"), ("tagsAll", "k"), ("value",), (STATE,)} <= secret
    telling = {place for place, leaf in leaves(made.outputs.values) if "open sesame" in str(leaf)}
    assert len(telling) == 4
    assert telling <= secret
    assert decode(encode(made.outputs.values, secret)).secret == secret


def test_a_nested_secret_input_makes_only_the_same_output_secret(adapter: Adapter) -> None:
    inputs = {"tags": {"open": "o", "hidden": "sesame-street"}}
    made = make(adapter, BUCKET, "deep", inputs, ("tags", "hidden"))
    assert ("tags", "hidden") in made.outputs.secret
    assert ("tags",) not in made.outputs.secret


def test_an_output_that_the_schema_marks_as_sensitive_is_secret(adapter: Adapter) -> None:
    made = make(adapter, "aws:iam/user:User", "someone", {})
    key = make(adapter, "aws:iam/accessKey:AccessKey", "key", {"user": made.identity})
    assert {("secret",), ("sesSmtpPasswordV4",)} <= key.outputs.secret
    secret = make(adapter, "aws:secretsmanager/secret:Secret", "kept", {})
    make(
        adapter,
        "aws:secretsmanager/secretVersion:SecretVersion",
        "v",
        {"secretId": secret.identity, "secretString": "s"},
    )
    answer = adapter.invoke("aws:secretsmanager/getSecretVersion:getSecretVersion", {"secretId": secret.identity})
    assert answer.secret == {("secretString",)}


def test_a_file_is_uploaded_only_if_its_hash_has_changed(adapter: Adapter) -> None:
    bucket = make(adapter, BUCKET, "files", {"forceDestroy": True})
    token = "aws:s3/bucketObjectv2:BucketObjectv2"
    inputs = {"bucket": bucket.identity, "key": "k", "source": Asset(False, hash="1", text="one")}
    made = make(adapter, token, "object", inputs)
    assert made.outputs.values["source"] == inputs["source"]
    assert "offline-aws-" not in made.outputs.values[STATE]
    stored = dataclasses.replace(
        made, outputs=Properties({**made.outputs.values, "source": Asset(False, hash="1")}, made.outputs.secret)
    )
    assert stored.diff(inputs).detailed == {}
    changed = {**inputs, "source": Asset(False, hash="2", text="two!")}
    assert stored.diff(changed).detailed == {"source": "UPDATE"}
    etag = made.outputs.values["etag"]
    new = adapter.update(token, stored.outputs, Properties(changed), [], preview=False, seconds=0)
    assert new.values["etag"] != etag
    assert new.values["source"] == Asset(False, hash="2")


def test_functions_return_complete_results(adapter: Adapter) -> None:
    me = adapter.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}).values
    assert me["accountId"] == "000000000000"
    assert {"arn", "id", "userId"} <= me.keys()
    here = adapter.invoke("aws:index/getRegion:getRegion", {}).values
    assert (here["region"], here["name"]) == ("us-east-1", "us-east-1")
    assert adapter.invoke("aws:index/getRegion:getRegion", {"region": "eu-west-1"}).values["region"] == "eu-west-1"
    assert adapter.invoke("aws:index/getPartition:getPartition", {}).values["partition"] == "aws"
    zones = adapter.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"}).values
    assert len(zones["names"]) == len(zones["zoneIds"]) > 1
    document = adapter.invoke(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        {"statements": [{"sid": "a", "actions": ["s3:GetObject"], "resources": ["*"], "conditions": [
            {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}]}]},
    ).values  # fmt: skip
    assert json.loads(document["json"])["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("token", "arguments", "path"),
    [
        ("aws:ec2/getAmi:getAmi", {"allowUnsafeFilter": True}, "allowUnsafeFilter"),
        ("aws:ec2/getVpc:getVpc", {"tags": "x"}, "tags"),
    ],
)
def test_the_error_for_a_wrong_argument_of_a_function_has_its_name(
    adapter: Adapter, token: str, arguments: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidInputsError) as failed:
        adapter.invoke(token, arguments)
    assert [name for name, _ in failed.value.failures] == [path]


def test_a_state_of_another_provider_version_is_upgraded_and_a_state_of_the_official_plugin_is_refused(
    adapter: Adapter,
) -> None:
    inputs = {"name": "/t/old", "type": "String", "value": "a"}
    made = make(adapter, PARAMETER, "p", inputs)
    old = json.loads(made.outputs.values[STATE]) | {"provider": "5.90.0"}
    del old["state"]["data_type"]
    outputs = Properties({**made.outputs.values, STATE: json.dumps(old)}, made.outputs.secret)
    assert dataclasses.replace(made, outputs=outputs).diff({**inputs, "value": "b"}).detailed == {"value": "UPDATE"}
    with pytest.raises(RuntimeError, match="official AWS plugin"):
        dataclasses.replace(made, outputs=Properties({"value": "a"})).diff(inputs)


@pytest.fixture(scope="module")
def broken(aws: Emulator) -> Iterator[tuple[Adapter, FaultyProxy]]:
    """An adapter whose provider reaches the emulator through a faulty proxy."""
    with faulty_proxy(aws.endpoint) as proxy:
        terraform = TerraformProvider(mirror.find())
        terraform.configure(options.to_terraform(terraform.provider, provider_options(proxy.endpoint)))
        adapter = Adapter(terraform)
        adapter.region = "us-east-1"
        yield adapter, proxy
        terraform.close()


@pytest.mark.parametrize(
    ("name", "refuse"), [("half", b"PUT /half-19b2585?tagging"), ("blind", b"/blind-19b2585?tagging")]
)
def test_the_state_after_a_failed_operation_is_kept_and_the_next_update_completes_it(
    broken: tuple[Adapter, FaultyProxy], name: str, refuse: bytes
) -> None:
    adapter, proxy = broken
    inputs = Properties(checked(adapter, BUCKET, name, {"tags": {"k": "v"}}))
    proxy.refuse = refuse  # the second pattern also denies reading the bucket
    with pytest.raises(InitFailedError, match="not you") as failed:
        adapter.create(BUCKET, inputs, preview=False, seconds=0)
    outputs = failed.value.outputs
    assert failed.value.identity == inputs.values["bucket"]
    half = Created(adapter, BUCKET, failed.value.identity, inputs, outputs)
    with pytest.raises((InitFailedError, ProviderError), match="not you"):
        adapter.update(BUCKET, outputs, inputs, [], preview=False, seconds=0)
    proxy.refuse = None
    assert half.diff(inputs.values).detailed.keys() == {"tags.k"}
    whole = adapter.update(BUCKET, outputs, inputs, [], preview=False, seconds=0)
    assert whole.values["tags"] == {"k": "v"}
    read = dataclasses.replace(half, outputs=whole).refreshed()
    assert read is not None
    assert read[1].values["tagsAll"] == {"k": "v"}


def test_a_resource_that_was_not_created_leaves_no_state(broken: tuple[Adapter, FaultyProxy]) -> None:
    adapter, proxy = broken
    proxy.refuse = b"PUT /none"
    with pytest.raises(ProviderError, match="not you"):
        make(adapter, BUCKET, "none", {})
    proxy.refuse = None


def test_stopping_the_provider_ends_its_waiting_and_keeps_the_state(aws: Emulator) -> None:
    with faulty_proxy(aws.endpoint) as proxy:
        terraform = TerraformProvider(mirror.find())
        terraform.configure(options.to_terraform(terraform.provider, provider_options(proxy.endpoint)))
        adapter = Adapter(terraform)
        proxy.watch = b"GetQueueAttributes"  # the queue exists by then, and the provider knows it
        inputs = Properties(checked(adapter, QUEUE, "stopped", {}))
        ended: list[Exception] = []

        def create() -> None:
            try:
                adapter.create(QUEUE, inputs, preview=False, seconds=0)
            except (InitFailedError, ProviderError) as error:
                ended.append(error)

        thread = threading.Thread(target=create)
        thread.start()
        assert proxy.seen.wait(20)
        terraform.stop()
        thread.join(20)  # without the stop, the provider waits 25 s until a queue is stable
        terraform.close()
    (error,) = ended
    assert isinstance(error, InitFailedError)
    assert error.identity.endswith(inputs.values["name"])
    assert error.outputs.values["name"] == inputs.values["name"]


def test_a_timeout_reaches_the_provider_and_is_not_kept_in_the_state(adapter: Adapter) -> None:
    with_timeout = Properties(checked(adapter, TABLE, "limited", {"hashKey": "k", "billingMode": "PAY_PER_REQUEST",
                                                            "attributes": [{"name": "k", "type": "S"}]}))  # fmt: skip
    _, outputs = adapter.create(TABLE, with_timeout, preview=False, seconds=77)
    kept = json.loads(outputs.values[STATE])
    assert kept["state"]["timeouts"] is None
    assert b'"create":77000000000' in base64.b64decode(kept["private"])
    assert Created(adapter, TABLE, "", with_timeout, outputs).diff(with_timeout.values).detailed == {}
    adapter.delete(TABLE, outputs, seconds=77)
