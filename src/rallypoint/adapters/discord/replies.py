"""What a member was answered, changed later by the token of their interaction."""

from __future__ import annotations

import discord
from discord.http import Route, handle_message_parameters

from rallypoint.kernel.cards import Card
from rallypoint.ui.discord import cards

from . import answers
from .operations import OnTheLine


class Replies(OnTheLine):
    async def edit_answer(self, token: str, card: Card) -> None:
        http = self._http()
        route = Route(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=self._line.application_id,
            webhook_token=token,
        )
        nobody = discord.AllowedMentions.none()
        form = handle_message_parameters(view=cards.view_of(card), allowed_mentions=nobody)
        async with answers.asking():
            await http.request(route, json=form.payload)
