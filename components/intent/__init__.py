"""What is meant of each kind of resource, as the attestor compares it with what it finds.

A tier's own values go in, plain or as outputs; `lambdas/attestor/controls.py` says what each control requires. None says
"none, on purpose", and is compared like any other value.
"""

from components.intent.keys import KeyIntent
from components.intent.meaning import Intent, written
from components.intent.messaging import QueueIntent, TopicIntent
from components.intent.network import EndpointIntent, VpcIntent
from components.intent.processing import FunctionIntent, RoleIntent
from components.intent.records import BucketIntent, TableIntent
from components.intent.watching import AlarmIntent, LogGroupIntent, TrailIntent

__all__ = [
    "AlarmIntent",
    "BucketIntent",
    "EndpointIntent",
    "FunctionIntent",
    "Intent",
    "KeyIntent",
    "LogGroupIntent",
    "QueueIntent",
    "RoleIntent",
    "TableIntent",
    "TopicIntent",
    "TrailIntent",
    "VpcIntent",
    "written",
]
