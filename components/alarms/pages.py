"""The runbooks as files."""

from components.alarms.catalogue import COMPOSITES, all_alarms
from components.alarms.record import Record
from components.alarms.rendering import index, runbook
from components.alarms.watched import (
    Watched,
    WatchedFunction,
    WatchedNetwork,
    WatchedProcessing,
    WatchedStorage,
    WatchedTrail,
)
from components.place import Place
from components.principals import Principals


def _role(name: str) -> str:
    return f"arn:aws:iam::<account>:role/<{name}>"


def _function(name: str) -> WatchedFunction[str]:
    return WatchedFunction(name=f"<{name}>", log_group=f"<log group of the {name}>", role_arn=_role(name))


NAMES = Watched(
    place=Place(partition="aws", region="<region>", account_id="<account>", prefix="<project>-<stack>"),
    processing=WatchedProcessing(
        processor=_function("processor"), timeout=1, concurrency=1, queue="<work queue>", dead_letters="<dead letters>"
    ),
    storage=WatchedStorage(
        input="<input>",
        output="<output>",
        quarantine="<quarantine>",
        guarded=("<audit>", "<artifacts>", "<access-logs>"),
        evidence="<audit>",
        table="<table>",
        index="by_status",
        request_metrics=True,
    ),
    network=WatchedNetwork(
        ids=("<id>",), endpoint_ids=("<endpoint>",), dns_log_group="<log group of the DNS firewall>"
    ),
    key_arns=("<key>",),
    log_groups=(),
    service_role_arns=(),
    sweep=_function("sweep"),
    attestor=_function("attestor"),
    trail=WatchedTrail(arn="<trail>", log_group="<log group of the trail>"),
    principals=Principals(
        deploy=(_role("deploy principals"),),
        readers=(_role("readers"),),
        quarantine_operators=(_role("quarantine operators"),),
        auditors=(_role("auditors"),),
    ),
)
"""What stands for a stack's names where none is meant."""


def pages() -> dict[str, str]:
    """Return the runbooks and their index, by file name."""
    alarms = all_alarms(Principals())
    records: list[Record] = [*COMPOSITES, *alarms]
    return {"README.md": index(alarms, COMPOSITES), **{f"{one.name}.md": runbook(one, NAMES) for one in records}}
