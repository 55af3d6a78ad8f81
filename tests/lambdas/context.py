"""Lambda's context object, for the tests of the handlers."""

from dataclasses import dataclass


@dataclass
class FakeContext:
    """A context with a fixed number of seconds left."""

    aws_request_id: str = "request-1"
    seconds: float = 60
    function_name: str = "processor"
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:processor"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)
