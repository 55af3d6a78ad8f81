"""The parts of a resource's URN: `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""


def type_of(urn: str) -> str:
    """Return the type in a URN, without its parents'."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Return the logical name in a URN, which may itself hold `::`."""
    return urn.split("::", 3)[3]


def stack_of(urn: str) -> str:
    """Return the stack's name in a URN."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def is_urn(text: object) -> bool:
    """Tell whether a value is a text with the parts of a URN."""
    return isinstance(text, str) and text.startswith("urn:pulumi:") and text.count("::") >= 3
