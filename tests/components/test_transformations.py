"""What the program sets on the resources of all tiers: permissions boundary, tags, protection, ignored properties."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.audit.tier import Audit, AuditArgs
from components.data.buckets import BUCKETS
from components.data.tier import Data, DataArgs
from components.emulation import ignore_properties_not_read_back
from components.keys.tier import Keys, KeysArgs
from components.principals import Principals
from tests.components.sample import BOUNDARY, CONTEXT, RETENTION
from tests.support.mocks import Recorder, deployed


def test_every_role_has_the_permissions_boundary(tiers: Recorder) -> None:
    roles = tiers.of_type("aws:iam/role:Role")
    assert len(roles) >= 3
    assert {role.inputs["permissionsBoundary"] for role in roles} == {BOUNDARY}


@pytest.mark.parametrize(
    ("token", "classification"), [("aws:ec2/vpc:Vpc", "internal"), ("aws:sqs/queue:Queue", "restricted")]
)
def test_resources_in_components_have_the_tags_of_the_stack_and_the_classification_of_their_tier(
    tiers: Recorder, token: str, classification: str
) -> None:
    resources = tiers.of_type(token)
    assert resources
    for resource in resources:
        assert resource.inputs["tags"]["data-classification"] == classification
        assert resource.inputs["tags"]["owner"] == "o"


def test_only_the_evidence_set_is_protected_and_retained() -> None:
    options: dict[str, tuple[Any, Any]] = {}

    def record_options(args: pulumi.ResourceTransformationArgs) -> None:
        options[f"{args.type_}::{args.name}"] = (args.opts.protect, args.opts.retain_on_delete)

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(record_options)
        keys = Keys(
            "keys",
            KeysArgs(
                context=CONTEXT, principals=Principals(), trail_arn=None, rotation_days=365, deletion_days=30,
                retention=RETENTION,
            ),
        )  # fmt: skip
        data = Data(
            "data",
            DataArgs(
                context=CONTEXT, principals=Principals(), key_arns=keys.arns,
                retention=RETENTION, trail_arn=None, endpoint_id=None, malware_scan=False,
            ),
        )  # fmt: skip
        audit = Audit(
            "audit",
            AuditArgs(
                context=CONTEXT,
                existing=None,
                data=data,
                key_arn="k",
                retention=RETENTION,
                copies={},
                endpoint_ids={},
                insights=False,
            ),
        )
        return pulumi.Output.all(data.table.arn, audit.trail_arn)

    deployed(program, Recorder())
    assert {name.rpartition(":")[2] for name, protected in options.items() if protected == (True, True)} == {
        "keys-records", "keys-logs", "keys-audit", "keys-tokens", "data-transactions", "audit",
        *(f"data-{name}" for name, row in BUCKETS.items() if row.locked),
    }  # fmt: skip
    assert options["aws:s3/bucket:Bucket::data-input"] == (False, False)
    assert options["aws:cloudtrail/trail:Trail::audit"] == (True, True)
    assert options["aws:cloudwatch/logGroup:LogGroup::audit"] == (True, True)


def test_only_properties_that_the_emulator_does_not_read_back_are_ignored() -> None:
    ignored: dict[str, Any] = {}

    def record_ignored(args: pulumi.ResourceTransformationArgs) -> None:
        ignored[args.name] = args.opts.ignore_changes

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(ignore_properties_not_read_back)
        pulumi.runtime.register_stack_transformation(record_ignored)
        aws.ec2.FlowLog("flow", vpc_id="v", opts=pulumi.ResourceOptions(ignore_changes=["region"]))
        return aws.kms.Key("key").arn

    deployed(program, Recorder())
    assert ignored["flow"] == ["region", "iamRoleArn", "maxAggregationInterval", "tags"]
    assert not ignored["key"]
