"""`/room limit`, `lock`, `invite`…: what owners, and moderators for them, do with a room."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from rallypoint.features.panels import texts
from rallypoint.features.panels.service import panel, powers, renaming
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.people import Actor
from rallypoint.ui.discord.actors import member_of

from .answers import Interaction, say

Room = discord.VoiceChannel | None
OF_ROOM = "Which room; left out, the one you write in, or your newest"


class Powers(commands.Cog):
    parts: Parts

    @app_commands.command(description="Set how many may be in your room at a time.")
    @app_commands.describe(most="0: as many as like", room=OF_ROOM)
    async def limit(
        self, interaction: Interaction, most: app_commands.Range[int, 0, 99], room: Room = None
    ) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.limit(self.parts, room_id, most, actor=actor)
        await say(interaction, texts.limited(most))

    @app_commands.command(description="Give your room another name.")
    @app_commands.describe(name="Discord allows two new names in ten minutes", room=OF_ROOM)
    async def rename(
        self, interaction: Interaction, name: app_commands.Range[str, 1, 100], room: Room = None
    ) -> None:
        room_id, actor = await self.meant(interaction, room)
        later = await renaming.rename(self.parts, room_id, name, actor=actor)
        await say(interaction, texts.renamed(name, later))

    @app_commands.command(description="Let nobody else into your room.")
    @app_commands.describe(room=OF_ROOM)
    async def lock(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.lock(self.parts, room_id, on=True, actor=actor)
        await say(interaction, texts.LOCKED)

    @app_commands.command(description="Let people into your room again.")
    @app_commands.describe(room=OF_ROOM)
    async def unlock(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.lock(self.parts, room_id, on=False, actor=actor)
        await say(interaction, texts.UNLOCKED)

    @app_commands.command(description="Have nobody else see your room.")
    @app_commands.describe(room=OF_ROOM)
    async def hide(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.hide(self.parts, room_id, on=True, actor=actor)
        await say(interaction, texts.HIDDEN)

    @app_commands.command(description="Have people see your room again.")
    @app_commands.describe(room=OF_ROOM)
    async def show(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.hide(self.parts, room_id, on=False, actor=actor)
        await say(interaction, texts.SHOWN)

    @app_commands.command(description="Let somebody into your room, however it is locked.")
    @app_commands.describe(member="Whom", room=OF_ROOM)
    async def invite(
        self, interaction: Interaction, member: discord.Member, room: Room = None
    ) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.invite(self.parts, room_id, [UserId(member.id)], actor=actor)
        await say(interaction, texts.invited([member.id]))

    @app_commands.command(description="Put somebody out of your room.")
    @app_commands.describe(member="Whom", room=OF_ROOM)
    async def kick(
        self, interaction: Interaction, member: discord.Member, room: Room = None
    ) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.kick(self.parts, room_id, UserId(member.id), actor=actor)
        await say(interaction, texts.kicked(member.id))

    @app_commands.command(description="Make somebody in your room its owner.")
    @app_commands.describe(member="Whom", room=OF_ROOM)
    async def transfer(
        self, interaction: Interaction, member: discord.Member, room: Room = None
    ) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.transfer(self.parts, room_id, UserId(member.id), actor=actor)
        await say(interaction, texts.transferred(member.id))

    @app_commands.command(description="Become the owner of a room whose owner has left.")
    @app_commands.describe(room=OF_ROOM)
    async def claim(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.claim(self.parts, room_id, actor=actor)
        await say(interaction, texts.CLAIMED)

    @app_commands.command(description="Close your room now.")
    @app_commands.describe(room=OF_ROOM)
    async def close(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        gone = await powers.close(self.parts, room_id, actor=actor)
        await say(interaction, texts.closed(gone=gone))

    @app_commands.command(description="Post the buttons of your room anew.")
    @app_commands.describe(room=OF_ROOM)
    async def panel(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        await powers.look(self.parts, room_id, None, actor=actor, needed=panel.NEEDED)
        await panel.repost(self.parts, room_id)
        await say(interaction, texts.PANEL_POSTED)

    @app_commands.command(description="For moderators: keep a room from being deleted.")
    @app_commands.describe(room=OF_ROOM)
    async def hold(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        now = self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            await rooms.hold(session, room_id, actor=actor, now=now)
            await panel.show(session, room_id, now=now)
        await say(interaction, texts.ROOM_HELD)

    @app_commands.command(description="For moderators: let a held room be deleted again.")
    @app_commands.describe(room=OF_ROOM)
    async def release(self, interaction: Interaction, room: Room = None) -> None:
        room_id, actor = await self.meant(interaction, room)
        now = self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            await rooms.release(session, room_id, actor=actor, now=now)
            await panel.show(session, room_id, now=now)
        await say(interaction, texts.RELEASED)

    @app_commands.command(description="For moderators: let a member make no more rooms.")
    @app_commands.describe(member="Whom")
    async def bar(self, interaction: Interaction, member: discord.Member) -> None:
        await self._bar(interaction, member, on=True)

    @app_commands.command(description="For moderators: let a member make rooms again.")
    @app_commands.describe(member="Whom")
    async def unbar(self, interaction: Interaction, member: discord.Member) -> None:
        await self._bar(interaction, member, on=False)

    async def _bar(self, interaction: Interaction, member: discord.Member, *, on: bool) -> None:
        actor, now = member_of(interaction), self.parts.clock.now()
        async with self.parts.sessions.begin() as session:
            await rooms.bar(session, UserId(member.id), on=on, actor=actor, now=now)
        await interaction.response.send_message(texts.barred(member.id, on=on), ephemeral=True)

    async def meant(self, interaction: Interaction, room: Room) -> tuple[int, Actor]:
        """The room they mean, and who asks; Discord is told that it takes a moment."""
        await interaction.response.defer(ephemeral=True)
        actor = member_of(interaction)
        here = ChannelId(interaction.channel_id) if interaction.channel_id else None
        named = ChannelId(room.id) if room else None
        async with self.parts.sessions() as session:
            return await powers.room_meant(session, actor, named=named, here=here), actor
