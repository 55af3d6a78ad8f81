"""The roles of services that deliver logs."""

from collections.abc import Iterator

from tests.components.policies.attached import (
    ADMINISTRATOR,
    FLOW_GROUP,
    FLOW_ROLE,
    FLOW_WRITER,
    LOG_GROUP,
    TRAIL,
    TRAIL_GROUP,
    TRAIL_ROLE,
    TRAIL_WRITER,
    local,
)
from tests.components.policies.rows.row import EC2, FLOWS, TRAILS, Row, source
from tests.support.iam.builders import AWAY
from tests.support.iam.request import Principal

FLOW = local("ec2", "vpc-flow-log/fl-1")


def _writing(who: Principal, group: str) -> Iterator[Row]:
    for action in ("CreateLogStream", "PutLogEvents"):
        yield who, f"logs:{action}", f"{group}:log-stream:x", {}, "yes"
        yield who, f"logs:{action}", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"
    for action in ("CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy"):
        yield who, f"logs:{action}", group, {}, "no: identity"


ROWS: list[Row] = [
    (TRAILS, "sts:AssumeRole", TRAIL_ROLE, source(TRAIL), "yes"),
    (TRAILS, "sts:AssumeRole", TRAIL_ROLE, source(local("cloudtrail", "trail/other")), "no: trust"),
    (TRAILS, "sts:AssumeRole", TRAIL_ROLE, source(TRAIL, AWAY), "no: trust"),
    (FLOWS, "sts:AssumeRole", TRAIL_ROLE, source(TRAIL), "no: trust"),
    (FLOWS, "sts:AssumeRole", FLOW_ROLE, source(FLOW), "yes"),
    (FLOWS, "sts:AssumeRole", FLOW_ROLE, source(local("ec2", "vpc-flow-log/fl-1", AWAY), AWAY), "no: trust"),
    (FLOWS, "sts:AssumeRole", FLOW_ROLE, {}, "no: trust"),
    (EC2, "sts:AssumeRole", FLOW_ROLE, source(FLOW), "no: trust"),
    (ADMINISTRATOR, "sts:AssumeRole", FLOW_ROLE, {}, "no: trust"),
    *_writing(TRAIL_WRITER, TRAIL_GROUP),
    *_writing(FLOW_WRITER, FLOW_GROUP),
    (FLOW_WRITER, "logs:DescribeLogGroups", "*", {}, "yes"),
    (FLOW_WRITER, "logs:DescribeLogStreams", f"{FLOW_GROUP}:log-stream:x", {}, "yes"),
    (FLOW_WRITER, "logs:DescribeLogStreams", LOG_GROUP, {}, "no: identity"),
    (TRAIL_WRITER, "logs:DescribeLogGroups", "*", {}, "no: identity"),
]
