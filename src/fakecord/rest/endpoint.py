"""From an HTTP request to a call and back: token, faults, limits, bodies, errors."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import unquote

import orjson
from aiohttp import web

from fakecord.addresses import addresses
from fakecord.core import Core
from fakecord.entities import Json
from fakecord.errors import Refusal, invalid
from fakecord.faults.requests import Fault, edge_page
from fakecord.limits import RateLimited
from fakecord.oauth2.errors import OAuthError
from fakecord.oauth2.tokens import credentials, grant_of
from fakecord.oauth2_entities import Grant
from fakecord.requests import Request
from fakecord.rest.call import Answer, Call, Route
from fakecord.rest.forms import read
from fakecord.rest.table import find
from fakecord.rest.uploads import read_form

log = logging.getLogger("fakecord")
MAJOR = ("channel_id", "guild_id", "application_id", "interaction_token")
LONGEST_REASON = 512
FORM = "application/x-www-form-urlencoded"
# Without it clients take a 429 for a ban by the edge.
VIA = {"Via": "1.1 fakecord"}


async def handle(core: Core, request: web.Request, path: str) -> web.StreamResponse:
    found = find(request.method, path)
    route, args = found or (None, {})
    entry = core.requests.begin(core.now(), request.method, path, route.path if route else None)
    entry.reason = _reason(request)
    banned = core.limits.banned_for(core.now())
    if banned:
        # No Via: it is not Discord that answers.
        return _logged(core, entry, _edge(429, {"Retry-After": str(round(banned))}))
    raw = await _body(core, request)
    fault = core.faults.meet(request.method, entry.route, path)
    try:
        if fault is not None and not fault.after:
            struck = await _strike(core, fault, request)
            if struck is not None:
                return _logged(core, entry, struck)
        response = _work(core, request, route, args, raw, entry)
        told = response.body if isinstance(response.body, bytes) else b""
        core.requests.answered(entry, response.status, told)
        if fault is not None and fault.after:
            struck = await _strike(core, fault, request)
            response = struck or response
        if fault is not None:
            _distort(response, fault)
    except asyncio.CancelledError:
        core.pulse.beat("REQUEST")
        raise
    return _logged(core, entry, response)


def _logged(core: Core, entry: Request, response: web.Response) -> web.Response:
    entry.status = response.status or None
    core.limits.answered(response.status, response.headers.get("X-RateLimit-Scope"), core.now())
    core.pulse.beat("REQUEST")
    return response


async def _strike(core: Core, fault: Fault, request: web.Request) -> web.Response | None:
    transport = request.transport
    if fault.half_open and isinstance(transport, asyncio.Transport):
        # So we do not even hear that the caller hangs up.
        transport.pause_reading()
    await core.faults.strike(fault)
    if fault.reset or fault.half_open:
        if transport is not None:
            transport.abort()
        return web.Response(status=499)
    if fault.html:
        return _edge(fault.status or 502)
    if fault.status is not None:
        return _json(fault.answer, fault.status)
    return None


def _distort(response: web.Response, fault: Fault) -> None:
    for name, value in fault.headers.items():
        response.headers.popall(name, None)
        if value is not None:
            response.headers[name] = value


def _edge(status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, text=edge_page(status), content_type="text/html", headers=headers
    )


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
        grant = _grant(core, request, route)
        if route.token and grant is None and not _is_bot(core, request):
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        if route.limited:
            major = " ".join(args[name] for name in MAJOR if name in args)
            headers |= core.limits.spend(route.name, major, core.now())
        answer = _run(core, request, route, args, raw, entry, grant)
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
    grant: Grant | None,
) -> Answer:
    if entry.reason is not None and len(entry.reason) > LONGEST_REASON:
        raise invalid("reason", "BASE_TYPE_BAD_LENGTH", "Must be 512 or fewer in length.")
    step = core.step(reason=entry.reason)
    told = addresses(request.host, secure=request.secure, tls_port=core.tls_port)
    call = Call(
        step, _known_ids(args), request.query, core.limits, told.gateway, core.commit, grant
    )
    if route.bearer is not None and grant is not None:
        answer = route.bearer(call)
    elif route.body is None:
        answer = route.handler(call)
    else:
        if route.form and request.content_type != FORM:
            raise OAuthError("invalid_request", f"Send {FORM}.")
        entry.body = _parsed(raw)
        answer = route.handler(call, read(route.adapter, entry.body))
    core.commit(step)
    entry.done = True
    return answer


def _is_bot(core: Core, request: web.Request) -> bool:
    return request.headers.get("Authorization") == f"Bot {core.world.application.token}"


def _grant(core: Core, request: web.Request, route: Route) -> Grant | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if route.bearer is None or kind != "Bearer":
        return None
    return grant_of(core.world, token, core.now())


def _known_ids(args: dict[str, str]) -> dict[str, str]:
    for name, value in args.items():
        if name.endswith("_id") and not value.isdecimal() and value not in ("@me", "@original"):
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    return args


async def _body(core: Core, request: web.Request) -> bytes | Json:
    """Raw JSON, or the fields of a form; with its files as attachments, or whose client it is."""
    if request.content_type == FORM:
        return credentials(request.headers.get("Authorization")) | dict(await request.post())
    if request.content_type != "multipart/form-data":
        return await request.read()
    return await read_form(core, request)


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
        body=answer if isinstance(answer, str) else orjson.dumps(answer),
        status=status,
        headers=(headers or VIA) | {"Content-Type": "application/json"},
    )
