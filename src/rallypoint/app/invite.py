"""The link by which a server's admin adds the bot, asking for the least bits."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode

from rallypoint.kernel.settings import Settings, SettingsInvalid

from . import catalogue

DISCORD = "https://discord.com"
NO_ID = (
    "the application's id is not known; set RALLYPOINT_TOKEN, or give --client-id"
    " (developer portal > your application > General Information > Application ID)"
)


def link(client_id: int, *, discord_url: str | None = None) -> str:
    asked = {
        "client_id": client_id,
        "permissions": catalogue.permissions().value,
        "scope": "bot applications.commands",
    }
    return f"{discord_url or DISCORD}/oauth2/authorize?{urlencode(asked)}"


def client_id_of(settings: Settings) -> int:
    """A token's first part is the application's id in base64. Raise SettingsInvalid if it is not."""
    first = settings.token.get_secret_value().split(".")[0] if settings.token else ""
    try:
        return int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, binascii.Error):
        raise SettingsInvalid(NO_ID) from None
