"""Draws the network, its endpoints, and who may pass the perimeter."""

from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

import yaml

from cli.paths import ROOT
from cli.pictures.svg import Box, Picture
from components.data.buckets import BUCKETS, Service, access
from components.network.dns_firewall import endpoint_names
from components.network.policies import dynamodb_endpoint_policy, kms_endpoint_policy, s3_endpoint_policy
from components.network.tier import subnet_blocks
from components.principals import Principals
from components.shared.statements import Document


def network_picture() -> Picture:
    """Return the picture of the network."""
    picture = Picture(
        "The network",
        "A VPC with a private subnet in each availability zone and no route to the internet. The functions reach S3, DynamoDB and KMS through endpoints, "
        "whose policies allow a few actions on the stack's own resources. The DNS firewall resolves only the names of these services. With the "
        "perimeter enforced, only named principals reach objects from outside the network.",
        1100,
        660,
    )
    functions = _subnets(picture)
    names = [name for name in endpoint_names("<region>", "amazonaws.com") if not name.startswith("*")]
    picture.box("DNS firewall", ["resolves only these names and their subdomains:", *names], Box(45, 390, 410, 125))
    readable, writable = (
        [bucket for bucket, row in BUCKETS.items() if "processor" in getattr(row, use)]
        for use in ("readers", "writers")
    )
    bucket_policy = s3_endpoint_policy(read_arns=readable, write_arns=writable, account_id="", malware_scan=True)
    rows = (
        ("Buckets", "S3 gateway endpoint", bucket_policy),
        ("Table", "DynamoDB gateway endpoint", dynamodb_endpoint_policy(table_arn="table", account_id="")),
        ("Tokens key", "KMS interface endpoint", kms_endpoint_policy(key_arn="tokens key", account_id="")),
    )
    reached = {}
    for y, height, (target, endpoint, policy) in zip((75, 270, 410), (182, 125, 105), rows, strict=True):
        endpoint_box = picture.box(endpoint, allowed(policy), Box(520, y, 285, height), note=condition(policy))
        reached[target] = picture.box(target, [], Box(900, y + height / 2 - 20, 165, 40), "store")
        picture.arrow(functions.right(), endpoint_box.left())
        picture.arrow(endpoint_box.right(), reached[target].left())
    _outside(picture, reached["Buckets"])
    return picture


def _subnets(picture: Picture) -> Box:
    """Draw the VPC with its subnets; return the box of the functions, which are in all of them."""
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    zones, cidr = (settings[f"strongroom:{name}"]["default"] for name in ("zones", "cidr"))
    picture.frame(f"VPC {cidr}, without internet gateway and NAT gateway", Box(25, 50, 800, 480))
    width = 420 / zones
    for zone, block in zip(range(zones), subnet_blocks(cidr), strict=False):
        picture.frame(f"{block}", Box(45 + width * zone, 85, width - 10, 290))
    return picture.box(
        "Processor and reconciler",
        ["Their security group allows HTTPS to the endpoints, and nothing else."],
        Box(60, 190, 380, 80),
        "function",
        note=f"{zones} private subnets, one in each availability zone",
    )


def _outside(picture: Picture, buckets: Box) -> None:
    """Draw who reaches objects from outside the network, and the internet, which is out of reach."""
    everywhere, some = [], []
    for principal, reachable in outside_network().items():
        if len(reachable) == len(BUCKETS):
            everywhere.append(principal)
        else:
            some.append(f"{principal} ({', '.join(reachable)} only)")
    people = picture.box(
        "Outside the network",
        [", ".join([*everywhere, *some, "AWS services"])],
        Box(520, 555, 545, 85),
        "people",
        note="With the perimeter enforced, nobody else reaches objects from there.",
    )
    picture.arrow(people.right(), (1083, people.right()[1]), (1083, buckets.right()[1]), buckets.right())
    internet = picture.box("Internet", [], Box(185, 585, 130, 40))
    picture.arrow((250, 530), internet.top(), label="no route", at=(250, 562), style="barred")


def allowed(policy: Document) -> Iterator[str]:
    """Yield what an endpoint policy allows, a line for each statement."""
    for statement in policy["Statement"]:
        actions = ", ".join(action.partition(":")[2] for action in statement["Action"])
        resources = dict.fromkeys(resource.partition("/")[0] for resource in statement["Resource"])
        yield f"{actions}: {', '.join(resources)}"


def condition(policy: Document) -> str:
    """Return the condition of an endpoint policy, which all its statements share."""
    (keys,) = {tuple(statement["Condition"]["StringEquals"]) for statement in policy["Statement"]}
    return f"if {' and '.join(keys)} are this account"


def outside_network() -> dict[str, list[str]]:
    """Return the buckets whose objects each group or service may reach from outside the network."""
    groups = Principals(**{field.name: (field.name.replace("_", "-"),) for field in fields(Principals)})
    services = {service: service for service in get_args(Service)}
    buckets: dict[str, list[str]] = {}
    for name, row in BUCKETS.items():
        for principal in access(row, groups, services, protection=True).outside_network:
            buckets.setdefault(principal, []).append(name)
    return buckets
