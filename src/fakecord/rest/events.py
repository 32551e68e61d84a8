"""Scheduled events of a guild.

https://docs.discord.com/developers/resources/guild-scheduled-event
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from fakecord import happening_payloads, payloads
from fakecord.clock import from_iso
from fakecord.entities import Json
from fakecord.errors import Refusal, invalid
from fakecord.guild_entities import ScheduledEvent
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rules import events
from fakecord.world import GuildState

MOST_OPEN = 100
STAGE, VOICE, EXTERNAL = 1, 2, 3
TYPES = {STAGE: 13, VOICE: 2}
Name = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str | None, Field(max_length=1000)]


class Metadata(Form):
    location: str | None = Field(default=None, min_length=1, max_length=100)


class EventForm(Form):
    """What creating and editing have in common."""

    description: Description = None
    image: str | None = None
    scheduled_end_time: str | None = None
    channel_id: Id | None = None
    entity_metadata: Metadata | None = None
    recurrence_rule: None = None
    """Events that come again are not kept here: asked for, they are refused loudly."""


class CreateForm(EventForm):
    name: Name
    privacy_level: Literal[2]
    scheduled_start_time: str
    entity_type: Literal[1, 2, 3]


class EditForm(EventForm):
    name: Name = ""
    privacy_level: Literal[2] | None = None
    scheduled_start_time: str | None = None
    entity_type: Literal[1, 2, 3] | None = None
    status: Literal[1, 2, 3, 4] | None = None


def create_event(call: Call, body: CreateForm) -> Json:
    state = call.state()
    if len(events.open_ones(state)) >= MOST_OPEN:
        raise Refusal(30038)
    given = _fields(body) | {"entity_type": body.entity_type}
    _check(call, state, given, Permission.CREATE_EVENTS)
    event = events.create(call.step, state.guild.id, call.bot_id, **given)
    return happening_payloads.scheduled_event(call.world, event)


def modify_event(call: Call, body: EditForm) -> Json:
    state = call.state()
    event = _event(call, state)
    _check_may_manage(call, state, event)
    if not events.NEXT[event.status]:
        raise Refusal(180000)
    given = _fields(body)
    for key in ("entity_type", "status"):
        if getattr(body, key) is not None:
            given[key] = getattr(body, key)
    wanted = given.get("status", event.status)
    if wanted != event.status and wanted not in events.NEXT[event.status]:
        raise invalid("status", "BASE_TYPE_CHOICES", f"{event.status} cannot become {wanted}.")
    before = {name: getattr(event, name) for name in ("channel_id", "location", "end")}
    merged = {"entity_type": event.entity_type} | before | given
    starts = {"start": given["start"]} if "start" in given else {}
    _check(call, state, {**merged, **starts}, None)
    changed = events.update(call.step, event, **given)
    return happening_payloads.scheduled_event(call.world, changed)


def get_event(call: Call) -> Json:
    event = _event(call, call.state())
    counted = call.flag("with_user_count")
    return happening_payloads.scheduled_event(call.world, event, counted=counted)


def list_events(call: Call) -> list[Json]:
    """Those in channels the bot sees, and those elsewhere."""
    state = call.state()
    counted = call.flag("with_user_count")
    return [
        happening_payloads.scheduled_event(call.world, each, counted=counted)
        for each in events.open_ones(state)
        if _seen(call, state, each)
    ]


def delete_event(call: Call) -> None:
    state = call.state()
    event = _event(call, state)
    _check_may_manage(call, state, event)
    events.delete(call.step, event)


def list_users(call: Call) -> list[Json]:
    state = call.state()
    event = _event(call, state)
    before, after = call.query.get("before"), int(call.query.get("after") or 0)
    limit = call.number("limit", 100, 1, 100)
    ids = [
        each
        for each in sorted(event.interested, key=int)
        if int(each) > after and (before is None or int(each) < int(before))
    ]
    # As documented: without *after*, those just below *before*.
    page = ids[-limit:] if before and not after else ids[:limit]
    return [_interested(call, state, event, each) for each in page]


def _interested(call: Call, state: GuildState, event: ScheduledEvent, user_id: str) -> Json:
    told: Json = {
        "guild_scheduled_event_id": event.id,
        "user_id": user_id,
        "user": payloads.user(call.world.users[user_id]),
        "response": 1,
    }
    member = state.members.get(user_id)
    if call.flag("with_member") and member is not None:
        return told | {"member": payloads.member(call.world, member)}
    return told


def _fields(form: CreateForm | EditForm) -> dict[str, Any]:
    given = form.given()
    fields: dict[str, Any] = {
        key: given[key] for key in ("name", "description", "channel_id") if key in given
    }
    for key, name in (("scheduled_start_time", "start"), ("scheduled_end_time", "end")):
        if key in given:
            fields[name] = _moment(key, given[key])
    if form.entity_metadata is not None:
        fields["location"] = form.entity_metadata.location
    return fields


def _moment(field: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise invalid(field, "DATE_TIME_TYPE_PARSE", f"{text} is no ISO 8601 time.") from error


def _check(call: Call, state: GuildState, given: Json, needed: Permission | None) -> None:
    """Stage and voice have a channel and no place; elsewhere it is a place, and an end."""
    if given["entity_type"] == EXTERNAL:
        if given.get("channel_id"):
            raise invalid("channel_id", "BASE_TYPE_MUST_BE_NULL", "An event elsewhere has none.")
        if not given.get("location"):
            raise _required("entity_metadata.location")
        if given.get("end") is None:
            raise _required("scheduled_end_time")
        if needed is not None:
            call.need(state, needed)
    else:
        _check_channel(call, state, given, needed)
    start, end = given.get("start"), given.get("end")
    if start is not None and start <= call.step.now:
        field = "scheduled_start_time"
        raise invalid(field, "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", "Cannot schedule in the past.")
    if start is not None and end is not None and end <= start:
        raise invalid("scheduled_end_time", "DATE_TIME_TYPE_MIN", "It must end after it starts.")


def _check_channel(call: Call, state: GuildState, given: Json, needed: Permission | None) -> None:
    channel = state.channels.get(given.get("channel_id") or "")
    if not given.get("channel_id"):
        raise _required("channel_id")
    if channel is None or channel.type != TYPES[given["entity_type"]]:
        raise invalid("channel_id", "GUILD_SCHEDULED_EVENT_CHANNEL", "No channel of that kind.")
    call.need(channel, Permission.VIEW_CHANNEL, Permission.CONNECT)
    if needed is not None:
        call.need(channel, needed)


def _check_may_manage(call: Call, state: GuildState, event: ScheduledEvent) -> None:
    """MANAGE_EVENTS; for one's own CREATE_EVENTS is enough."""
    own = event.creator_id == call.bot_id
    where = state.channels.get(event.channel_id or "") or state
    bits = call.bits(where)
    allowed = Permission.MANAGE_EVENTS | (Permission.CREATE_EVENTS if own else 0)
    if not bits & allowed:
        raise Refusal(50013)


def _event(call: Call, state: GuildState) -> ScheduledEvent:
    event = state.scheduled_events.get(call.args["guild_scheduled_event_id"])
    if event is None or not _seen(call, state, event):
        raise Refusal(10070)
    return event


def _seen(call: Call, state: GuildState, event: ScheduledEvent) -> bool:
    channel = state.channels.get(event.channel_id or "")
    return channel is None or bool(call.bits(channel) & Permission.VIEW_CHANNEL)


def _required(field: str) -> Refusal:
    return invalid(field, "BASE_TYPE_REQUIRED", "This field is required")


_ALL = "/guilds/{guild_id}/scheduled-events"
_ONE = _ALL + "/{guild_scheduled_event_id}"
routes = [
    Route("GET", _ALL, list_events),
    Route("POST", _ALL, create_event, CreateForm),
    Route("GET", _ONE, get_event),
    Route("PATCH", _ONE, modify_event, EditForm),
    Route("DELETE", _ONE, delete_event),
    Route("GET", _ONE + "/users", list_users),
]
