"""What people have allowed the application."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """Given to the application by way of a redirect, for it to fetch a grant with, once."""

    id: str
    user_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    redirect_uri_given: bool
    """Whether the authorization named it; then the exchange must name it too."""
    expires_at: float
    challenge: str | None = None
    """Of PKCE, by S256."""
    guild_id: str | None = None
    """Where the bot was added along the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An access token, and what it opens."""

    id: str
    refresh_token: str | None
    """None for a grant that cannot be refreshed, or was."""
    user_id: str
    scopes: tuple[str, ...]
    expires_at: float
