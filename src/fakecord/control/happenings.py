"""People react, start threads, take an interest in events, and write to the bot."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fakecord.control.operation import Operation, Problem, Request
from fakecord.control.people import member_of
from fakecord.control.people_forms import InGuild, Switch
from fakecord.entities import Json
from fakecord.people.views import MessageView, message_json


class React(Switch):
    message: str = Field(description="Its id")
    emoji: str = Field(description="The character itself, or name:id")


class StartThread(InGuild):
    name: str = Field(min_length=1, max_length=100)
    message: str | None = Field(default=None, description="The id of the one it starts from")
    channel: str | None = None
    private: bool = False


class JoinThread(Switch):
    thread: str = Field(description="Name or id")


class Interest(Switch):
    event: str = Field(description="Name or id of a scheduled event")


class DirectMessage(InGuild):
    text: str = Field(min_length=1, max_length=2000)


class ThreadShown(BaseModel):
    id: str
    name: str
    members: list[str] = Field(description="Names")


async def react(request: Request) -> None:
    body: React = request.body
    await member_of(request).reacts(body.emoji, body.message, on=body.on)


async def start_thread(request: Request) -> ThreadShown:
    body: StartThread = request.body
    member = member_of(request)
    starter = _message(request, body.message) if body.message else None
    made = await member.starts_thread(
        body.name, starter, channel=body.channel, private=body.private
    )
    return ThreadShown(id=made.id, name=made.name, members=made.members)


async def join_thread(request: Request) -> None:
    body: JoinThread = request.body
    await member_of(request).joins_thread(body.thread, on=body.on)


async def take_interest(request: Request) -> None:
    body: Interest = request.body
    await member_of(request).is_interested(body.event, on=body.on)


async def write_to_bot(request: Request) -> Json:
    return message_json(await member_of(request).writes_to_bot(request.body.text))


async def take_direct_messages(request: Request) -> None:
    member_of(request).takes_direct_messages(request.body.on)


def _message(request: Request, message_id: str) -> MessageView:
    for table in request.core.world.messages.values():
        if message_id in table:
            return MessageView(request.core, table[message_id])
    raise Problem(404, "no_such_message", f"there is no message {message_id}")


_M = "/members/{member}"
operations = [
    Operation("POST", _M + "/react", react, "Put a reaction on a message, or not", React, None),
    Operation(
        "POST", _M + "/start-thread", start_thread, "Start a thread", StartThread, ThreadShown
    ),
    Operation(
        "POST", _M + "/join-thread", join_thread, "Join a thread, or leave", JoinThread, None
    ),
    Operation(
        "POST", _M + "/interest", take_interest, "Be interested in an event, or not", Interest, None
    ),
    Operation(
        "POST", _M + "/direct-messages", write_to_bot, "Write to the bot in private", DirectMessage
    ),
    Operation(
        "POST", _M + "/take-direct-messages", take_direct_messages, "Take them from the bot, or not",
        Switch, None,
    ),
]  # fmt: skip
