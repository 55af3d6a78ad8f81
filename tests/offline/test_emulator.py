import asyncio
import http.server
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from offline import emulator
from offline.terminal import UserError


def test_the_emulator_listens_on_the_loopback_interface_and_stops_with_its_lease(tmp_path: Path) -> None:
    with emulator.temporary(tmp_path) as running:
        assert emulator.is_healthy(running.endpoint)
        assert emulator.find_running(tmp_path) == emulator.Emulator(running.endpoint, running.lease)
        assert running.endpoint.startswith("http://127.0.0.1:")
    assert not emulator.is_listening(running.endpoint)
    assert emulator.find_running(tmp_path) is None


def test_a_port_that_another_program_uses_is_an_error(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(UserError, match=r"Port \d+ on 127\.0\.0\.1 is taken"):
                emulator.start(tmp_path, server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_a_response_is_delayed_until_its_request_has_ended() -> None:
    sent: list[tuple[str, float]] = []

    async def at_once(_: Any, __: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start"})
        await send({"type": "http.response.body"})

    async def note(message: Any) -> None:
        sent.append((message["type"], time.monotonic()))

    before = time.monotonic()
    with asyncio.Runner() as runner:
        runner.run(emulator.delay_responses(at_once)({}, None, note))  # type: ignore[arg-type]
    assert [kind for kind, _ in sent] == ["http.response.start", "http.response.body"]
    assert sent[0][1] - before >= 0.002
