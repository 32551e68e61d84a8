from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from rallypoint.kernel.errors import CannotStart

STOP_WITHIN = 3
"""Seconds that running requests are given at the end."""

A_SECOND = 0
"""For uvicorn's counter of tenths: at its whole seconds it looks at the time for the answers' `Date`."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started. Raise CannotStart if it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be named: only then does asyncio send small pieces at once (TCP_NODELAY), and the body of an
    # answer does not wait for the other end to confirm its head, for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Without it a restart would find its own port taken for a minute.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CannotStart(_why(error, host, port)) from None
    listener.setblocking(False)
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken by another program; stop that one, or choose another with --port"
        )
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user; choose one above 1023 with --port"
    return f"cannot listen on {host}:{port} ({error.strerror or error}); check RALLYPOINT_HOST"


def url_of(listener: socket.socket) -> str:
    """Where it listens, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class WebServer(uvicorn.Server):
    """Runs in the program's own loop; the program, not this server, listens to signals."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        trusted_proxies: Sequence[str] = (),
        closing: asyncio.Event | None = None,
    ) -> None:
        """*closing* is set at the end, for answers that would never be finished by themselves."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=list(trusted_proxies),
                timeout_graceful_shutdown=STOP_WITHIN,
            )
        )
        self._listener = listener
        self._closing = closing
        self._stopping = asyncio.Event()
        self.url = url_of(listener)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._listener])

    def stop(self) -> None:
        """Accept nobody new, finish what runs."""
        if self._closing is not None:
            self._closing.set()
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """uvicorn's looks ten times a second whether it is to end; this is told."""
        while not await self.on_tick(A_SECOND):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's lets a tenth of a second go by for those who are connected, also when nobody is."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for each in (*self.servers, *(sockets or ())):
            each.close()
