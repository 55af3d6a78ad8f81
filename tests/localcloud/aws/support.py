"""What the adapter's tests share: resources through the adapter's own methods, and an emulator that can be made to fail."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from localcloud.aws.difference import Difference
from localcloud.aws.naming import Naming
from localcloud.aws.resource import Adapter
from localcloud.aws.values import Place, Properties

SERVICES = (
    "cloudwatch",
    "dynamodb",
    "ec2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)


def provider_options(endpoint: str) -> dict[str, Any]:
    """Return the provider's options for an emulator."""
    return {
        "region": "us-east-1",
        "accessKey": "test",
        "secretKey": "test",
        "skipCredentialsValidation": True,
        "skipMetadataApiCheck": True,
        "s3UsePathStyle": True,
        "endpoints": [dict.fromkeys(SERVICES, endpoint)],
    }


@dataclass
class Made:
    """A resource that was created."""

    adapter: Adapter
    token: str
    identity: str
    inputs: Properties
    outputs: Properties

    def difference(self, inputs: Mapping[str, Any], *ignored: str) -> Difference:
        """Compare with other inputs."""
        news = Properties(dict(inputs), self.inputs.secret)
        return self.adapter.difference(self.token, self.outputs, self.inputs.values, news, ignored)

    def refreshed(self) -> tuple[str, Properties, Properties] | None:
        """Read it as it is now."""
        return self.adapter.read(self.token, self.identity, self.outputs, self.inputs)

    def delete(self) -> None:
        """Delete it."""
        self.adapter.delete(self.token, self.outputs, seconds=0)


def checked(adapter: Adapter, token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs that have to be right, with what the adapter fills in."""
    found, failures = adapter.check(token, Naming(name, b"seed"), Properties(dict(inputs)), {})
    assert failures == []
    return found


def make(adapter: Adapter, token: str, name: str, inputs: Mapping[str, Any], *secret: Place) -> Made:
    """Create a resource."""
    given = Properties(checked(adapter, token, name, inputs), frozenset(secret))
    identity, outputs = adapter.create(token, given, preview=False, seconds=0)
    return Made(adapter, token, identity, given, outputs)


class Faulty:
    """A proxy to an emulator; requests with `refuse` in them are denied, those with `watch` in them set `seen`."""

    def __init__(self, endpoint: str, target: str) -> None:
        self.endpoint = endpoint
        self.refuse: bytes | None = None
        self.watch: bytes | None = None
        self.seen = threading.Event()
        self._target = urlsplit(target).netloc

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Pass a request on, or refuse it."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        told = request.requestline.encode() + b"\n" + str(request.headers).encode() + body
        if self.refuse is not None and self.refuse in told:
            status, content, kind = 403, _DENIED, "text/xml"
        else:
            connection = http.client.HTTPConnection(self._target)
            connection.request(request.command, request.path, body, dict(request.headers))
            answer = connection.getresponse()
            status, content, kind = answer.status, answer.read(), answer.getheader("Content-Type") or "text/xml"
            connection.close()
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
        if self.watch is not None and self.watch in told:
            self.seen.set()


_DENIED = b"<Error><Code>AccessDenied</Code><Message>not you</Message><RequestId>0</RequestId></Error>"


@contextmanager
def faulty(target: str) -> Iterator[Faulty]:
    """Give a proxy in front of an emulator."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            proxy.answer(self)

        def log_message(self, *_: object) -> None: ...

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = Faulty(f"http://127.0.0.1:{server.server_address[1]}", target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
