"""The authorization page over HTTP: shown, answered, and left behind."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from fakecord.core import Core
from fakecord.oauth2 import authorization, page
from fakecord.oauth2.authorization import Asked
from fakecord.oauth2.errors import PageError, Redirect

ACCOUNT = "fakecord_account"


async def show(core: Core, request: web.Request) -> web.Response:
    """Without asking, for ``prompt=none`` and somebody who has allowed as much before."""
    account = request.cookies.get(ACCOUNT)
    try:
        asked = authorization.read(core.world, request.query)
        known = account is not None and authorization.allowed_before(core.world, asked, account)
        if asked.silent and account is not None and known:
            return _go(_allow(core, asked, account, None))
    except PageError as error:
        return _page(page.told("That did not work", str(error)), status=400)
    except Redirect as redirect:
        return _go(redirect.location)
    return _page(page.consent(core.world, asked, account, core.now()), asked.redirect_uri)


async def answer(core: Core, request: web.Request) -> web.Response:
    if not _from_our_page(request):
        return _page(page.told("That did not work", "A page elsewhere may not answer."), status=403)
    form = {key: str(value) for key, value in (await request.post()).items()}
    account = form.get("account", "")
    try:
        asked = authorization.read(core.world, request.query)
        if form.get("answer") != "allow":
            location = authorization.deny(asked)
            words = "Nothing was allowed."
        else:
            location = _allow(core, asked, account, form.get("guild_id"))
            words = "You may close this page now."
    except PageError as error:
        return _page(page.told("That did not work", str(error)), status=400)
    except Redirect as redirect:
        return _go(redirect.location)
    response = _go(location) if location else _page(page.told("Done", words))
    response.set_cookie(ACCOUNT, account, path="/", httponly=True, samesite="Lax")
    return response


def _allow(core: Core, asked: Asked, account: str, guild_id: str | None) -> str:
    user = core.world.users.get(account)
    if user is None or user.bot:
        raise PageError("Choose who you are")
    step = core.step(user.id)
    chosen = asked.guild_id if asked.guild_fixed else guild_id
    location = authorization.allow(step, asked, user.id, chosen)
    core.commit(step)
    return location


def _from_our_page(request: web.Request) -> bool:
    """A browser says where a form was sent from; a program says nothing, and may."""
    origin = request.headers.get("Origin")
    here = f"{'https' if request.secure else 'http'}://{request.host}"
    site = request.headers.get("Sec-Fetch-Site", "none")
    return origin in (None, here) and site in ("same-origin", "none")


def _go(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def _page(html: str, goal: str | None = None, *, status: int = 200) -> web.Response:
    """*goal*: where its form may lead in the end, which browsers want to be told."""
    parts = urlsplit(goal or "")
    beyond = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    policy = (
        f"default-src 'self'; script-src 'none'; base-uri 'none'; form-action 'self'{beyond}; "
        "object-src 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        # Not none: then a browser would not tell us that the answer comes from our own page.
        "Referrer-Policy": "same-origin",
    }
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)
