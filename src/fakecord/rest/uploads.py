"""Files that come with a request, and those an edit keeps.

https://docs.discord.com/developers/reference#uploading-files
"""

from __future__ import annotations

import re

import orjson
from aiohttp import web

from fakecord.core import Core
from fakecord.entities import Json
from fakecord.files import File

NUMBERED = re.compile(r"files\[(\d+)\]")
NEW = "_new"
"""Marks what was uploaded with this request: an edit may not make up files."""


async def read_form(core: Core, request: web.Request) -> Json:
    """The JSON of a multipart request; its files stand as attachments, after those it names."""
    form = await request.post()
    payload = form.get("payload_json")
    body: Json = orjson.loads(payload) if isinstance(payload, str) else {}
    files = [(name, value) for name, value in form.items() if isinstance(value, web.FileField)]
    if files:
        told = {str(each.get("id")): each for each in body.get("attachments") or []}
        fresh = []
        for at, (name, file) in enumerate(files):
            number = NUMBERED.fullmatch(name)
            described = told.pop(number.group(1) if number else str(at), {})
            fresh.append(_attachment(core, file, described))
        body["attachments"] = [*told.values(), *fresh]
    return body


def kept(asked: list[Json], before: list[Json]) -> list[Json]:
    """What a message has after *asked*: files that are new, and those it had and still names.

    Without a file behind it, an attachment is nothing.
    """
    known = {each["id"]: each for each in before}
    found: list[Json] = []
    for each in asked:
        if each.get(NEW):
            found.append({key: value for key, value in each.items() if key != NEW})
        elif str(each.get("id")) in known:
            told = {"description": each["description"]} if each.get("description") else {}
            found.append(known[str(each["id"])] | told)
    return found


def _attachment(core: Core, upload: web.FileField, told: Json) -> Json:
    file = File(upload.filename, upload.file.read(), upload.content_type)
    made = {NEW: True} | core.files.keep(core.ids.next(core.now()), file, core.url)
    return made | ({"description": told["description"]} if told.get("description") else {})
