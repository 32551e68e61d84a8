"""A Sentry that takes whatever comes, in a thread of its own: who tells it must not wait for the test's loop."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef"


class Sentry:
    def __init__(self) -> None:
        self.envelopes: list[str] = []
        """Unpacked, as they came."""
        self.port = 0

    @property
    def dsn(self) -> str:
        return f"http://{KEY}@127.0.0.1:{self.port}/7"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for envelope in self.envelopes for event in _events(envelope)]


def _events(envelope: str) -> Iterator[dict[str, Any]]:
    """Its head, and then of each item a head and a body, a line each."""
    _, *lines = envelope.splitlines()
    for head, body in zip(lines[::2], lines[1::2], strict=True):
        assert json.loads(head)["type"] == "event"
        yield json.loads(body)


@contextmanager
def sentry(status: int = 200) -> Iterator[Sentry]:
    seen = Sentry()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/api/7/envelope/"
            assert f"sentry_key={KEY}" in self.headers["X-Sentry-Auth"]
            seen.envelopes.append(gzip.decompress(body).decode())
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Not to the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        seen.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield seen
        finally:
            server.shutdown()
            serving.join()
