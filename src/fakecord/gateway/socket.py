"""The gateway's socket.

https://docs.discord.com/developers/events/gateway#connecting
"""

from __future__ import annotations

from aiohttp import WSMsgType, web

from fakecord.addresses import addresses
from fakecord.core import Core
from fakecord.gateway.client import Client
from fakecord.gateway.close_codes import INVALID_VERSION, WORDS
from fakecord.gateway.connection import Connection, encoder

VERSIONS = (None, "9", "10")


async def serve(core: Core, request: web.Request) -> web.StreamResponse:
    transport = request.transport
    # An answer and no reset: aiohttp's client tries a reset GET again by itself.
    if transport is None or core.gateway.refuses():
        return web.Response(status=503)
    try:
        encode = encoder(request.query.get("compress"))
    except ValueError as error:
        return web.Response(status=400, text=f"this gateway cannot do {error}")
    if request.query.get("encoding", "json") != "json":
        return web.Response(status=400, text="this gateway speaks JSON only")
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
    await socket.prepare(request)
    connection = Connection(socket, transport, encode)
    core.gateway.attach(connection)
    told = addresses(request.host, secure=request.secure, tls_port=core.tls_port)
    client = Client(core, connection, told)
    if request.query.get("v") in VERSIONS:
        client.hello()
    else:
        connection.close(INVALID_VERSION, WORDS[INVALID_VERSION])
    try:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            client.receive(message.data)
    finally:
        client.gone(socket.close_code)
        core.gateway.detach(connection)
        await connection.finish()
    return socket
