"""The readers: for each control, how its value is read back. They change nothing and see no object, item or secret."""

from collections.abc import Callable, Mapping

from lambdas.attestor.readers import keys, messaging, network, processing, records, watching
from lambdas.attestor.reading import Reading

Reader = Callable[[Reading, str], object]
"""Takes the round's questions and a resource's id, returns the value as the intent has it, or an `Awaited` one."""

READERS: Mapping[str, Reader] = {
    **records.READERS,
    **keys.READERS,
    **messaging.READERS,
    **watching.READERS,
    **processing.READERS,
    **network.READERS,
}
"""By the id of the control."""
