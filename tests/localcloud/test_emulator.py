import asyncio
import http.server
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud import emulator
from localcloud.console import Failure
from localcloud.stack import LocalStack, ensure_emulator, require_emulator


def test_it_answers_on_the_loopback_interface_and_ends_with_its_lease(tmp_path: Path) -> None:
    with emulator.temporary(tmp_path) as running:
        assert emulator.healthy(running.endpoint)
        assert emulator.leased(tmp_path) == emulator.Emulator(running.endpoint, running.lease)
        assert running.endpoint.startswith("http://127.0.0.1:")
    assert not emulator.listens(running.endpoint)
    assert emulator.leased(tmp_path) is None


def test_a_port_that_another_program_has_is_told(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(Failure, match=r"Port \d+ on 127\.0\.0\.1 is taken"):
                emulator.start(tmp_path, server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_an_address_at_which_nothing_answers_is_told_with_what_to_do(tmp_path: Path) -> None:
    stack = LocalStack(folder=tmp_path, endpoint=f"http://127.0.0.1:{emulator.free_port()}")
    with pytest.raises(Failure, match="make up STACK=local"):
        require_emulator(stack)
    with pytest.raises(Failure, match="STRONGROOM_ENDPOINT"):
        ensure_emulator(stack)


def test_settings_for_another_endpoint_are_a_copy(tmp_path: Path) -> None:
    stack = LocalStack(folder=tmp_path, endpoint="http://127.0.0.1:1", overrides={"protection": False})
    _, file = stack.config_arguments()
    text = Path(file).read_text()
    assert "strongroom:protection: false" in text
    assert "4566" not in text
    assert Path(file).parent == tmp_path


def test_no_answer_overtakes_the_end_of_its_request() -> None:
    sent: list[tuple[str, float]] = []

    async def at_once(_: Any, __: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})

    async def note(message: Any) -> None:
        sent.append((message["type"], time.monotonic()))

    before = time.monotonic()
    with asyncio.Runner() as runner:
        runner.run(emulator.unhurried(at_once)({}, None, note))  # type: ignore[arg-type]
    assert [kind for kind, _ in sent] == ["http.response.start", "http.response.body"]
    assert sent[0][1] - before >= 0.002
