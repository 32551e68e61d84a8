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
        ErrorKind(10007, 404, "Unknown Member"),
        ErrorKind(10008, 404, "Unknown Message"),
        ErrorKind(10009, 404, "Unknown permission overwrite"),
        ErrorKind(10011, 404, "Unknown Role"),
        ErrorKind(10013, 404, "Unknown User"),
        ErrorKind(10015, 404, "Unknown Webhook"),
        ErrorKind(10062, 404, "Unknown interaction", "interactions/receiving-and-responding"),
        ErrorKind(10063, 404, "Unknown application command", "interactions/application-commands"),
        ErrorKind(10065, 404, "Unknown Voice State", "resources/voice"),
        ErrorKind(20028, 429, "The write action you are performing on the channel has hit the write rate limit."),
        ErrorKind(30005, 400, "Maximum number of guild roles reached (250)"),
        ErrorKind(30013, 400, "Maximum number of guild channels reached (500)"),
        ErrorKind(30032, 400, "Maximum number of application commands reached (100)."),
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
        ErrorKind(50024, 403, "Cannot execute action on this channel type"),
        ErrorKind(50027, 401, "Invalid Webhook Token", "interactions/receiving-and-responding"),
        ErrorKind(50028, 400, "Invalid Role"),
        ErrorKind(50033, 400, "Invalid Recipient(s)"),
        ErrorKind(50035, 400, "Invalid Form Body", "reference#error-messages"),
        ErrorKind(50109, 400, "The request body contains invalid JSON."),
        ErrorKind(50600, 400, "Target user is not connected to voice."),
    )
}  # fmt: skip


class Refusal(Exception):
    """This Discord says no, with one of its codes."""

    def __init__(self, code: int) -> None:
        self.kind = KINDS[code]
        super().__init__(f"{code}: {self.kind.message}")

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
