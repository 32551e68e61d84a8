"""Op 4: the bot takes its seat in voice, moves or leaves.

https://docs.discord.com/developers/topics/voice-connections#retrieving-voice-server-information
"""

from __future__ import annotations

from fakecord.core import Core
from fakecord.entities import Channel, Json
from fakecord.gateway.asks import Ask
from fakecord.gateway.session import Session
from fakecord.permissions import Permission
from fakecord.rest.forms import Id
from fakecord.rules import voice
from fakecord.step import Step
from fakecord.world import GuildState


class Wish(Ask):
    guild_id: Id
    channel_id: Id | None
    self_mute: bool = False
    self_deaf: bool = False


def update(core: Core, session: Session, data: Json) -> None:
    """What the bot may not is answered with silence, as Discord does it."""
    wish, bot_id = Wish.model_validate(data), core.world.application.id
    state = core.world.guilds.get(wish.guild_id)
    if state is None or bot_id not in state.members or not session.covers(wish.guild_id):
        return
    step = core.step()
    if wish.channel_id is None:
        if bot_id in state.voice_states:
            voice.leave(step, state, bot_id)
    else:
        channel = state.channels.get(wish.channel_id)
        if channel is None or not _may_sit(step, state, channel):
            return
        flags = wish.model_dump(include={"self_mute", "self_deaf"})
        voice.join(step, state, bot_id, channel, session_id=session.id, **flags)
    core.commit(step)


def leave_all(core: Core, session: Session) -> None:
    """With its session of the gateway, the bot's seats are gone."""
    bot_id = core.world.application.id
    for state in core.world.guilds.values():
        seat = state.voice_states.get(bot_id)
        if seat is not None and seat.session_id == session.id:
            step = core.step()
            voice.leave(step, state, bot_id)
            core.commit(step)


def _may_sit(step: Step, state: GuildState, channel: Channel) -> bool:
    """Bots respect the limit too, unless they have MOVE_MEMBERS; in a seat there, they keep it."""
    bot_id = step.world.application.id
    bits = step.permissions(bot_id, channel)
    if not channel.vocal or not bits & Permission.CONNECT:
        return False
    if not channel.user_limit or bits & Permission.MOVE_MEMBERS:
        return True
    others = [each for each in step.world.occupants(channel) if each.user_id != bot_id]
    return len(others) < channel.user_limit
