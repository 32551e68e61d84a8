"""People manage channels, roles and members, as far as they may; and why somebody may what."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fakecord import rights
from fakecord.control.operation import Operation, Problem, Request
from fakecord.control.people import member_of
from fakecord.control.people_forms import InGuild, Switch
from fakecord.control.worlds import Bits
from fakecord.entities import Channel, Role
from fakecord.people.guild import TYPES
from fakecord.people.lookup import find_channel, find_member
from fakecord.people.managing import Managing
from fakecord.permissions import Permission, names

LONGEST_TIMEOUT = 28 * 86400.0


class CreateChannel(InGuild):
    name: str = Field(min_length=1, max_length=100)
    type: str = Field(default="text", description=", ".join(TYPES))
    category: str | None = Field(default=None, description="Its id")
    user_limit: int = Field(default=0, ge=0, le=99)


class EditChannel(InGuild):
    channel: str = Field(description="Name or id")
    name: str | None = Field(default=None, min_length=1, max_length=100)
    topic: str | None = Field(default=None, max_length=1024)
    user_limit: int | None = Field(default=None, ge=0, le=99)
    rate_limit_per_user: int | None = Field(default=None, ge=0, le=21600, description="Slow mode")


class OneChannel(InGuild):
    channel: str = Field(description="Name or id")


class CreateRole(InGuild):
    name: str = Field(min_length=1, max_length=100)
    permissions: Bits = 0


class OneRole(InGuild):
    role: str = Field(description="Name or id")


class GiveRole(Switch):
    role: str = Field(description="Name or id")
    to: str = Field(description="Name or id of a member")


class TimeOut(InGuild):
    who: str = Field(description="Name or id of a member")
    seconds: float = Field(ge=0, le=LONGEST_TIMEOUT, description="From now on; 0 ends it")


class SaidShown(BaseModel):
    who: str
    allow: list[str]
    deny: list[str]


class RightShown(BaseModel):
    name: str
    bits: str
    allowed: bool
    because: str


class RightsShown(BaseModel):
    channel_id: str | None
    timeout_until: float | None
    said: list[SaidShown] = Field(description="Heard in this order, the later ones count")
    rights: list[RightShown]


async def create_channel(request: Request) -> Channel:
    body: CreateChannel = request.body
    if body.type not in TYPES:
        raise Problem(400, "bad_body", f"type must be one of {', '.join(TYPES)}")
    limit = {"user_limit": body.user_limit} if body.user_limit else {}
    made = await _manager(request).creates_channel(
        body.name, TYPES[body.type], category=body.category, **limit
    )
    return made.entity


async def edit_channel(request: Request) -> None:
    body: EditChannel = request.body
    given = body.model_dump(exclude_none=True, exclude={"guild_id", "channel"})
    await _manager(request).edits_channel(body.channel, **given)


async def delete_channel(request: Request) -> None:
    await _manager(request).deletes_channel(request.body.channel)


async def create_role(request: Request) -> Role:
    body: CreateRole = request.body
    return await _manager(request).creates_role(body.name, body.permissions)


async def delete_role(request: Request) -> None:
    await _manager(request).deletes_role(request.body.role)


async def give_role(request: Request) -> None:
    body: GiveRole = request.body
    await _manager(request).gives_role(body.role, _other(request, body.to), on=body.on)


async def time_out(request: Request) -> None:
    body: TimeOut = request.body
    await _manager(request).times_out(_other(request, body.who), body.seconds)


async def get_rights(request: Request) -> RightsShown:
    member = member_of(request)
    state = request.core.world.guilds[member.guild_id]
    wanted = request.query.get("channel")
    channel = find_channel(state, wanted) if wanted else None
    said = rights.explain(state, member.entity, channel, request.core.now())
    bits = rights.total(said)
    return RightsShown(
        channel_id=channel and channel.id,
        timeout_until=member.entity.timeout_until,
        said=[
            SaidShown(who=each.who, allow=names(each.allow), deny=names(each.deny)) for each in said
        ],
        rights=[
            RightShown(
                name=each.name,
                bits=str(int(each)),
                allowed=bool(bits & each),
                because=rights.because(said, each),
            )
            for each in Permission
        ],
    )


def _manager(request: Request) -> Managing:
    return member_of(request).manages


def _other(request: Request, wanted: str) -> str:
    state = request.core.world.guilds[member_of(request).guild_id]
    return find_member(request.core, state, wanted).user_id


_M = "/members/{member}"
_WHERE = {
    "guild_id": "Needed where they are in several guilds",
    "channel": "Name or id; else the guild as a whole",
}
operations = [
    Operation("GET", _M + "/rights", get_rights, "What they may, and why", answer=RightsShown, query=_WHERE),
    Operation("POST", _M + "/create-channel", create_channel, "Create a channel, if they may", CreateChannel, Channel),
    Operation("POST", _M + "/edit-channel", edit_channel, "Edit a channel, if they may", EditChannel, None),
    Operation("POST", _M + "/delete-channel", delete_channel, "Delete a channel, if they may", OneChannel, None),
    Operation("POST", _M + "/create-role", create_role, "Create a role, if they may", CreateRole, Role),
    Operation("POST", _M + "/delete-role", delete_role, "Delete a role, if they may", OneRole, None),
    Operation("POST", _M + "/give-role", give_role, "Give or take a role, if they may", GiveRole, None),
    Operation("POST", _M + "/time-out", time_out, "Time a member out, if they may", TimeOut, None),
]  # fmt: skip
