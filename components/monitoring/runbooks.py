"""The runbooks as files."""

from pathlib import Path

from components.context import AwsContext
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.monitoring.rendering import index, runbook
from components.principals import Principals
from components.shared.alarms.record import Record
from components.shared.alarms.targets import (
    FunctionTargets,
    MonitoringTargets,
    NetworkTargets,
    ProcessingTargets,
    StorageTargets,
    TrailTargets,
)


def _role(name: str) -> str:
    return f"arn:aws:iam::<account>:role/<{name}>"


def _function(name: str) -> FunctionTargets[str]:
    return FunctionTargets(name=f"<{name}>", log_group=f"<log group of the {name}>", role_arn=_role(name))


NAMES = MonitoringTargets(
    context=AwsContext(partition="aws", region="<region>", account_id="<account>", prefix="<project>-<stack>"),
    processing=ProcessingTargets(
        processor=_function("processor"), timeout=1, concurrency=1, queue="<work queue>", dead_letters="<dead letters>"
    ),
    storage=StorageTargets(
        input="<input>",
        output="<output>",
        quarantine="<quarantine>",
        guarded=("<audit>", "<artifacts>", "<access-logs>"),
        evidence="<audit>",
        table="<table>",
        index="by_status",
        request_metrics=True,
    ),
    network=NetworkTargets(
        ids=("<id>",), endpoint_ids=("<endpoint>",), dns_log_group="<log group of the DNS firewall>"
    ),
    key_arns=("<key>",),
    log_groups=(),
    service_role_arns=(),
    reconciler=_function("sweep"),
    attestor=_function("attestor"),
    trail=TrailTargets(arn="<trail>", log_group="<log group of the trail>"),
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


def write(folder: Path) -> None:
    """Write all pages to a folder, and delete the pages of alarms that no longer exist."""
    rendered = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")
    for page in folder.glob("*.md"):
        if page.name not in rendered:
            page.unlink()
