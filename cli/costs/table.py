"""What a production stack costs a month at rest, from the resources that the program declares and a table of prices."""

import asyncio
import json
import runpy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import yaml
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from cli.paths import ROOT
from cli.settings import read_settings

_PAGES = ["arn:aws:sqs:eu-central-1:123456789012:pages"]
"""Subscription that the settings of production require, which costs nothing here."""


class _Declarations(Mocks):
    """Answers in place of the engine, and counts billed units by type of resource."""

    def __init__(self, region: str, zones: int) -> None:
        self.units: Counter[str] = Counter()
        self._answers: Mapping[str, dict[str, Any]] = {
            "aws:index/getPartition:getPartition": {"partition": "aws"},
            "aws:index/getRegion:getRegion": {"region": region},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "zoneIds": [f"az{number}" for number in range(zones)]
            },
        }

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.units[args.typ] += _units(args.typ, args.inputs)
        computed = {"arn": f"arn:aws:service:region:account:{args.name}", "url": args.name, "bucket": args.name}
        return f"{args.name}-id", {**computed, "name": args.name, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return self._answers[args.token], []


def _units(kind: str, inputs: Mapping[str, Any]) -> int:
    """Return how many units of a resource are billed."""
    match kind:
        case "aws:ec2/vpcEndpoint:VpcEndpoint":
            return len(inputs.get("subnetIds") or [])  # gateway endpoints have none, and cost nothing
        case "aws:cloudwatch/metricAlarm:MetricAlarm":
            return sum("metric" in query for query in inputs.get("metricQueries") or []) or 1
        case "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList":
            return len(inputs["domains"])
    return 1


def units(stack: str) -> Counter[str]:
    """Return the billed units that the program declares with the settings of a stack, by type of resource."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    values = {name: entry["default"] for name, entry in declared.items() if "default" in entry}
    values |= read_settings(stack)["config"] | {"strongroom:page_subscriptions": _PAGES}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    declarations = _Declarations(values["aws:region"], values["strongroom:zones"])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(declarations, project="strongroom", stack=stack, preview=True)
    pulumi.runtime.set_all_config(texts)
    try:
        pulumi.runtime.test(lambda: runpy.run_path(str(ROOT / "__main__.py")) and None)()  # type: ignore[no-untyped-call]
    finally:
        pulumi.runtime.set_all_config({})
        loop.close()
    return declarations.units


def prices() -> dict[str, Any]:
    """Return the table of prices."""
    table: dict[str, Any] = yaml.safe_load((ROOT / "cli" / "costs" / "prices.yaml").read_text("utf-8"))
    return table


def cost_table(stack: str = "prod") -> Iterator[str]:
    """Yield the lines of the table of monthly costs."""
    table, counted, total = prices(), units(stack), 0.0
    yield "| resource | number | USD a month each | USD a month | source and notes |"
    yield "|---|---|---|---|---|"
    for row in table["resources"]:
        each = row["hourly_usd"] * table["hours"] if "hourly_usd" in row else row["usd"]
        number = counted[row["type"]]
        notes = f"<{row['source']}>" + (f"; {row['note']}" if "note" in row else "")
        if each is None:
            yield f"| {row['item']} | {number} | ? | ? | {notes} |"
            continue
        total += number * each
        yield f"| {row['item']} | {number} | {each:.2f} | {number * each:.2f} | {notes} |"
    yield f"| **sum** | | | **{total:.2f}** | prices of {table['date']}, stack {stack} |"
