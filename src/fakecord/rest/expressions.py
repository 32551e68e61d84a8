"""Emojis, stickers and sounds: guilds here have none, and saying so is all there is.

https://docs.discord.com/developers/resources/emoji
"""

from __future__ import annotations

from fakecord.entities import Json
from fakecord.errors import Refusal
from fakecord.rest.call import Call, Route


def list_nothing(call: Call) -> list[Json]:
    call.state()
    return []


def list_sounds(call: Call) -> Json:
    call.state()
    return {"items": []}


def list_packs(call: Call) -> Json:
    return {"sticker_packs": []}


def list_own_emojis(call: Call) -> Json:
    if call.args["application_id"] != call.bot_id:
        raise Refusal(10002)
    return {"items": []}


def no_emoji(call: Call) -> Json:
    call.state()
    raise Refusal(10014)


def no_sticker(call: Call) -> Json:
    raise Refusal(10060)


routes = [
    Route("GET", "/guilds/{guild_id}/emojis", list_nothing),
    Route("GET", "/guilds/{guild_id}/emojis/{emoji_id}", no_emoji),
    Route("GET", "/guilds/{guild_id}/stickers", list_nothing),
    Route("GET", "/guilds/{guild_id}/stickers/{sticker_id}", no_sticker),
    Route("GET", "/stickers/{sticker_id}", no_sticker),
    Route("GET", "/sticker-packs", list_packs),
    Route("GET", "/guilds/{guild_id}/soundboard-sounds", list_sounds),
    Route("GET", "/applications/{application_id}/emojis", list_own_emojis),
]
