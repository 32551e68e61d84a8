"""Every refusal this Discord knows, in one table: code, HTTP status, message, and its page.

Unless it names a page of its own, a code is explained in the list of all codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from fakecord.entities import Json

DOCS = "https://docs.discord.com/developers/"
CODES = "topics/opcodes-and-status-codes#json-json-error-codes"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    code: int
    status: int
    message: str
    page: str = CODES

    @property
    def url(self) -> str:
        return DOCS + self.page


KINDS = {
    kind.code: kind
    for kind in (
        ErrorKind(10002, 404, "Unknown Application"),
        ErrorKind(10003, 404, "Unknown Channel"),
        ErrorKind(10004, 404, "Unknown Guild"),
        ErrorKind(10006, 404, "Unknown Invite", "resources/invite"),
        ErrorKind(10007, 404, "Unknown Member"),
        ErrorKind(10008, 404, "Unknown Message"),
        ErrorKind(10009, 404, "Unknown permission overwrite"),
        ErrorKind(10011, 404, "Unknown Role"),
        ErrorKind(10013, 404, "Unknown User"),
        ErrorKind(10014, 404, "Unknown Emoji"),
        ErrorKind(10015, 404, "Unknown Webhook"),
        ErrorKind(10026, 404, "Unknown Ban", "resources/guild#get-guild-ban"),
        ErrorKind(10060, 404, "Unknown sticker"),
        ErrorKind(10062, 404, "Unknown interaction", "interactions/receiving-and-responding"),
        ErrorKind(10063, 404, "Unknown application command", "interactions/application-commands"),
        ErrorKind(10065, 404, "Unknown Voice State", "resources/voice"),
        ErrorKind(10066, 404, "Unknown application command permissions"),
        ErrorKind(10067, 404, "Unknown Stage Instance", "resources/stage-instance"),
        ErrorKind(10070, 404, "Unknown Guild Scheduled Event", "resources/guild-scheduled-event"),
        ErrorKind(20001, 403, "Bots cannot use this endpoint"),
        ErrorKind(30003, 400, "Maximum number of pins reached for the channel (250)"),
        ErrorKind(30005, 400, "Maximum number of guild roles reached (250)"),
        ErrorKind(30007, 400, "Maximum number of webhooks reached (15)"),
        ErrorKind(30010, 400, "Maximum number of reactions reached (20)"),
        ErrorKind(30013, 400, "Maximum number of guild channels reached (500)"),
        ErrorKind(30016, 400, "Maximum number of invites reached (1000)"),
        ErrorKind(30032, 400, "Maximum number of application commands reached (100)."),
        ErrorKind(30038, 400, "Maximum number of uncompleted guild scheduled events reached (100)"),
        ErrorKind(40001, 401, "Unauthorized. Provide a valid token and try again."),
        ErrorKind(40032, 400, "Target user is not connected to voice."),
        ErrorKind(40060, 400, "Interaction has already been acknowledged.", "interactions/receiving-and-responding"),
        ErrorKind(50001, 403, "Missing Access"),
        ErrorKind(50003, 403, "Cannot execute action on a DM channel"),
        ErrorKind(50005, 403, "Cannot edit a message authored by another user"),
        ErrorKind(50006, 400, "Cannot send an empty message"),
        ErrorKind(50007, 403, "Cannot send messages to this user"),
        ErrorKind(50008, 400, "Cannot send messages in a non-text channel"),
        ErrorKind(50013, 403, "Missing Permissions"),
        ErrorKind(50016, 400, "Provided too few or too many messages to delete (2 to 100)."),
        ErrorKind(50021, 403, "Cannot execute action on a system message"),
        ErrorKind(50024, 403, "Cannot execute action on this channel type"),
        ErrorKind(50026, 403, "Missing required OAuth2 scope", "topics/oauth2#shared-resources-oauth2-scopes"),
        ErrorKind(50027, 401, "Invalid Webhook Token", "interactions/receiving-and-responding"),
        ErrorKind(50028, 400, "Invalid Role"),
        ErrorKind(50033, 400, "Invalid Recipient(s)"),
        ErrorKind(50034, 400, "You can only bulk delete messages that are under 14 days old."),
        ErrorKind(50035, 400, "Invalid Form Body", "reference#error-messages"),
        ErrorKind(50083, 400, "Thread is archived", "topics/threads#editing-and-deleting-threads"),
        ErrorKind(50109, 400, "The request body contains invalid JSON."),
        ErrorKind(150006, 400, "The Stage is already open."),
        ErrorKind(160004, 400, "A thread has already been created for this message.", "topics/threads"),
        ErrorKind(160005, 400, "This thread is locked.", "topics/threads"),
        ErrorKind(160006, 400, "Maximum number of active threads reached.", "topics/threads"),
        ErrorKind(180000, 400, "Cannot update a finished event", "resources/guild-scheduled-event"),
        ErrorKind(500000, 400, "Failed to ban users", "resources/guild#bulk-guild-ban"),
    )
}  # fmt: skip


class Refusal(Exception):
    """This Discord says no, with one of its codes."""

    def __init__(self, kind: int | ErrorKind) -> None:
        """*kind* by its code, if it stands in the table."""
        self.kind = KINDS[kind] if isinstance(kind, int) else kind
        super().__init__(f"{self.kind.code}: {self.kind.message}")

    def body(self) -> Json:
        return {"message": self.kind.message, "code": self.kind.code}


class Complaint(NamedTuple):
    """What is wrong with one field of a body."""

    path: tuple[str | int, ...]
    code: str
    message: str


class InvalidForm(Refusal):
    """50035 with Discord's nested `errors`."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        super().__init__(50035)
        self.complaints = list(complaints)

    def body(self) -> Json:
        return super().body() | {"errors": nested(self.complaints)}


def invalid(field: str, code: str, message: str) -> InvalidForm:
    """A body that is wrong in one place; *field* is dotted."""
    return InvalidForm([Complaint(tuple(field.split(".")), code, message)])


def nested(complaints: Iterable[Complaint]) -> Json:
    """``{"embeds": {"0": {"title": {"_errors": [{"code", "message"}]}}}}``"""
    tree: Json = {}
    for complaint in complaints:
        branch = tree
        for step in complaint.path:
            branch = branch.setdefault(str(step), {})
        branch.setdefault("_errors", []).append(
            {"code": complaint.code, "message": complaint.message}
        )
    return tree
