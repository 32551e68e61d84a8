from __future__ import annotations

from rallypoint.features.guilds.model import Setting
from rallypoint.features.lobbies import service


async def test_only_joins_of_lobbies_are_listened_to(sessions):
    async with sessions.begin() as session:
        for guild_id, lobby in ((1, 11), (2, 22), (3, None)):
            session.add(Setting(guild_id=guild_id, channel_id=0, key=service.LOBBY, value=lobby))
        await session.flush()

        assert await service.subjects(session, ["channel:11", "channel:33"]) == {"channel:11"}
