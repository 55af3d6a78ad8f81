"""Controls of security groups, which are read by id."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

_PEERS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("UserIdGroupPairs", "GroupId"),
    ("PrefixListIds", "PrefixListId"),
)

control = controls_of("security-group")


def rules_of(group: dict[str, Any]) -> list[str]:
    """Return the rules of a security group in words, one for each peer, such as `out, tcp 443-443: pl-1`."""
    directions = (("in", "IpPermissions"), ("out", "IpPermissionsEgress"))
    return [
        f"{direction}, {_traffic(permission)}: {peer[name]}"
        for direction, permissions in directions
        for permission in group.get(permissions, [])
        for peers, name in _PEERS
        for peer in permission.get(peers, [])
    ]


def _traffic(permission: dict[str, Any]) -> str:
    protocol = "every protocol" if permission["IpProtocol"] == "-1" else permission["IpProtocol"]
    ports = f" {permission.get('FromPort')}-{permission.get('ToPort')}" if "FromPort" in permission else ""
    return f"{protocol}{ports}"


@control(
    "ec2-security-group",
    requirement="The security group allows exactly the expected traffic.",
    references=("PCI-DSS-4.0.1:1.2.5", "PCI-DSS-4.0.1:1.3.2", "NIST-800-53r5:SC-7(5)"),
    rules=("security-group-is-closed",),
    alarms=("network-changed-outside-deployment",),
    actions=("ec2:DescribeSecurityGroups",),
)
def rules(aws: Reading, group: str) -> object:
    """Return the rules in words."""
    (found,) = aws.call("ec2", "describe_security_groups", GroupIds=[group])["SecurityGroups"]
    return rules_of(found)
