"""Policy documents as the JSON that Pulumi's resources take."""

import json
from collections.abc import Callable
from typing import Any

from pulumi import Output

from components.shared.statements import Document


def document_json(document: Callable[..., Document], **values: Any) -> Output[str]:
    """Return a policy document as JSON once all its values are known."""
    return Output.all(**values).apply(lambda known: json.dumps(document(**known)))
