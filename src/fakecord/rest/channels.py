"""Channels of a guild: list, create, move, edit, delete; overwrites; voice status."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fakecord import payloads, thread_payloads
from fakecord.entities import Channel, ChannelType, DirectChannel, Json, Overwrite, Thread
from fakecord.errors import Refusal, invalid
from fakecord.permissions import Permission
from fakecord.rest import overwrites, thread_edits
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id, OverwriteForm, read
from fakecord.rules import channels
from fakecord.world import GuildState

MOST_CHANNELS = 500
MOST_IN_CATEGORY = 50
CREATABLE = frozenset(
    {
        ChannelType.TEXT,
        ChannelType.VOICE,
        ChannelType.CATEGORY,
        ChannelType.ANNOUNCEMENT,
        ChannelType.STAGE,
        ChannelType.FORUM,
    }
)
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Settings(Form):
    """What creating and editing have in common."""

    position: int | None = Field(default=None, ge=0)
    topic: str | None = Field(default=None, max_length=1024)
    nsfw: bool | None = None
    rate_limit_per_user: int | None = Field(default=None, ge=0, le=21600)
    bitrate: int | None = Field(default=None, ge=8000, le=384_000)
    user_limit: int | None = Field(default=None, ge=0, le=99)
    rtc_region: str | None = None
    video_quality_mode: int | None = Field(default=None, ge=1, le=2)
    parent_id: Id | None = None
    permission_overwrites: list[OverwriteForm] | None = None

    def fields(self) -> dict[str, Any]:
        """The entity's fields; null resets one to its default."""
        given = self.given()
        listed = given.pop("permission_overwrites", None)
        if listed is not None:
            given["overwrites"] = tuple(form.overwrite() for form in listed)
        kept = {key: value for key, value in given.items() if value is not None}
        reset = {
            key: DEFAULTS[key] for key, value in given.items() if value is None and key in DEFAULTS
        }
        return kept | reset


DEFAULTS: dict[str, Any] = {
    "topic": None,
    "nsfw": False,
    "rate_limit_per_user": 0,
    "bitrate": 64000,
    "user_limit": 0,
    "rtc_region": None,
    "video_quality_mode": 1,
    "parent_id": None,
}


class CreateForm(Settings):
    name: Name
    type: int = 0


class EditForm(Settings):
    name: Name = ""
    type: int = 0
    flags: int = 0


EDIT: TypeAdapter[EditForm] = TypeAdapter(EditForm)


class PositionForm(Form):
    id: Id
    position: int | None = Field(default=None, ge=0)
    parent_id: Id | None = None
    lock_permissions: bool | None = None


class OverwritePut(Form):
    id: Id | None = None
    """discord.py repeats what the path says."""
    type: int = Field(ge=0, le=1)
    allow: int | None = Field(default=None, ge=0)
    deny: int | None = Field(default=None, ge=0)


class StatusForm(Form):
    status: str | None = Field(max_length=500)


def list_channels(call: Call) -> list[Json]:
    """All of them: Discord shows a bot the names of channels it cannot enter, too."""
    return [payloads.channel(channel) for channel in call.state().channels.values()]


def create_channel(call: Call, body: CreateForm) -> Json:
    state = call.state()
    call.need(state, Permission.MANAGE_CHANNELS)
    if body.type not in CREATABLE:
        raise invalid("type", "BASE_TYPE_CHOICES", "Value must be one of {0, 2, 4, 5, 13, 15}.")
    if len(state.channels) >= MOST_CHANNELS:
        raise Refusal(30013)
    given = body.fields()
    name, kind = given.pop("name"), given.pop("type", 0)
    if given.get("parent_id"):
        call.need(_category(state, given["parent_id"]), Permission.MANAGE_CHANNELS)
    overwrites.check_created(call, state, given.get("overwrites", ()))
    return payloads.channel(channels.create(call.step, state, type=kind, name=name, **given))


def move_channels(call: Call, body: list[PositionForm]) -> None:
    state = call.state()
    call.need(state, Permission.MANAGE_CHANNELS)
    moved: list[tuple[Channel, Json]] = []
    for form in body:
        channel = state.channels.get(form.id)
        if channel is None:
            raise Refusal(10003)
        moved.append((channel, _new_place(state, channel, form)))
    channels.move(call.step, moved)


def _new_place(state: GuildState, channel: Channel, form: PositionForm) -> Json:
    given: Json = {}
    if form.position is not None:
        given["position"] = form.position
    if "parent_id" in form.model_fields_set:
        given["parent_id"] = form.parent_id
        if form.parent_id and form.parent_id != channel.parent_id:
            parent = _category(state, form.parent_id)
            if form.lock_permissions:
                given["overwrites"] = parent.overwrites
    return given


def get_channel(call: Call) -> Json:
    place = call.place()
    if isinstance(place, DirectChannel):
        return payloads.direct_channel(call.world, place)
    if isinstance(place, Thread):
        return thread_payloads.thread(place, call.bot_id)
    return payloads.channel(place)


def modify_channel(call: Call, body: Json) -> Json:
    """What may be given depends on what it is: a thread has fields of its own."""
    channel = call.channel()
    if isinstance(channel, Thread):
        return thread_edits.modify_thread(call, channel, body)
    form: EditForm = read(EDIT, body)
    call.need(channel, Permission.MANAGE_CHANNELS)
    state = call.state(channel.guild_id)
    given = form.fields()
    _check_edit(state, channel, given)
    if "overwrites" in given:
        call.need(channel, Permission.MANAGE_ROLES)
        overwrites.check_changed(call, channel, given["overwrites"])
    if _renames(channel, given):
        call.limits.rename(channel.id, call.step.now)
    return payloads.channel(channels.update(call.step, channel, **given))


def _check_edit(state: GuildState, channel: Channel, given: Json) -> None:
    if given.get("type", channel.type) != channel.type:
        convertible = {ChannelType.TEXT, ChannelType.ANNOUNCEMENT}
        if not {given["type"], channel.type} <= convertible:
            raise invalid("type", "CHANNEL_INVALID_TYPE", "This channel cannot become that type.")
    parent_id = given.get("parent_id")
    if parent_id and parent_id != channel.parent_id:
        _category(state, parent_id)


def _renames(channel: Channel, given: Json) -> bool:
    return any(key in given and given[key] != getattr(channel, key) for key in ("name", "topic"))


def delete_channel(call: Call) -> Json:
    place = call.place()
    if isinstance(place, DirectChannel):
        return payloads.direct_channel(call.world, place)
    if isinstance(place, Thread):
        return thread_edits.delete_thread(call, place)
    call.need(place, Permission.MANAGE_CHANNELS)
    channels.delete(call.step, call.state(place.guild_id), place)
    return payloads.channel(place)


def put_overwrite(call: Call, body: OverwritePut) -> None:
    channel = call.parent()
    call.need(channel, Permission.MANAGE_ROLES)
    overwrite = Overwrite(
        id=call.args["overwrite_id"], type=body.type, allow=body.allow or 0, deny=body.deny or 0
    )
    kept = tuple(each for each in channel.overwrites if each.id != overwrite.id)
    overwrites.check_changed(call, channel, (*kept, overwrite))
    channels.put_overwrite(call.step, channel, overwrite)


def delete_overwrite(call: Call) -> None:
    channel = call.parent()
    call.need(channel, Permission.MANAGE_ROLES)
    target_id = call.args["overwrite_id"]
    if all(each.id != target_id for each in channel.overwrites):
        raise Refusal(10009)
    kept = tuple(each for each in channel.overwrites if each.id != target_id)
    overwrites.check_changed(call, channel, kept)
    channels.remove_overwrite(call.step, channel, target_id)


def set_voice_status(call: Call, body: StatusForm) -> None:
    """Somebody who does not sit in the channel needs MANAGE_CHANNELS as well."""
    channel = call.channel()
    if not channel.vocal:
        raise Refusal(50024)
    call.need(channel, Permission.SET_VOICE_CHANNEL_STATUS)
    own = call.state(channel.guild_id).voice_states.get(call.bot_id)
    if own is None or own.channel_id != channel.id:
        call.need(channel, Permission.MANAGE_CHANNELS)
    channels.set_status(call.step, channel, body.status)


def _category(state: GuildState, category_id: str) -> Channel:
    """The category a channel goes into, if there is room in it."""
    category = state.channels.get(category_id)
    if category is None:
        raise invalid("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    if category.type != ChannelType.CATEGORY:
        raise invalid("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
    if len(channels.children(state, category_id)) >= MOST_IN_CATEGORY:
        raise invalid(
            "parent_id",
            "CHANNEL_PARENT_MAX_CHANNELS",
            f"Maximum number of channels in category reached ({MOST_IN_CATEGORY})",
        )
    return category


routes = [
    Route("GET", "/guilds/{guild_id}/channels", list_channels),
    Route("POST", "/guilds/{guild_id}/channels", create_channel, CreateForm, status=201),
    Route("PATCH", "/guilds/{guild_id}/channels", move_channels, list[PositionForm]),
    Route("GET", "/channels/{channel_id}", get_channel),
    Route("PATCH", "/channels/{channel_id}", modify_channel, Json),
    Route("DELETE", "/channels/{channel_id}", delete_channel),
    Route("PUT", "/channels/{channel_id}/permissions/{overwrite_id}", put_overwrite, OverwritePut),
    Route("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}", delete_overwrite),
    Route("PUT", "/channels/{channel_id}/voice-status", set_voice_status, StatusForm),
]
