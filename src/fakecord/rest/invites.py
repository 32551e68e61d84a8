"""Invites.

https://docs.discord.com/developers/resources/invite
"""

from __future__ import annotations

from pydantic import Field

from fakecord import happening_payloads
from fakecord.entities import Json
from fakecord.errors import Refusal
from fakecord.guild_entities import Invite
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form
from fakecord.rules import invites
from fakecord.world import GuildState

MOST_INVITES = 1000


class InviteForm(Form):
    max_age: int | None = Field(default=None, ge=0, le=604_800)
    max_uses: int | None = Field(default=None, ge=0, le=100)
    temporary: bool | None = None
    unique: bool | None = None

    def fields(self) -> Json:
        return {
            "max_age": 86_400 if self.max_age is None else self.max_age,
            "max_uses": self.max_uses or 0,
            "temporary": bool(self.temporary),
        }


def create_invite(call: Call, body: InviteForm) -> Json:
    channel = call.parent()
    call.need(channel, Permission.CREATE_INSTANT_INVITE)
    state = call.state(channel.guild_id)
    known = _valid(call, state)
    given = body.fields()
    again = None if body.unique else invites.same(known, channel, call.bot_id, given)
    if again is not None:
        return _whole(call, again)
    if len(known) >= MOST_INVITES:
        raise Refusal(30016)
    return _whole(call, invites.create(call.step, channel, **given))


def list_of_channel(call: Call) -> list[Json]:
    channel = call.parent()
    call.need(channel, Permission.MANAGE_CHANNELS)
    found = _valid(call, call.state(channel.guild_id))
    return [_whole(call, each) for each in found if each.channel_id == channel.id]


def list_of_guild(call: Call) -> list[Json]:
    state = call.state()
    call.need(state, Permission.MANAGE_GUILD)
    return [_whole(call, each) for each in _valid(call, state)]


def get_invite(call: Call) -> Json:
    """Anybody may look at it who knows the code."""
    invite = _invite(call)
    told = happening_payloads.invite(call.world, invite)
    if call.flag("with_counts"):
        members = len(call.world.guilds[invite.guild_id].members)
        told |= {"approximate_member_count": members, "approximate_presence_count": members}
    return told


def delete_invite(call: Call) -> Json:
    invite = _invite(call)
    state = call.state(invite.guild_id)
    channel = state.channels[invite.channel_id]
    if not call.bits(channel) & Permission.MANAGE_CHANNELS:
        call.need(state, Permission.MANAGE_GUILD)
    invites.delete(call.step, invite)
    return happening_payloads.invite(call.world, invite)


def _invite(call: Call) -> Invite:
    invite = call.world.invite(call.args["code"])
    if invite is None or not invites.valid(invite, call.step.now):
        raise Refusal(10006)
    return invite


def _valid(call: Call, state: GuildState) -> list[Invite]:
    return [each for each in state.invites.values() if invites.valid(each, call.step.now)]


def _whole(call: Call, invite: Invite) -> Json:
    told = happening_payloads.invite(call.world, invite)
    return told | happening_payloads.invite_metadata(invite)


routes = [
    Route("POST", "/channels/{channel_id}/invites", create_invite, InviteForm),
    Route("GET", "/channels/{channel_id}/invites", list_of_channel),
    Route("GET", "/guilds/{guild_id}/invites", list_of_guild),
    Route("GET", "/invites/{code}", get_invite),
    Route("DELETE", "/invites/{code}", delete_invite),
]
