"""Who may use a command, as a guild's people set it: an application may look, and not change it.

https://docs.discord.com/developers/interactions/application-commands#permissions
"""

from __future__ import annotations

from fakecord.entities import Json
from fakecord.errors import Refusal
from fakecord.rest.applications import command_of
from fakecord.rest.call import Call, Route


def list_permissions(call: Call) -> list[Json]:
    """Nobody has set any here."""
    if call.args["application_id"] != call.bot_id:
        raise Refusal(10002)
    call.state()
    return []


def get_permissions(call: Call) -> Json:
    call.state()
    command_of(call)
    raise Refusal(10066)


def put_permissions(call: Call, body: Json) -> Json:
    """It takes a person's token, never a bot's."""
    raise Refusal(20001)


_ALL = "/applications/{application_id}/guilds/{guild_id}/commands"
routes = [
    Route("GET", _ALL + "/permissions", list_permissions),
    Route("GET", _ALL + "/{command_id}/permissions", get_permissions),
    Route("PUT", _ALL + "/{command_id}/permissions", put_permissions, Json),
]
