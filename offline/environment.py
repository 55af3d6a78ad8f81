"""Environment variables for processes that must not reach the user's cloud accounts.

Standard library only: a project's setup imports this module before it has installed any package.
"""

import os


def without_credentials() -> dict[str, str]:
    """Return this process's environment without the variables that configure AWS or Pulumi."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
