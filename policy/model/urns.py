"""The parts of a resource's URN, `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`, and of the ARN of a function."""

import re

_QUALIFIED_FUNCTION = re.compile(r"(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+):[^:]+")
"""Source: Lambda API reference, `FunctionName` of CreateEventSourceMapping, "Version or Alias ARN"."""


def type_of(urn: str) -> str:
    """Return the resource type in a URN, without the types of its parents."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Return the logical name in a URN; the name itself may contain `::`."""
    return urn.split("::", 3)[3]


def stack_of(urn: str) -> str:
    """Return the name of the stack in a URN."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def is_urn(value: object) -> bool:
    """Tell whether a value is text with the parts of a URN."""
    return isinstance(value, str) and value.startswith("urn:pulumi:") and value.count("::") >= 3


def without_qualifier(text: str) -> str:
    """Return the ARN of a function for that of one of its versions or aliases, and any other text as it is."""
    qualified = _QUALIFIED_FUNCTION.fullmatch(text)
    return qualified[1] if qualified else text
