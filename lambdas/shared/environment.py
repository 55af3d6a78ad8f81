"""Reads a function's settings from its environment variables."""

from collections.abc import Mapping

from lambdas.shared.errors import SafeError


class InvalidSettings(SafeError):
    """The function's environment variables are incomplete or invalid; the message names each one."""


class Environment:
    """Reads variables, collects what is wrong with them, and reports all of it at once.

    Parameters
    ----------
    variables
        The environment variables, such as `os.environ`.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def text(self, name: str) -> str:
        """Return a variable that must not be empty."""
        value = self._variables.get(name, "")
        if not value:
            self._problems.append(f"{name} is missing")
        return value

    def boolean(self, name: str) -> bool:
        """Return a variable that must be `true` or `false`."""
        value = self._variables.get(name, "")
        if value not in ("true", "false"):
            self._problems.append(f"{name} is {value!r}, expected true or false")
        return value == "true"

    def positive(self, name: str) -> int:
        """Return a variable that must be a whole number of at least 1."""
        value = self._variables.get(name, "")
        if value.isascii() and value.isdecimal() and int(value) > 0:
            return int(value)
        self._problems.append(f"{name} is {value!r}, expected a whole number of at least 1")
        return 0

    def check(self) -> None:
        """Check that every variable read so far is valid.

        Raises
        ------
        InvalidSettings
            A variable is missing or invalid.
        """
        if self._problems:
            raise InvalidSettings(
                f"invalid environment of the function: {'; '.join(self._problems)}. Fix its deployment and deploy again"
            )
