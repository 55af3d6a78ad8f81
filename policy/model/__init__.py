"""The model that rules are written with. It does not depend on the engine, nor on the rules."""

from policy.model.resource_data import ResourceData
from policy.model.resources import Resource, Stack
from policy.model.rule import (
    Finding,
    Level,
    NotApplicable,
    Outcome,
    Parameter,
    Parameters,
    Rule,
    Severity,
    Undecided,
    check_each,
    rule,
    stop_at_unknown,
)
from policy.model.urns import is_urn, name_of, stack_of, type_of
from policy.model.values import UNKNOWN, Block, Props, Unknown, UnknownRead, Value, is_absent, is_known

__all__ = [
    "UNKNOWN",
    "Block",
    "Finding",
    "Level",
    "NotApplicable",
    "Outcome",
    "Parameter",
    "Parameters",
    "Props",
    "Resource",
    "ResourceData",
    "Rule",
    "Severity",
    "Stack",
    "Undecided",
    "Unknown",
    "UnknownRead",
    "Value",
    "check_each",
    "is_absent",
    "is_known",
    "is_urn",
    "name_of",
    "rule",
    "stack_of",
    "stop_at_unknown",
    "type_of",
]
