"""The tiers of a sample stack, which the tests of several tiers inspect under Pulumi's mocks."""

from typing import Any

import pulumi

from components.audit.tier import Audit, AuditArgs, trail_arn
from components.boundary import with_boundary
from components.context import AwsContext
from components.data.tier import Data, DataArgs
from components.keys.tier import Keys, KeysArgs
from components.network.tier import Network, NetworkArgs
from components.principals import Principals
from components.processing.function_size import FunctionSize
from components.processing.tier import Processing, ProcessingArgs
from components.retention import ObjectLock, Retention
from components.tags import classified, tagging

ACCOUNT = "123456789012"
CONTEXT = AwsContext(partition="aws", region="eu-central-1", account_id=ACCOUNT, prefix="strongroom-test")
RETENTION = Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=10), protection=True)
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def declare_tiers(*, malware_scan: bool = True) -> Any:
    """Declare every tier below monitoring, with all switches on."""
    pulumi.runtime.register_stack_transformation(tagging({"owner": "o"}))
    pulumi.runtime.register_stack_transformation(with_boundary(BOUNDARY))
    principals = Principals(deploy=("arn:deploy",), break_glass=("arn:break-glass",))
    keys = Keys(
        "keys",
        KeysArgs(
            context=CONTEXT, principals=principals, trail_arn=trail_arn(CONTEXT), rotation_days=365, deletion_days=30,
            retention=RETENTION,
        ),
    )  # fmt: skip
    network = Network(
        "network",
        NetworkArgs(
            context=CONTEXT, cidr="10.0.0.0/16", zone_ids=("a", "b", "c"), prefix_list_rules=True, dns_firewall=True,
            logs_key_arn=keys.arns["logs"], retention=RETENTION,
        ),
        classified("internal"),
    )  # fmt: skip
    data = Data(
        "data",
        DataArgs(
            context=CONTEXT, principals=principals,
            key_arns=keys.arns, retention=RETENTION, trail_arn=trail_arn(CONTEXT),
            endpoint_id=network.endpoint_ids["s3"], malware_scan=malware_scan,
        ),
        classified("restricted"),
    )  # fmt: skip
    processing = Processing(
        "processing",
        ProcessingArgs(
            context=CONTEXT, principals=principals, data=data, network=network, key_arns=keys.arns, retention=RETENTION,
            size=FunctionSize(memory=512, timeout=60, storage=2048, concurrency=5, reserved=8, architecture="arm64"),
            account_last4=True, malware_scan=malware_scan,
        ),
        classified("restricted"),
    )  # fmt: skip
    audit = Audit(
        "audit",
        AuditArgs(
            context=CONTEXT, existing=None, data=data, key_arn=keys.arns["audit"], retention=RETENTION,
            copies={}, endpoint_ids=network.endpoint_ids, insights=True,
        ),
        classified("audit"),
    )  # fmt: skip
    return pulumi.Output.all(processing.processor.arn, audit.trail_arn, data.table.arn, *network.subnet_ids)
