"""What a member was answered, changed later by the token of their interaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord.http import HTTPClient, Route

from rallypoint.kernel.ports import Button

from . import answers

STYLES = {"primary": 1, "secondary": 2, "danger": 4}


async def edit(
    http: HTTPClient, application_id: int, token: str, text: str, buttons: Sequence[Button]
) -> None:
    route = Route(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        webhook_id=application_id,
        webhook_token=token,
    )
    mentions = discord.AllowedMentions.none().to_dict()
    form = {"content": text, "components": _rows(buttons), "allowed_mentions": mentions}
    async with answers.asking():
        await http.request(route, json=form)


def _rows(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    if not buttons:
        return []
    inner = [
        {"type": 2, "style": STYLES[each.style], "label": each.label, "custom_id": each.id}
        for each in buttons
    ]
    return [{"type": 1, "components": inner}]
