"""From an HTTP request to a call and back: token, faults, limits, bodies, errors."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import unquote

import orjson
from aiohttp import web

from fakecord.core import Core
from fakecord.entities import Json
from fakecord.errors import Refusal, invalid
from fakecord.faults import EDGE_PAGE, Fault
from fakecord.limits import RateLimited
from fakecord.requests import Request
from fakecord.rest.call import Answer, Call, Route
from fakecord.rest.forms import read
from fakecord.rest.table import find

log = logging.getLogger("fakecord")
MAJOR = ("channel_id", "guild_id", "application_id", "interaction_token")
LONGEST_REASON = 512
# Without it clients take a 429 for a ban by the edge.
VIA = {"Via": "1.1 fakecord"}


async def handle(core: Core, request: web.Request, path: str) -> web.StreamResponse:
    found = find(request.method, path)
    route, args = found or (None, {})
    entry = core.requests.begin(core.now(), request.method, path, route.path if route else None)
    entry.reason = _reason(request)
    raw = await _body(core, request)
    fault = core.faults.meet(request.method, entry.route, path)
    try:
        if fault is not None and not fault.after:
            struck = await _strike(fault, request)
            if struck is not None:
                return _logged(core, entry, struck)
        response = _work(core, request, route, args, raw, entry)
        if fault is not None and fault.after:
            struck = await _strike(fault, request)
            response = struck or response
    except asyncio.CancelledError:
        core.pulse.beat("REQUEST")
        raise
    return _logged(core, entry, response)


def _logged(core: Core, entry: Request, response: web.Response) -> web.Response:
    entry.status = response.status or None
    core.pulse.beat("REQUEST")
    return response


async def _strike(fault: Fault, request: web.Request) -> web.Response | None:
    await fault.wait_here()
    if fault.reset:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)
    if fault.html:
        return web.Response(status=fault.status or 502, text=EDGE_PAGE, content_type="text/html")
    if fault.status is not None:
        words = f"{fault.status}: a fault of fakecord"
        return _json({"message": words, "code": 0}, fault.status)
    return None


def _work(
    core: Core,
    request: web.Request,
    route: Route | None,
    args: dict[str, str],
    raw: bytes | Json,
    entry: Request,
) -> web.Response:
    headers = dict(VIA)
    try:
        if route is None:
            return _unknown(core, request, entry)
        if (
            route.token
            and request.headers.get("Authorization") != f"Bot {core.world.application.token}"
        ):
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        if route.limited:
            major = " ".join(args[name] for name in MAJOR if name in args)
            headers |= core.limits.spend(route.name, major, core.now())
        answer = _run(core, request, route, args, raw, entry)
    except RateLimited as limited:
        return _json(limited.body(), 429, headers | limited.headers)
    except Refusal as refusal:
        entry.code = refusal.kind.code
        return _json(refusal.body(), refusal.kind.status, headers)
    if answer is None:
        return web.Response(status=204, headers=headers)
    return _json(answer, route.status, headers)


def _run(
    core: Core,
    request: web.Request,
    route: Route,
    args: dict[str, str],
    raw: bytes | Json,
    entry: Request,
) -> Answer:
    if entry.reason is not None and len(entry.reason) > LONGEST_REASON:
        raise invalid("reason", "BASE_TYPE_BAD_LENGTH", "Must be 512 or fewer in length.")
    step = core.step(reason=entry.reason)
    call = Call(step, _known_ids(args), request.query, core.limits, core.gateway_url, core.commit)
    if route.body is None:
        answer = route.handler(call)
    else:
        entry.body = _parsed(raw)
        answer = route.handler(call, read(route.adapter, entry.body))
    core.commit(step)
    entry.done = True
    return answer


def _known_ids(args: dict[str, str]) -> dict[str, str]:
    for name, value in args.items():
        if name.endswith("_id") and not value.isdecimal() and value not in ("@me", "@original"):
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    return args


async def _body(core: Core, request: web.Request) -> bytes | Json:
    """Raw JSON, or the fields of a form with its files as attachments."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    form = await request.post()
    payload = form.get("payload_json")
    body: Json = orjson.loads(payload) if isinstance(payload, str) else {}
    files = [value for value in form.values() if isinstance(value, web.FileField)]
    if files:
        told = {str(each.get("id")): each for each in body.get("attachments") or []}
        body["attachments"] = [
            _attachment(core, file, told.get(str(index), {})) for index, file in enumerate(files)
        ]
    return body


def _attachment(core: Core, file: web.FileField, told: Json) -> Json:
    """What is kept of a file: its name and size."""
    url = f"{core.url}/attachments/{file.filename}"
    kept: Json = {
        "id": core.ids.next(core.now()),
        "filename": file.filename,
        "size": len(file.file.read()),
        "content_type": file.content_type,
        "url": url,
        "proxy_url": url,
    }
    return kept | ({"description": told["description"]} if told.get("description") else {})


def _parsed(raw: bytes | Json) -> object:
    if not isinstance(raw, bytes):
        return raw
    if not raw:
        return {}
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal(50109) from error


def _reason(request: web.Request) -> str | None:
    text = request.headers.get("X-Audit-Log-Reason")
    return unquote(text) if text else None


def _unknown(core: Core, request: web.Request, entry: Request) -> web.Response:
    """Loud: a route that is missing here must not pass for something Discord would say."""
    name = f"{request.method} {entry.path}"
    core.unknown_routes.append(name)
    log.error("fakecord has no route %s", name)
    return _json({"message": f"fakecord has no route {name}", "code": 0}, 404)


def _json(answer: object, status: int, headers: dict[str, str] | None = None) -> web.Response:
    # Exactly this type: with a charset discord.py takes the body for text.
    return web.Response(
        body=orjson.dumps(answer),
        status=status,
        headers=(headers or VIA) | {"Content-Type": "application/json"},
    )
