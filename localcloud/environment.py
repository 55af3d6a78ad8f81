"""What a local stack's processes run with.

Standard library only: setup runs before anything is installed.
"""

import os


def without_accounts() -> dict[str, str]:
    """Return this process's environment without what leads to the user's own cloud accounts and stacks."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
