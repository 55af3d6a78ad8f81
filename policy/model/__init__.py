"""What a rule is written with, and what it sees. Nothing here knows the engine, and nothing imports the rules."""

from policy.model.resources import Declared, Resource, Stack
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
    as_far_as_known,
    for_each,
    rule,
)
from policy.model.urns import is_urn, name_of, stack_of, type_of
from policy.model.values import UNKNOWN, Block, Props, Unknown, UnknownRead, Value, is_absent, is_known

__all__ = [
    "UNKNOWN",
    "Block",
    "Declared",
    "Finding",
    "Level",
    "NotApplicable",
    "Outcome",
    "Parameter",
    "Parameters",
    "Props",
    "Resource",
    "Rule",
    "Severity",
    "Stack",
    "Undecided",
    "Unknown",
    "UnknownRead",
    "Value",
    "as_far_as_known",
    "for_each",
    "is_absent",
    "is_known",
    "is_urn",
    "name_of",
    "rule",
    "stack_of",
    "type_of",
]
