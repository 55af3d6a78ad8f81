"""The runbooks: one page for each alarm, rendered from its record."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.monitoring.rendering import threshold_text
from components.principals import Principals
from components.shared.alarms.record import Alarm, Composite, Expression, Filter, Metric, Query, Record, Step
from components.shared.alarms.targets import (
    DnsFirewallTargets,
    FunctionTargets,
    MalwareScanTargets,
    MonitoringTargets,
    NetworkTargets,
    ProcessingTargets,
    StorageTargets,
    TrailTargets,
)

_MISSING_DATA = {
    "breaching": "Missing data count as a breach",
    "notBreaching": "Missing data count as no breach",
    "ignore": "Missing data leave the state unchanged",
}
_USD_PER_METRIC_ALARM, _USD_PER_COMPOSITE_ALARM, _USD_PER_METRIC = 0.10, 0.50, 0.30
"""US dollars a month, in the first tier of most regions; source: CloudWatch pricing."""
_QUERY_ACTIONS = ("logs:StartQuery", "logs:GetQueryResults")
_GROUPS = {
    "auditor": "An auditor",
    "deployer": "A deployer",
    "operator": "An operator",
    "quarantine operator": "A quarantine operator",
    "break-glass": "Break-glass",
}
_INDEX = """\
# Runbooks

One page for each alarm, rendered by `make docs` from the alarm records in `components/*/*alarms.py`: change the record, not the page. A *page* calls
somebody at once; a *ticket* is work for the day. An alarm is named `<project>-<stack>-<name>`. Alarms for features that a stack does not use are omitted; the
row "requires" on an alarm's page names the feature.

The setting `alarm_thresholds` sets a threshold for one stack, by the alarm's name, in the unit on its page.

| who takes a step | who that is |
|---|---|
| deployer, auditor, quarantine operator, break-glass | a principal that the settings `deploy_principals`, `auditors`, `quarantine_operators` or `break_glass_principals` name |
| operator | any IAM role of the account with the actions that the step names |

Actions in parentheses are IAM actions that the step needs beyond what the stack's own policies grant or deny the group.
"""


def _role(name: str) -> str:
    return f"arn:aws:iam::<account>:role/<{name}>"


def _function(name: str) -> FunctionTargets[str]:
    return FunctionTargets(name=f"<{name}>", log_group=f"<log group of the {name}>", role_arn=_role(name))


PLACEHOLDERS = MonitoringTargets(
    context=AwsContext(partition="aws", region="<region>", account_id="<account>", prefix="<project>-<stack>"),
    processing=ProcessingTargets(
        processor=_function("processor"),
        timeout=1,
        concurrency=1,
        queue="<work queue>",
        dead_letter_queue="<dead-letter queue>",
    ),
    storage=StorageTargets(
        buckets={bucket: f"<{bucket}>" for bucket in BUCKETS},
        table="<table>",
        index="by_status",
        replicas={name: f"<copy of {name}>" for name, row in BUCKETS.items() if row.replicated},
        are_replicas_own=False,
        request_metrics=True,
    ),
    network=NetworkTargets(
        vpc_id="<vpc>",
        route_table_id="<route table>",
        subnet_ids=("<subnet>",),
        security_group_ids=("<security group>",),
        endpoint_ids=("<endpoint>",),
        dns_firewall=DnsFirewallTargets(
            log_group="<log group of the DNS firewall>",
            rule_group_id="<rule group>",
            association_id="<association>",
            domain_list_ids=("<domain list>",),
            query_log_id="<query log>",
        ),
    ),
    key_arns=("<key>",),
    log_groups=(),
    reconciler=_function("reconciler"),
    redrive=_function("redrive"),
    attestor=_function("attestor"),
    malware_scan=MalwareScanTargets(plan_id="<plan>", role_arn=_role("malware scan")),
    trail=TrailTargets(arn="<trail>", log_group="<log group of the trail>"),
    principals=Principals(
        deploy=(_role("deploy principals"),),
        readers=(_role("readers"),),
        quarantine_operators=(_role("quarantine operators"),),
        auditors=(_role("auditors"),),
    ),
)
"""Placeholders for the names of a stack."""


def write(folder: Path) -> None:
    """Write all pages to a folder, and delete the pages of alarms that no longer exist."""
    rendered = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")
    for page in folder.glob("*.md"):
        if page.name not in rendered:
            page.unlink()


def pages() -> dict[str, str]:
    """Return the runbooks and their index by file name."""
    alarms = all_alarms(Principals())
    records: list[Record] = [*COMPOSITES, *alarms]
    return {"README.md": _index(alarms), **{f"{record.name}.md": runbook(record) for record in records}}


def runbook(record: Record) -> str:
    """Return the page of an alarm."""
    sections = {
        "Meaning": record.meaning,
        "Impact": record.impact,
        **_threshold_section(record),
        "Investigation": _investigation(record),
        "Response": "\n".join(f"{number}. {_step(step)}" for number, step in enumerate(record.response, start=1)),
        "False positives": record.false_positives,
        **_pattern_section(record),
    }
    facts = {"area": record.area, "severity": record.severity, **_facts(record)}
    lines = [f"# {record.name}", "", f"{record.title}.", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items()]
    for title, text in sections.items():
        lines += ["", f"## {title}", "", text]
    return "\n".join(lines) + "\n"


def _facts(record: Record) -> dict[str, str]:
    if isinstance(record, Composite):
        return {"watches": "any of " + ", ".join(f"[{child}]({child}.md)" for child in record.children)}
    if not isinstance(record, Alarm):
        return {}
    facts = {"watches": _source(record), "statistic": f"{record.statistic} over {record.period} seconds"}
    if record.periods > 1:
        facts["statistic"] += f", {record.datapoints} of {record.periods} periods"
    facts["kind"] = (
        "an event; no notification says that it is over"
        if record.is_event
        else "a state; a notification says when it is over"
    )
    if record.outside_deployment:
        facts["counts"] = (
            "everybody but the deploy principals; if the settings name none, everybody, and the alarm opens a ticket"
        )
    if record.requires:
        facts["requires"] = ", ".join(requirement.text for requirement in record.requires)
    return facts


def _source(alarm: Alarm) -> str:
    source = alarm.source
    if isinstance(source, Filter):
        return f"lines of `{source.group(PLACEHOLDERS)}` that match the filter pattern below"
    if isinstance(source, Metric):
        return _metric(source)
    return f"`{source.text}`, computed from {', '.join(dict.fromkeys(map(_metric, source.metrics.values())))}"


def _metric(metric: Metric) -> str:
    return f"`{metric.namespace}` {metric.name} by {', '.join(metric.dimensions(PLACEHOLDERS))}"


def _threshold_section(record: Record) -> dict[str, str]:
    if not isinstance(record, Alarm):
        return {}
    text = threshold_text(record)
    missing_data = f"{_MISSING_DATA[record.missing_data]}: {record.missing_data_reason}."
    return {"Threshold": f"{text[0].upper()}{text[1:]}. {missing_data}"}


def _investigation(record: Record) -> str:
    investigation = record.investigation
    if isinstance(investigation, Query):
        who = f"{_GROUPS['auditor']} runs this query in CloudWatch Logs Insights, in the log group of {investigation.group_title}"
        return f"{who} {_needs(_QUERY_ACTIONS)}:\n\n```\n{investigation.text}\n```"
    return (
        f"{_GROUPS['operator']} runs this command {_needs(investigation.actions)}:\n\n```sh\n{investigation.text}\n```"
    )


def _step(step: Step) -> str:
    return f"**{_GROUPS[step.by]}**{' ' + _needs(step.actions) if step.actions else ''}: {step.text}"


def _needs(actions: Iterable[str]) -> str:
    return f"({', '.join(f'`{action}`' for action in actions)})"


def _pattern_section(record: Record) -> dict[str, str]:
    if not (isinstance(record, Alarm) and isinstance(record.source, Filter)):
        return {}
    return {"Filter pattern": f"```\n{record.source.pattern(PLACEHOLDERS)}\n```"}


def _index(alarms: Sequence[Alarm]) -> str:
    filters = sum(isinstance(alarm.source, Filter) for alarm in alarms)
    # CloudWatch bills an alarm on an expression for each of its metrics.
    metrics = sum(len(alarm.source.metrics) if isinstance(alarm.source, Expression) else 1 for alarm in alarms)
    dollars = _USD_PER_METRIC_ALARM * metrics + _USD_PER_COMPOSITE_ALARM * len(COMPOSITES)
    lines = [
        _INDEX,
        f"These {len(alarms) + len(COMPOSITES)} alarms cost about {dollars:.2f} USD a month. The metrics of {filters} filters cost about {_USD_PER_METRIC:.2f} USD each in a month",
        "in which they count something. Delete an alarm that nobody acts on.",
    ]
    area = ""
    records: list[Record] = [*COMPOSITES, *alarms]
    for record in records:
        if record.area != area:
            area = record.area
            lines += ["", f"## {area.capitalize()}", "", "| alarm | symptom | severity |", "|---|---|---|"]
        lines.append(f"| [{record.name}]({record.name}.md) | {record.title} | {record.severity} |")
    return "\n".join(lines) + "\n"
