"""One port for everything in clear text: REST, the gateway, the control door and the playground."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from fakecord.control import door
from fakecord.core import Core
from fakecord.gateway import socket
from fakecord.rest import endpoint

WEB = Path(__file__).parent / "web"
LARGEST_BODY = 30 << 20
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

    async def start(self, port: int) -> None:
        """OSError if the port is taken."""
        # Cancelled with the connection: what a caller gave up while it was held is not done.
        self._runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self._core.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._core.faults.clear()
        await self._core.gateway.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        router = app.router
        router.add_get("/", self._root)
        router.add_get("/gateway", self._gateway)
        for prefix in ("/api/v10", "/api/v9", "/api"):
            router.add_route("*", prefix + "/{path:.*}", self._rest)
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
        return await socket.serve(self._core, request)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        return await endpoint.handle(self._core, request, "/" + request.match_info["path"])

    async def _play(self, request: web.Request) -> web.StreamResponse:
        found = _file(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        return found


def _file(name: str) -> web.FileResponse | None:
    path = WEB / Path(name).name
    return web.FileResponse(path, headers=HEADERS) if path.is_file() else None
