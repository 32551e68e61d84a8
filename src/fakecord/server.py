"""One port for everything in clear text, REST, gateway, control door and playground, and one for TLS.

The second one also has the voice gateway, which is never spoken to in clear text.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from aiohttp import web

from fakecord.addresses import is_voice
from fakecord.control import door
from fakecord.core import Core
from fakecord.gateway import socket
from fakecord.oauth2 import endpoint as authorization_page
from fakecord.rest import endpoint
from fakecord.voice_gateway import socket as voice_socket

WEB = Path(__file__).parent / "web"
LARGEST_BODY = 30 << 20
API = ("/api/v10", "/api/v9", "/api")
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Server:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._runner: web.AppRunner | None = None

    async def start(
        self, port: int, tls_port: int = 0, certificate: ssl.SSLContext | None = None
    ) -> None:
        """TLS only with a *certificate*. OSError if a port is taken."""
        # Cancelled with the connection: what a caller gave up while it was held is not done.
        self._runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        try:
            await self._listen(self._runner, port, tls_port, certificate)
        except OSError:
            await self.stop()
            raise
        self._core.agenda.start()

    async def _listen(
        self, runner: web.AppRunner, port: int, tls_port: int, certificate: ssl.SSLContext | None
    ) -> None:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self._core.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        if certificate is not None:
            await web.TCPSite(runner, "127.0.0.1", tls_port, ssl_context=certificate).start()
            self._core.tls_port = runner.addresses[1][1]
            await self._core.voice.datagrams.open()

    async def stop(self) -> None:
        self._core.agenda.stop()
        self._core.faults.clear()
        await self._core.gateway.abort()
        await self._core.voice.abort()
        self._core.voice.datagrams.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            self._core.tls_port = None

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        router = app.router
        router.add_get("/", self._root)
        router.add_get("/gateway", self._gateway)
        for page in ("/oauth2/authorize", *(f"{prefix}/oauth2/authorize" for prefix in API)):
            router.add_get(page, self._authorize)
            router.add_post(page, self._answer)
        for prefix in API:
            router.add_route("*", prefix + "/{path:.*}", self._rest)
        router.add_get("/attachments/{id}/{name}", self._attachment)
        router.add_get("/_play/{file}", self._play)
        door.add_to(app, self._core)
        return app

    async def _root(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway(request)
        return _file("index.html") or web.Response(
            text="This is a fakecord. Its control door is described at /_control/docs\n"
        )

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if request.secure and is_voice(request.host, request.query.get("v")):
            return await voice_socket.serve(self._core, request)
        return await socket.serve(self._core, request)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        return await endpoint.handle(self._core, request, "/" + request.match_info["path"])

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        return await authorization_page.show(self._core, request)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await authorization_page.answer(self._core, request)

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        found = self._core.files.find(request.match_info["id"], request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        # A file is data, whatever it says it is: it must not run as a page of ours.
        headers = HEADERS | {
            "Content-Type": found.content_type,
            "Content-Disposition": "attachment",
        }
        return web.Response(body=found.data, headers=headers)

    async def _play(self, request: web.Request) -> web.StreamResponse:
        found = _file(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        return found


def _file(name: str) -> web.FileResponse | None:
    path = WEB / Path(name).name
    return web.FileResponse(path, headers=HEADERS) if path.is_file() else None
