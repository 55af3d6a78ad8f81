"""The redrive function's settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.shared.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The redrive function's settings.

    Attributes
    ----------
    input_bucket
        Name of the bucket of the files.
    work_queue_url, dead_letter_queue_url
        The processor's queue, and its dead-letter queue.
    """

    input_bucket: str
    work_queue_url: str
    dead_letter_queue_url: str


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Return the settings that the environment variables hold.

    Raises
    ------
    InvalidSettings
        A variable is missing or invalid.
    """
    environment = Environment(variables)
    settings = Settings(
        input_bucket=environment.text("INPUT_BUCKET"),
        work_queue_url=environment.text("WORK_QUEUE_URL"),
        dead_letter_queue_url=environment.text("DEAD_LETTER_QUEUE_URL"),
    )
    environment.check()
    return settings
