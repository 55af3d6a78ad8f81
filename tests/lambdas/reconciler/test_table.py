from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambdas.reconciler.table import Table
from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source

FILES = [Source(bucket="input", key=f"{number}.csv", version_id="v") for number in range(250)]


class Partly:
    """A client that looks for as many items of a batch as it is told, and leaves the rest."""

    def __init__(self, there: set[str], shares: list[int]) -> None:
        self._there = there
        self._shares = shares

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: N803
        keys = RequestItems["table"]["Keys"]
        assert 0 < len(keys) <= 100
        looked = self._shares.pop() if self._shares else 100
        found = [{"pk": key["pk"]} for key in keys[:looked] if key["pk"]["S"].removeprefix("file#") in self._there]
        left = {"table": {**RequestItems["table"], "Keys": keys[looked:]}} if keys[looked:] else {}
        return {"Responses": {"table": found[::-1]}, "UnprocessedKeys": left}


@given(
    st.lists(st.sampled_from(FILES), unique=True, max_size=250),
    st.sets(st.sampled_from(FILES)),
    st.lists(st.integers(0, 120), max_size=20),
)
def test_those_without_manifest_are_found_however_the_table_answers(
    files: list[Source], done: set[Source], shares: list[int]
) -> None:
    client: Any = Partly({one.file_id for one in done}, shares)
    invocation = Invocation(
        request_id="r", clock=lambda: 0, remaining=lambda: 900, sleep=lambda _: None, random=lambda: 1
    )
    assert Table(client, "table", invocation).without_manifest(files) == [one for one in files if one not in done]
