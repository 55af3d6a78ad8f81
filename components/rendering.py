"""From policy documents, which are plain data, to what Pulumi's resources take."""

import json
from collections.abc import Callable

from pulumi import Input, Output

from components.documents.policy import Document


def rendered(document: Callable[..., Document], **values: Input[str]) -> Output[str]:
    """Return a document as JSON, once all its values are known."""
    return Output.all(**values).apply(lambda known: json.dumps(document(**known)))
