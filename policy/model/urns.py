"""The parts of a resource's URN: `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""


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
