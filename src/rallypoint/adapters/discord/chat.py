"""The port's verbs on messages."""

from __future__ import annotations

from typing import Any

import discord
from discord.http import handle_message_parameters

from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Forbidden, NotFound, OutcomeUnknown
from rallypoint.kernel.ids import ChannelId, MessageId, UserId
from rallypoint.ui.discord import cards

from . import answers
from .channels import asking_of_channel
from .operations import OnTheLine, nonce

NOBODY = discord.AllowedMentions.none()


class Chat(OnTheLine):
    async def say(
        self, channel_id: ChannelId, card: Card, *, key: str, ping: UserId | None = None
    ) -> MessageId:
        called = NOBODY if ping is None else _only(ping)
        params = handle_message_parameters(
            view=cards.view_of(card), nonce=nonce(key), allowed_mentions=called
        )
        async with asking_of_channel():
            data: Any = await self._http().send_message(channel_id, params=params)
        try:
            return MessageId(int(data["id"]))
        except (TypeError, KeyError, ValueError) as error:
            raise OutcomeUnknown("Discord's answer cannot be read") from error

    async def change_said(self, channel_id: ChannelId, message_id: MessageId, card: Card) -> None:
        params = handle_message_parameters(view=cards.view_of(card), allowed_mentions=NOBODY)
        async with asking_of_channel():
            try:
                await self._http().edit_message(channel_id, message_id, params=params)
            except discord.NotFound as error:
                if error.code == answers.UNKNOWN_MESSAGE:
                    raise NotFound("message_unknown") from error
                raise

    async def unsay(self, channel_id: ChannelId, message_id: MessageId) -> None:
        async with answers.asking():
            try:
                await self._http().delete_message(channel_id, message_id)
            except discord.NotFound:
                return

    async def tell(self, user_id: UserId, card: Card, *, key: str) -> None:
        try:
            async with answers.asking():
                data: Any = await self._http().start_private_message(user_id)
            await self.say(ChannelId(int(data["id"])), card, key=key)
        except Forbidden as error:
            if error.facts.get("code") == answers.NO_DIRECT_MESSAGES:
                raise Forbidden("member_takes_no_messages") from error
            raise


def _only(user_id: UserId) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False
    )
