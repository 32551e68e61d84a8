"""What a message may be made of, and how much of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from fakecord.entities import Json
from fakecord.errors import Refusal, invalid
from fakecord.message_payloads import EPHEMERAL
from fakecord.rest import components, uploads
from fakecord.rest.components import V2_FLAG
from fakecord.rest.forms import Form, Id

LONGEST_TOTAL = 6000
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
# Flags an application may set; the others are Discord's.
OWN_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL | V2_FLAG


class EmbedField(Form):
    name: str = Field(min_length=1, max_length=256)
    value: str = Field(min_length=1, max_length=1024)
    inline: bool = False


class EmbedFooter(Form):
    text: str = Field(max_length=2048)
    icon_url: str | None = None


class EmbedAuthor(Form):
    name: str = Field(max_length=256)
    url: str | None = None
    icon_url: str | None = None


class EmbedMedia(Form):
    url: str | None = None
    width: int | None = None
    height: int | None = None
    description: str | None = None


class EmbedForm(Form):
    type: str | None = None
    title: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=4096)
    url: str | None = None
    color: int | None = Field(default=None, ge=0, le=0xFFFFFF)
    timestamp: str | None = None
    fields: list[EmbedField] | None = Field(default=None, max_length=25)
    footer: EmbedFooter | None = None
    author: EmbedAuthor | None = None
    image: EmbedMedia | None = None
    thumbnail: EmbedMedia | None = None
    video: EmbedMedia | None = None
    flags: int | None = None

    def length(self) -> int:
        parts = [self.title, self.description]
        parts += [self.footer.text if self.footer else None]
        parts += [self.author.name if self.author else None]
        for field in self.fields or ():
            parts += [field.name, field.value]
        return sum(len(part) for part in parts if part)


def _nonce(value: object) -> object:
    return str(value) if isinstance(value, int) else value


class MentionsForm(Form):
    parse: list[str] = Field(default_factory=list)
    users: list[Id] | None = None
    roles: list[Id] | None = None
    replied_user: bool = False


class MessageForm(Form):
    """Creating and editing; interactions and webhooks carry the same.

    A nonce counts where a message is created in a channel; discord.js sends its fields everywhere.
    """

    content: str | None = Field(default=None, max_length=2000)
    embeds: list[EmbedForm] | None = Field(default=None, max_length=10)
    components: list[Json] | None = None
    flags: int | None = Field(default=None, ge=0)
    allowed_mentions: MentionsForm | None = None
    attachments: list[Json] | None = Field(default=None, max_length=10)
    tts: bool = False
    nonce: Annotated[str | None, BeforeValidator(_nonce), Field(max_length=25)] = None
    enforce_nonce: bool = False

    def checked(self, before: list[Json] | None = None) -> Json:
        """The entity's fields that were given, after all limits.

        *before*: the attachments of the message that is edited.
        """
        if sum(embed.length() for embed in self.embeds or ()) > LONGEST_TOTAL:
            raise invalid(
                "embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"
            )
        given: dict[str, Any] = {}
        if "content" in self.model_fields_set:
            given["content"] = (self.content or "").strip()
        if "embeds" in self.model_fields_set:
            given["embeds"] = [_embed(embed) for embed in self.embeds or ()]
        if "components" in self.model_fields_set:
            v2 = bool((self.flags or 0) & V2_FLAG)
            components.check(self.components or [], v2=v2)
            given["components"] = components.completed(self.components or [])
        if "attachments" in self.model_fields_set:
            given["attachments"] = uploads.kept(self.attachments or [], before or [])
        if self.flags is not None:
            given["flags"] = self.flags & OWN_FLAGS
        self._check_v2(given)
        return given

    def silent(self) -> Json | None:
        return None if self.allowed_mentions is None else self.allowed_mentions.model_dump()

    def check_not_empty(self) -> None:
        if not any(
            (
                (self.content or "").strip(),
                self.embeds,
                self.components,
                self.attachments,
            )
        ):
            raise Refusal(50006)

    def _check_v2(self, given: Json) -> None:
        if (self.flags or 0) & V2_FLAG and (given.get("content") or given.get("embeds")):
            raise invalid(
                "flags",
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                "The 'content' and 'embeds' fields cannot be used with IS_COMPONENTS_V2.",
            )


class CreateForm(MessageForm):
    message_reference: Json | None = None
    sticker_ids: list[Id] | None = None


class WebhookForm(MessageForm):
    """Follow-ups and edits of them; name and picture are ignored for interactions."""

    username: str | None = None
    avatar_url: str | None = None
    thread_name: str | None = None
    applied_tags: list[Id] | None = None


def _embed(form: EmbedForm) -> Json:
    given = form.model_dump(exclude_none=True)
    return {"type": "rich"} | given
