"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rallypoint.features.guilds.api import Shown
from rallypoint.features.rooms.api import Power, Room, RoomSettings
from rallypoint.kernel import durations
from rallypoint.kernel.cards import Button, Card, ControlId, Field, Form, Look, Of, Row, Select

from .model import Panel
from .rules.powers import Renames

REFUSALS = {
    "no_room_meant": "Which room? Write this in the room's own chat, or name it with `room`.",
    "not_a_room": "{channel} is no room of mine.",
    "room_not_yours": "That is {owner}'s room. Only its owner or a moderator can do this.",
    "room_yours_already": "It is your room already.",
    "room_theirs_already": "It is their room already.",
    "room_changed_hands": "The room has another owner since. Look at its panel.",
    "room_held": "A moderator keeps this room. It can be closed once it is released: `/room release`.",
    "teams_unusable": "Name the roles of two teams.",
    "of_neither_team": "You are in neither team of {teams}. Ask somebody who is, or a moderator.",
    "power_off": "This server does not let owners do that ({power}). Ask a moderator.",
    "claim_from_outside": "Join the room first, then claim it.",
    "owner_present": "{owner} is in the room and owns it. Ask them to hand it over.",
    "heir_outside": "{member} is not in the room. Ask them to join it first.",
    "not_to_be_kicked": "Not them: the owner, you and I stay.",
    "limit_unusable": "The limit is a number from 0 (as many as like) to {most}.",
    "limit_unreadable": "“{given}” is no number from 0 to 99.",
    "setting_value_missing": "Say what `{key}` is to be, or `reset` to go back to what is inherited.",
}

_ORIGINS = {
    "default": "default",
    "program": "set for all servers",
    "guild": "set here",
    "channel": "set for the channel",
}


def room_opened(channel_id: int, *, empty_after: timedelta) -> str:
    return (
        f"<#{channel_id}> is open. It closes by itself when it has been empty for "
        f"{durations.words(empty_after)}."
    )


def reason_opened(name: str) -> str:
    return f"Room for {name}"


def ask_team(control: ControlId) -> Card:
    select = Select(id=control, of=Of.ROLES, hint="Your team's role")
    return Card("Which team are you in?", rows=(select,))


def ask_opponent(control: ControlId, team_id: int) -> Card:
    select = Select(id=control, of=Of.ROLES, hint="The other team's role")
    return Card("Against whom?", (f"You: <@&{team_id}>",), (select,))


NEW_NAMES: Mapping[str, Sequence[str]] = {
    "vc": ("/room public", "/room private"),
    "voice": ("/room public", "/room private", "/session start"),
    "gameplay": ("/room public",),
    "private": ("/room private",),
}
"""Old prefix command → what does it now."""


def moved_to(names: Sequence[str]) -> str:
    return "That is a slash command now: " + " or ".join(f"`{name}`" for name in names) + "."


LOCKED = "Locked: nobody else comes in. Who is in stays, and you can still invite people."
UNLOCKED = "Unlocked: people can come in again."
HIDDEN = "Hidden: nobody else sees the room. You can still invite people."
SHOWN = "Shown: people see the room again."
CLAIMED = "It is your room now."
PANEL_POSTED = "The buttons are posted anew, in the room's own chat."
ROOM_HELD = "Held: the room stays, even empty, until a moderator releases it: `/room release`."
RELEASED = "Released: the room closes again when it stays empty."


def limited(most: int) -> str:
    return f"Up to {most} may be in the room." if most else "As many as like may be in the room."


def renamed(name: str, later: datetime | None) -> str:
    if later is None:
        return f"The room is called **{_plain(name)}** now."
    return (
        f"Discord allows two new names in ten minutes. The room will be called **{_plain(name)}** "
        f"{_moment(later)}, unless you wish for another name before."
    )


def invited(user_ids: Sequence[int]) -> str:
    return f"{_people(user_ids)} can see the room and come in."


def kicked(user_id: int) -> str:
    return f"<@{user_id}> is out, and comes in again only if you invite them."


def transferred(user_id: int) -> str:
    return f"It is <@{user_id}>'s room now."


def closed(*, gone: bool) -> str:
    return (
        "The room is closed." if gone else "The room closes as soon as Discord lets me delete it."
    )


def barred(user_id: int, *, on: bool) -> str:
    if on:
        return f"<@{user_id}> can make no more rooms here. Rooms they have made stay."
    return f"<@{user_id}> can make rooms again."


def _people(user_ids: Sequence[int]) -> str:
    return ", ".join(f"<@{each}>" for each in user_ids)


def _moment(moment: datetime) -> str:
    return f"<t:{-int(-moment.timestamp() // 1)}:R>"


def _plain(text: str) -> str:
    """Its markdown is not ours to show."""
    return "".join(f"\\{each}" if each in "\\*_~`|>#[]()<" else each for each in text)


SETTINGS = "Rooms on this server"


def settings(shown: Sequence[Shown]) -> tuple[str, ...]:
    return tuple(setting(each) for each in shown)


def field(shown: Shown) -> str:
    return shown.key.partition(".")[2]


def setting(shown: Shown) -> str:
    value = _value(field(shown), shown.value)
    return f"`{field(shown)}` — **{value}** ({_ORIGINS[shown.origin]})\n-# {shown.description}"


_MENTIONED = {"lobbies": "#", "may_open": "@&"}


def _value(name: str, value: Any) -> str:
    if value is None or value == []:
        return "none"
    known = RoomSettings.model_fields.get(name)
    if known is not None and known.annotation is timedelta:
        return durations.words(timedelta(seconds=value))
    if name in ("category", "overflow", "log_channel"):
        return f"<#{value}>"
    if name in _MENTIONED:
        return ", ".join(f"<{_MENTIONED[name]}{each}>" for each in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def panel(room: Room, panel: Panel, settings: RoomSettings, now: datetime) -> Card:
    """What is so with a room, and its owner's powers."""
    lines = [f"Owner: <@{room.owner_id}>. {_ends(room, settings)}", *_facts(room, panel, now)]
    off = settings.powers_off
    return Card(_plain(room.name), tuple(lines), tuple(_rows(room, panel, off)))


def _ends(room: Room, settings: RoomSettings) -> str:
    if room.held_by is not None:
        return f"<@{room.held_by}> keeps it from being deleted."
    said = f"It closes when it has been empty for {durations.words(settings.empty_after)}"
    if settings.max_age and room.opened_at is not None:
        said += f", at the latest {_moment(room.opened_at + settings.max_age)}"
    return f"{said}."


def _facts(room: Room, panel: Panel, now: datetime) -> Sequence[str]:
    facts = []
    if panel.locked:
        facts.append("🔒 Locked: only who is invited comes in.")
    if panel.hidden:
        facts.append("🙈 Hidden: only who is invited sees it.")
    if room.user_limit:
        facts.append(f"👥 Up to {room.user_limit}.")
    renames = Renames(panel.renamed_at, panel.renamed_before_at)
    if panel.wished_name is not None:
        when = _moment(renames.next_at(now))
        facts.append(f"✏️ Will be called **{_plain(panel.wished_name)}** {when}.")
    elif renames.last is not None:
        left = renames.left(now)
        again = f", the next {_moment(renames.next_at(now))}" if not left else ""
        facts.append(f"-# New names left: {left} of 2 in ten minutes{again}.")
    return facts


def _rows(room: Room, panel: Panel, off: Sequence[Power]) -> Sequence[Row]:
    def button(name: str, label: str, emoji: str, look: Look = Look.PLAIN) -> Button:
        given = ControlId(f"panels.{name}", str(room.id))
        return Button(id=given, label=label, emoji=emoji, look=look)

    def select(name: str, hint: str, most: int = 1) -> Select:
        given = ControlId(f"panels.{name}", str(room.id))
        return Select(id=given, of=Of.MEMBERS, hint=hint, most=most)

    lock = button("unlock", "Unlock", "🔓") if panel.locked else button("lock", "Lock", "🔒")
    hide = button("show", "Show", "👁️") if panel.hidden else button("hide", "Hide", "🙈")
    buttons: Mapping[Power, Button] = {
        Power.LOCK: lock,
        Power.HIDE: hide,
        Power.RENAME: button("rename", "Rename", "✏️"),
        Power.LIMIT: button("limit", "Limit", "👥"),
        Power.CLAIM: button("claim", "Claim", "👑"),
        Power.CLOSE: button("close", "Close", "🗑️", Look.DANGER),
    }
    selects: Mapping[Power, Select] = {
        Power.INVITE: select("invite", "Let people in…", 10),
        Power.KICK: select("kick", "Put somebody out…"),
        Power.TRANSFER: select("transfer", "Hand the room over to…"),
    }
    shown = [button for power, button in buttons.items() if power not in off]
    rows: list[Row] = [tuple(shown[start : start + 3]) for start in range(0, len(shown), 3)]
    return [*rows, *(each for power, each in selects.items() if power not in off)]


def rename_form(subject: str) -> Form:
    hint = "Discord allows two new names in ten minutes"
    name = Field(name="name", label="Its new name", hint=hint)
    return Form(ControlId("panels.rename", subject), "Rename the room", (name,))


def limit_form(subject: str) -> Form:
    most = Field(name="most", label="How many may be in it", hint="0: as many as like", longest=2)
    return Form(ControlId("panels.limit", subject), "Limit the room", (most,))
