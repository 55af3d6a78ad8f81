"""Resources through the adapter's methods, and a proxy that makes requests to the emulator fail."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from offline.aws.provider.adapter import Adapter
from offline.aws.provider.auto_naming import NamingRequest
from offline.aws.provider.diff import Diff
from offline.aws.translation.property_values import Properties, PropertyPath


@dataclass
class Created:
    """A resource that a test has created."""

    adapter: Adapter
    token: str
    identity: str
    inputs: Properties
    outputs: Properties

    def diff(self, inputs: Mapping[str, Any], *ignored: str) -> Diff:
        """Return the difference to other inputs."""
        news = Properties(dict(inputs), self.inputs.secret)
        return self.adapter.diff(self.token, self.outputs, self.inputs.values, news, ignored)

    def refreshed(self) -> tuple[str, Properties, Properties] | None:
        """Return the resource's current id, outputs and inputs."""
        return self.adapter.read(self.token, self.identity, self.outputs, self.inputs)

    def delete(self) -> None:
        """Delete the resource."""
        self.adapter.delete(self.token, self.outputs, seconds=0)


def checked(adapter: Adapter, token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return valid inputs with the values that the adapter adds."""
    found, failures = adapter.check(token, NamingRequest(name, b"seed"), Properties(dict(inputs)), {})
    assert failures == []
    return found


def make(adapter: Adapter, token: str, name: str, inputs: Mapping[str, Any], *secret: PropertyPath) -> Created:
    """Create a resource."""
    given = Properties(checked(adapter, token, name, inputs), frozenset(secret))
    identity, outputs = adapter.create(token, given, preview=False, seconds=0)
    return Created(adapter, token, identity, given, outputs)


class FaultyProxy:
    """A proxy to an emulator: it denies requests that contain `refuse`, and sets `seen` for those that contain `watch`."""

    def __init__(self, endpoint: str, target: str) -> None:
        self.endpoint = endpoint
        self.refuse: bytes | None = None
        self.watch: bytes | None = None
        self.seen = threading.Event()
        self._target = urlsplit(target).netloc

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Forward a request, or deny it."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        content = request.requestline.encode() + b"\n" + str(request.headers).encode() + body
        if self.refuse is not None and self.refuse in content:
            status, body, kind = 403, _DENIED, "text/xml"
        else:
            connection = http.client.HTTPConnection(self._target)
            connection.request(request.command, request.path, body, dict(request.headers))
            answer = connection.getresponse()
            status, body, kind = answer.status, answer.read(), answer.getheader("Content-Type") or "text/xml"
            connection.close()
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        if self.watch is not None and self.watch in content:
            self.seen.set()


_DENIED = b"<Error><Code>AccessDenied</Code><Message>not you</Message><RequestId>0</RequestId></Error>"


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Run a proxy in front of an emulator."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            proxy.answer(self)

        def log_message(self, *_: object) -> None: ...

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = FaultyProxy(f"http://127.0.0.1:{server.server_address[1]}", target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
