"""The controls that are attested, as data: what each requires, of which kind of resource, and for which framework.

References are those of PCI DSS 4.0, NIST SP 800-53 revision 5 and SEC rule 17a-4 as amended in 2022.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Control:
    """One property of one kind of resource.

    Attributes
    ----------
    id
        Its name everywhere: in the intent, the evidence, messages and the compliance page.
    kind
        The kind of resource that has it.
    requires
        What has to hold, as a sentence of an auditor.
    references
        Requirements that it serves, as `FRAMEWORK:number`.
    alarms
        Alarms that tell of a change, by the names of their runbooks.
    rules
        Rules of the policy pack that ask for the same before anything is deployed; none where only what is deployed
        can tell.
    policy
        Whether its value is a policy document, which is compared by what it means and not by how it is written.
    """

    id: str
    kind: str
    requires: str
    references: tuple[str, ...]
    alarms: tuple[str, ...]
    rules: tuple[str, ...] = ()
    policy: bool = False


_REST = ("PCI-DSS-4.0:3.5.1", "NIST-800-53r5:SC-28(1)")
_ACCESS = ("PCI-DSS-4.0:7.2.1", "NIST-800-53r5:AC-3", "NIST-800-53r5:AC-6")
_BOUNDARY = ("PCI-DSS-4.0:1.3.2", "PCI-DSS-4.0:1.4.4", "NIST-800-53r5:SC-7")
_TRAIL = ("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-12", "SEC-17a-4:(f)(2)(i)(A)")
_ALERTS = ("PCI-DSS-4.0:10.7.2", "NIST-800-53r5:AU-5", "NIST-800-53r5:SI-4")

_STORAGE = ("records-storage-changed-by-others", "guarded-storage-changed-by-others")

CONTROLS = (
    Control(
        id="s3-default-encryption",
        kind="bucket",
        requires="Objects are encrypted by default, with the algorithm and the key that were meant.",
        references=_REST,
        rules=("bucket-uses-customer-key", "data-class-has-one-key"),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-bucket-key",
        kind="bucket",
        requires="A bucket key stands between objects and KMS where that was meant.",
        references=("NIST-800-53r5:SC-12",),
        rules=("bucket-uses-customer-key",),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-versioning",
        kind="bucket",
        requires="An object that is overwritten or deleted is kept as a version.",
        references=("PCI-DSS-4.0:10.3.4", "NIST-800-53r5:CP-9", "SEC-17a-4:(f)(2)(i)(A)"),
        rules=("bucket-is-versioned",),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-public-access-block",
        kind="bucket",
        requires="All four blocks of public access are on.",
        references=("PCI-DSS-4.0:1.4.4", "NIST-800-53r5:AC-3", "NIST-800-53r5:SC-7"),
        rules=("bucket-blocks-public-access",),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-ownership",
        kind="bucket",
        requires="Access control lists are off: the bucket's owner owns every object.",
        references=_ACCESS,
        rules=("bucket-has-no-acls",),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-object-lock",
        kind="bucket",
        requires="New objects are locked in the mode and for the time that were meant.",
        references=("PCI-DSS-4.0:10.3.2", "NIST-800-53r5:AU-9", "SEC-17a-4:(f)(2)(i)(B)"),
        rules=("evidence-is-locked", "locked-bucket-is-not-emptied"),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-lifecycle",
        kind="bucket",
        requires="Objects go at the age that was meant, and nothing goes earlier.",
        references=("PCI-DSS-4.0:3.2.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(a)"),
        rules=("evidence-does-not-expire", "raw-data-expires"),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-policy",
        kind="bucket",
        requires="The bucket's policy denies and allows what was meant, and nothing else.",
        references=("PCI-DSS-4.0:4.2.1", *_ACCESS, "NIST-800-53r5:SC-8(1)"),
        policy=True,
        rules=(
            "bucket-requires-tls",
            "bucket-denies-other-keys",
            "bucket-denies-callers-keys",
            "bucket-is-not-public",
            "service-acts-for-named-source",
            "policy-has-no-wildcard-action",
        ),
        alarms=_STORAGE,
    ),
    Control(
        id="s3-access-log",
        kind="bucket",
        requires="Access is logged to the bucket that was meant.",
        references=("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-12"),
        rules=("bucket-logs-access",),
        alarms=_STORAGE,
    ),
    Control(
        id="kms-enabled",
        kind="key",
        requires="The key is enabled, and no deletion of it is pending.",
        references=("PCI-DSS-4.0:3.6.1", "NIST-800-53r5:SC-12(1)"),
        rules=("key-deletion-waits",),
        alarms=("key-ended",),
    ),
    Control(
        id="kms-rotation",
        kind="key",
        requires="A symmetric key is rotated automatically, in the period that was meant.",
        references=("PCI-DSS-4.0:3.7.4", "NIST-800-53r5:SC-12"),
        rules=("key-is-rotated",),
        alarms=("key-changed-by-others",),
    ),
    Control(
        id="kms-policy",
        kind="key",
        requires="The key's policy lets those use and administer it that were meant, and nobody else.",
        references=("PCI-DSS-4.0:3.6.1", "PCI-DSS-4.0:7.2.1", "NIST-800-53r5:AC-6"),
        policy=True,
        rules=("key-policy-is-closed", "service-acts-for-named-source", "policy-has-no-wildcard-action"),
        alarms=("key-changed-by-others",),
    ),
    Control(
        id="dynamodb-encryption",
        kind="table",
        requires="The table is under the key that was meant.",
        references=_REST,
        rules=("table-uses-customer-key", "data-class-has-one-key"),
        alarms=("table-changed-by-others",),
    ),
    Control(
        id="dynamodb-point-in-time-recovery",
        kind="table",
        requires="The table can be restored to any second of its recovery window.",
        references=("NIST-800-53r5:CP-9", "SEC-17a-4:(f)(2)(v)"),
        rules=("table-can-be-recovered",),
        alarms=("table-changed-by-others",),
    ),
    Control(
        id="dynamodb-deletion-protection",
        kind="table",
        requires="The table refuses to be deleted where that was meant.",
        references=("PCI-DSS-4.0:10.3.2", "NIST-800-53r5:CP-9"),
        rules=("database-refuses-deletion",),
        alarms=("table-changed-by-others",),
    ),
    Control(
        id="sqs-encryption",
        kind="queue",
        requires="Messages are under the key that was meant.",
        references=_REST,
        rules=("queue-uses-customer-key", "data-class-has-one-key"),
        alarms=("queues-changed-by-others",),
    ),
    Control(
        id="sqs-redrive",
        kind="queue",
        requires="A message that cannot be handled is set aside, after the attempts and in the queue that were meant.",
        references=("NIST-800-53r5:SI-11", "SEC-17a-4:(f)(2)(ii)"),
        rules=("queue-has-dead-letters",),
        alarms=("queues-changed-by-others",),
    ),
    Control(
        id="sqs-policy",
        kind="queue",
        requires="The queue's policy denies and allows what was meant, and nothing else.",
        references=_ACCESS,
        policy=True,
        rules=(
            "queue-requires-tls",
            "resource-policy-is-closed",
            "service-acts-for-named-source",
            "policy-has-no-wildcard-action",
        ),
        alarms=("queues-changed-by-others",),
    ),
    Control(
        id="sns-encryption",
        kind="topic",
        requires="Notifications are under the key that was meant.",
        references=_REST,
        rules=("topic-uses-customer-key", "data-class-has-one-key"),
        alarms=("alarms-changed-by-others",),
    ),
    Control(
        id="sns-policy",
        kind="topic",
        requires="The topic's policy denies and allows what was meant, and nothing else.",
        references=_ACCESS,
        policy=True,
        rules=(
            "topic-requires-tls",
            "resource-policy-is-closed",
            "service-acts-for-named-source",
            "policy-has-no-wildcard-action",
        ),
        alarms=("alarms-changed-by-others",),
    ),
    Control(
        id="sns-subscriptions",
        kind="topic",
        requires="Those are notified that were meant, nobody else, and all have confirmed.",
        references=_ALERTS,
        rules=("alarm-topic-is-subscribed",),
        alarms=("alarms-changed-by-others",),
    ),
    Control(
        id="logs-retention",
        kind="log-group",
        requires="Logs are kept for the days that were meant.",
        references=("PCI-DSS-4.0:10.5.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(a)"),
        rules=("log-group-is-retained",),
        alarms=("logs-changed-by-others",),
    ),
    Control(
        id="logs-encryption",
        kind="log-group",
        requires="Logs are under the key that was meant.",
        references=("PCI-DSS-4.0:10.3.2", "NIST-800-53r5:AU-9(3)"),
        rules=("log-group-uses-customer-key", "data-class-has-one-key"),
        alarms=("logs-changed-by-others",),
    ),
    Control(
        id="alarm-actions-enabled",
        kind="alarm",
        requires="The alarm is there and its actions are enabled.",
        references=_ALERTS,
        rules=("alarm-notifies", "metric-filter-raises-alarm"),
        alarms=("alarms-changed-by-others",),
    ),
    Control(
        id="alarm-actions",
        kind="alarm",
        requires="The alarm notifies the topics that were meant.",
        references=_ALERTS,
        rules=("alarm-notifies",),
        alarms=("alarms-changed-by-others",),
    ),
    Control(
        id="lambda-code",
        kind="function",
        requires="The function runs the code that was deployed.",
        references=("PCI-DSS-4.0:6.5.1", "PCI-DSS-4.0:11.5.2", "NIST-800-53r5:SI-7"),
        alarms=("code-changed-by-others",),
    ),
    Control(
        id="lambda-network",
        kind="function",
        requires="The function is in the subnets and groups that were meant, or in none where that was meant.",
        references=("PCI-DSS-4.0:1.3.2", "NIST-800-53r5:SC-7"),
        rules=("function-runs-in-vpc",),
        alarms=("code-changed-by-others",),
    ),
    Control(
        id="lambda-environment-key",
        kind="function",
        requires="The function's environment is under the key that was meant.",
        references=("NIST-800-53r5:SC-28(1)",),
        rules=("function-environment-uses-customer-key",),
        alarms=("code-changed-by-others",),
    ),
    Control(
        id="lambda-role",
        kind="function",
        requires="The function has the role that was meant.",
        references=("PCI-DSS-4.0:7.2.5", "NIST-800-53r5:AC-6"),
        alarms=("code-changed-by-others",),
    ),
    Control(
        id="iam-role-policy",
        kind="role",
        requires="The role's inline policies allow and deny what was meant, and nothing else.",
        references=("PCI-DSS-4.0:7.2.5", *_ACCESS),
        policy=True,
        rules=("policy-has-no-wildcard-action", "policy-has-no-wildcard-resource"),
        alarms=("roles-changed-by-others",),
    ),
    Control(
        id="iam-role-trust",
        kind="role",
        requires="Those may assume the role that were meant, and nobody else.",
        references=("PCI-DSS-4.0:7.2.5", *_ACCESS),
        policy=True,
        rules=("resource-policy-is-closed", "service-acts-for-named-source"),
        alarms=("roles-changed-by-others",),
    ),
    Control(
        id="iam-role-managed-policies",
        kind="role",
        requires="The role has the managed policies that were meant, and no other.",
        references=("PCI-DSS-4.0:7.2.5", *_ACCESS),
        rules=("nobody-has-broad-managed-policy",),
        alarms=("roles-changed-by-others",),
    ),
    Control(
        id="iam-role-boundary",
        kind="role",
        requires="The role is bounded by the policy that was meant, or by none where that was meant.",
        references=_ACCESS,
        alarms=("roles-changed-by-others",),
    ),
    Control(
        id="vpc-internet-gateways",
        kind="vpc",
        requires="No internet gateway is attached to the network, egress-only or other.",
        references=_BOUNDARY,
        rules=("network-is-isolated",),
        alarms=("network-changed-by-others",),
    ),
    Control(
        id="vpc-nat-gateways",
        kind="vpc",
        requires="The network has no NAT gateway.",
        references=_BOUNDARY,
        rules=("network-is-isolated",),
        alarms=("network-changed-by-others",),
    ),
    Control(
        id="vpc-routes",
        kind="vpc",
        requires="Every route stays in the network or leads to one of its endpoints.",
        references=_BOUNDARY,
        rules=("network-is-isolated",),
        alarms=("network-changed-by-others",),
    ),
    Control(
        id="vpc-default-group",
        kind="vpc",
        requires="The default security group lets nothing in and nothing out.",
        references=("PCI-DSS-4.0:1.2.5", "NIST-800-53r5:SC-7(5)"),
        rules=("default-security-group-is-closed",),
        alarms=("network-changed-by-others",),
    ),
    Control(
        id="vpc-flow-logs",
        kind="vpc",
        requires="The network's traffic is logged to where that was meant, and delivery works.",
        references=("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-12"),
        rules=("vpc-logs-its-flows",),
        alarms=("network-changed-by-others",),
    ),
    Control(
        id="vpc-endpoint-policy",
        kind="endpoint",
        requires="The endpoint's policy lets through what was meant, and nothing else.",
        references=("PCI-DSS-4.0:1.3.2", "NIST-800-53r5:AC-4", "NIST-800-53r5:SC-7(5)"),
        policy=True,
        rules=("endpoint-has-own-policy",),
        alarms=("network-changed-by-others", "endpoint-denials"),
    ),
    Control(
        id="cloudtrail-logging",
        kind="trail",
        requires="The trail is recording.",
        references=_TRAIL,
        rules=("trail-is-validated",),
        alarms=("trail-stopped", "trail-silent"),
    ),
    Control(
        id="cloudtrail-validation",
        kind="trail",
        requires="Log files are signed, so that a change or a gap in them shows.",
        references=("PCI-DSS-4.0:10.3.4", "NIST-800-53r5:AU-9(3)", "SEC-17a-4:(f)(2)(ii)"),
        rules=("trail-is-validated",),
        alarms=("trail-changed-by-others",),
    ),
    Control(
        id="cloudtrail-encryption",
        kind="trail",
        requires="Log files are under the key that was meant.",
        references=("PCI-DSS-4.0:10.3.2", "NIST-800-53r5:AU-9(3)"),
        rules=("trail-uses-customer-key", "data-class-has-one-key"),
        alarms=("trail-changed-by-others",),
    ),
    Control(
        id="cloudtrail-destination",
        kind="trail",
        requires="Log files go to the bucket that was meant.",
        references=_TRAIL,
        alarms=("trail-changed-by-others",),
    ),
    Control(
        id="cloudtrail-delivery",
        kind="trail",
        requires="Log files arrive.",
        references=(*_TRAIL, "NIST-800-53r5:AU-5"),
        alarms=("trail-silent",),
    ),
    Control(
        id="cloudtrail-event-selectors",
        kind="trail",
        requires="The trail records what was meant, neither less nor more.",
        references=(*_TRAIL, "PCI-DSS-4.0:10.2.1.1"),
        rules=("trail-covers-data-buckets", "trail-covers-control-planes"),
        alarms=("trail-changed-by-others",),
    ),
)

BY_ID = {control.id: control for control in CONTROLS}
KINDS = {control.kind: tuple(one.id for one in CONTROLS if one.kind == control.kind) for control in CONTROLS}
"""The ids of the controls of each kind of resource."""
