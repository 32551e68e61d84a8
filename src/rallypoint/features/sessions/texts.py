"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from rallypoint.features.rooms import api as rooms
from rallypoint.kernel import durations
from rallypoint.kernel.cards import Button, Card, ControlId, Look

from .model import Lane, VoiceSession
from .rules.states import Reason, State

REFUSALS = {
    "sessions_off": "Personal sessions are not switched on here. Ask the people who run me for them.",
    "lane_unknown": "There is no lane `{lane}`; there is: {known}.",
    "lane_full": "{most} are waiting for `{lane}` already. Try again a little later.",
    "session_there": "You have a session already: `/session status` shows it, `/session close` ends it.",
    "session_stuck": "I may not delete {room}, the room of a session that is over, so I open no other one here. Tell "
    "somebody who manages this server: it needs the permission **Manage Channels** for me there, or has to be deleted.",
    "session_none": "You have no session. `/session start` begins one.",
    "session_begun": "Your session is not waiting any more. `/session close` ends it.",
    "voice_channel_gone": "The voice channel is gone.",
    "import_missing": "There is no file {file}.",
    "import_damaged": "{file} is no whole SQLite database ({where}); nothing was imported. Fetch it anew.",
    "import_unlike": "{file} has no table voice_sessions with {missing}; nothing was imported.",
    "import_row": "The row with id {row} has {value} for {column}; nothing was imported. Mend it there, and try again.",
}

CLOSE_BUTTON = Button(id=ControlId("sessions.close"), label="Close the session", look=Look.DANGER)
CANCEL_BUTTON = Button(id=ControlId("sessions.cancel"), label="Leave the queue", look=Look.DANGER)
REFRESH_BUTTON = Button(id=ControlId("sessions.refresh"), label="Refresh")

TITLE = "Your session"
ANSWER_LIVES = timedelta(minutes=14, seconds=30)
"""Discord gives an interaction's token 15 minutes; our clock may be a little behind."""

ENDS = {
    Reason.LEFT: "You left, so the session is over.",
    Reason.CLOSED: "The session is closed.",
    Reason.TIMEOUT: "You did not come in time, so the room is gone. `/session start` begins a new one.",
    Reason.CANCELLED: "You left the queue.",
    Reason.DISCONNECTED: "Somebody took me out of the room, so the session is over.",
    Reason.GONE: "Somebody deleted the room, so the session is over.",
    Reason.DRAIN: "I am being stopped, so the session is over. Start a new one in a few minutes.",
    Reason.RESTART: "I was restarted, so the session is over. `/session start` begins a new one.",
    Reason.REMOVED: "I am no longer on that server, so the session is over.",
    Reason.FAILED: "I could not open your room. Try again; if it fails again, tell those who manage this server: my "
    "log has the reason.",
    Reason.LANE_GONE: "That lane is no longer there. `/session start` offers those that are.",
    Reason.SWITCHED_OFF: "Sessions were switched off.",
    Reason.IMPORTED: "The session is over.",
}

FROM_BELOW = {
    "guild_full": "This server has 500 channels, the most Discord allows. Its moderators can delete some.",
    "category_full": "The category for it has 50 channels, the most Discord allows. Somebody who manages this server "
    "can set another one: `/room settings overflow`.",
    "discord_forbids": "Discord does not let me do that: {message} ({code}). Somebody who manages this server can give "
    "me the permission.",
    "discord_refuses": "Discord did not accept that: {message} ({code}).",
}
"""Of the refusals that the features share, those that a room may meet."""
NO_ROOM: Mapping[str, str] = {**rooms.REFUSALS, **REFUSALS, **FROM_BELOW}


def _failed(failure: Mapping[str, Any] | None) -> str:
    """By its refusal, if there are words for it."""
    text = NO_ROOM.get(failure["code"]) if failure else None
    if failure is None or text is None:
        return ENDS[Reason.FAILED]
    return f"I could not open your room: {text.format(**failure['facts'])}"


AUDIT = {
    Reason.LEFT: "its member left",
    Reason.CLOSED: "its member closed it",
    Reason.TIMEOUT: "its member did not come in time",
    Reason.DISCONNECTED: "the bot was disconnected",
    Reason.DRAIN: "the program was stopped",
    Reason.RESTART: "the program was restarted",
}


def reason_opened(member: str) -> str:
    return f"Session of {member}"


def reason_closed(reason: str | None) -> str:
    why = AUDIT.get(Reason(reason)) if reason else None
    return f"The session is over: {why}" if why else "The session is over"


def status(session: VoiceSession, *, place: int, until: datetime) -> Card:
    """*until*: as long as the message is kept up to date."""
    said, pressed = _status(session, place=place), _buttons(session)
    if not pressed:
        return Card(TITLE, (said,))
    stamp = f"<t:{int(until.timestamp())}:t>"
    note = (
        f"-# I keep this message up to date until {stamp}. Discord does not let me change it after that: press Refresh,"
        " or use `/session status`."
    )
    if session.state == State.REQUESTED:
        note += " When it is your turn I write to you then."
    return Card(TITLE, (said, note), (pressed,))


def called(session: VoiceSession) -> Card:
    """To who waited for so long that the message with their place cannot be changed any more."""
    return Card(TITLE, (_status(session, place=0),))


def called_in_room(session: VoiceSession) -> Card:
    return Card(TITLE, (f"<@{session.member_id}> {_status(session, place=0)}",))


def _status(session: VoiceSession, *, place: int) -> str:
    channel = f"<#{session.channel_id}>"
    wait = durations.words(timedelta(seconds=session.join_seconds))
    match State(session.state):
        case State.REQUESTED:
            return (
                f"You are number **{place}** in the queue for `{session.lane}`. When it is your turn, I open a room"
                f" that only you and I see, and you have {wait} to come: watch for it in the list of channels."
            )
        case State.OPENING:
            return "It is your turn: I am opening your room."
        case State.WAITING:
            assert session.deadline_at is not None
            ends = f"<t:{int(session.deadline_at.timestamp())}:R>"
            return (
                f"{channel} is open for you, and I am in it. Come within {wait}: it closes {ends}."
            )
        case State.RUNNING:
            return f"Your session runs in {channel}. It ends when you leave."
        case State.ENDING:
            return "The session is ending."
        case State.ENDED:
            reason = Reason(session.reason or Reason.CLOSED)
            return _failed(session.failure) if reason is Reason.FAILED else ENDS[reason]
        case never:
            assert_never(never)


def _buttons(session: VoiceSession) -> tuple[Button, ...]:
    match State(session.state):
        case State.REQUESTED:
            return (CANCEL_BUTTON, REFRESH_BUTTON)
        case State.OPENING | State.WAITING | State.RUNNING:
            return (CLOSE_BUTTON, REFRESH_BUTTON)
        case _:
            return ()


def lanes(found: Sequence[tuple[Lane, int, int]]) -> str:
    """Each lane, how many sessions it holds now, and how many wait."""
    return "\n".join(
        f"`{lane.name}` — {held} of {lane.capacity} taken, {waiting} waiting"
        for lane, held, waiting in found
    )


CLOSING = "I am closing your session."
LEFT_QUEUE = "You are out of the queue."
OVER = Card(TITLE, ("That session is over. `/session start` begins a new one.",))


SHOWN_CHANNELS = 20


def imported(new: int, known: int, without_end: Sequence[int]) -> str:
    said = f"{new} sessions imported, {known} were known already."
    if not without_end:
        return said
    shown = ", ".join(str(each) for each in without_end[:SHOWN_CHANNELS])
    more = len(without_end) - SHOWN_CHANNELS
    shown += f" and {more} more" if more > 0 else ""
    return (
        f"{said} {len(without_end)} had no end and were given one. Their channels, if they are still there, are not"
        f" touched by this program; delete them by hand: {shown}"
    )


def no_session(found: Sequence[tuple[Lane, int, int]]) -> str:
    return f"You have no session.\n{lanes(found)}"
