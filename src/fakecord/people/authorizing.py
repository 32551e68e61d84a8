"""Somebody follows a link to the authorization page, and answers it."""

from __future__ import annotations

from yarl import URL

from fakecord.core import Core
from fakecord.oauth2 import authorization
from fakecord.oauth2.errors import PageError, Redirect
from fakecord.people.lookup import PeopleError

PATHS = ("/oauth2/authorize", "/api/oauth2/authorize", "/api/v10/oauth2/authorize")


def authorize(core: Core, user_id: str, guild_id: str, url: str, *, allow: bool) -> str:
    """Where they are sent. A bot is added to the guild the link names, or else to *guild_id*."""
    link = URL(url)
    if link.path not in PATHS:
        raise PeopleError(f"{url} is not an authorization page")
    step = core.step(user_id)
    try:
        asked = authorization.read(core.world, link.query)
        if not allow:
            return authorization.deny(asked)
        location = authorization.allow(step, asked, user_id, asked.guild_id or guild_id)
    except Redirect as redirect:
        return redirect.location
    except PageError as error:
        raise PeopleError(f"the page says: {error}") from error
    core.commit(step)
    return location
