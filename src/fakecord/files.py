"""What was uploaded: kept in memory as long as a fakecord runs, and served where its URL says.

An exported world has names and sizes only.
https://docs.discord.com/developers/resources/message#attachment-object
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from urllib.parse import quote

from fakecord.entities import Json

LARGEST = 10 * 1024 * 1024
"""Bytes; told to applications as `attachment_size_limit`."""


@dataclass(frozen=True, slots=True)
class File:
    """For ``alice.submits(answer, proof=File("end.png", b"…"))``, and options that take a file."""

    name: str
    data: bytes = b""
    content_type: str = ""
    """Empty: as the name says."""


class Files:
    def __init__(self) -> None:
        self._kept: dict[str, File] = {}

    def keep(self, attachment_id: str, file: File, home: str) -> Json:
        """The attachment; *home* is our URL."""
        guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kept = File(file.name, file.data, file.content_type or guessed)
        self._kept[attachment_id] = kept
        url = f"{home}/attachments/{attachment_id}/{quote(file.name)}"
        return {
            "id": attachment_id,
            "filename": kept.name,
            "size": len(kept.data),
            "content_type": kept.content_type,
            "url": url,
            "proxy_url": url,
        }

    def find(self, attachment_id: str, name: str) -> File | None:
        kept = self._kept.get(attachment_id)
        return kept if kept is not None and kept.name == name else None
