"""What a person sees of a message, and of the answer to what they did."""

from __future__ import annotations

from fakecord.core import Core
from fakecord.entities import Interaction, Json, Message
from fakecord.message_payloads import EPHEMERAL
from fakecord.people.lookup import PeopleError
from fakecord.rest.components import Kind, walk
from fakecord.rules.interactions import Answer
from fakecord.transcript import lines


class MessageView:
    """A message, always as it stands now; deleted, it stays as it was last."""

    def __init__(self, core: Core, message: Message) -> None:
        self._core = core
        self._last = message

    @property
    def entity(self) -> Message:
        self._last = self._core.world.message(self._last.channel_id, self.id) or self._last
        return self._last

    @property
    def id(self) -> str:
        return self._last.id

    @property
    def channel_id(self) -> str:
        return self._last.channel_id

    @property
    def exists(self) -> bool:
        return self._core.world.message(self.channel_id, self.id) is not None

    @property
    def content(self) -> str:
        return self.entity.content

    @property
    def embeds(self) -> list[Json]:
        return self.entity.embeds

    @property
    def components(self) -> list[Json]:
        """Flat: every component, outer before inner."""
        return list(walk(self.entity.components))

    @property
    def buttons(self) -> list[str]:
        return [c.get("label") or "" for c in self.components if c["type"] == Kind.BUTTON]

    @property
    def ephemeral(self) -> bool:
        return bool(self.entity.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """Everything there is to read, as in a transcript."""
        return "\n".join(lines(self._core.world, self.entity))

    def __str__(self) -> str:
        return self.text


class InteractionView:
    """What became of a command, click or modal."""

    def __init__(self, core: Core, interaction: Interaction) -> None:
        self._core = core
        self.id = interaction.id

    @property
    def entity(self) -> Interaction:
        return self._core.world.interactions[self.id]

    @property
    def acknowledged(self) -> bool:
        return self.entity.answer_type is not None

    @property
    def finished(self) -> bool:
        """Answered, and no longer "thinking…": filled in, or taken away and answered by a message of its own."""
        return self.acknowledged and (not self.entity.loading or bool(self.follow_ups))

    @property
    def reply(self) -> MessageView | None:
        """The answer as a message; None for a modal, choices, or no answer yet."""
        entity = self.entity
        said = None
        if entity.response_message_id is not None and entity.answer_type != Answer.LATER:
            said = self._view(entity.response_message_id)
        return said or (self.follow_ups[-1] if self.follow_ups else None)

    @property
    def follow_ups(self) -> list[MessageView]:
        views = (self._view(each) for each in self.entity.follow_up_ids)
        return [view for view in views if view is not None]

    @property
    def modal(self) -> Json | None:
        return self.entity.modal

    @property
    def choices(self) -> list[Json] | None:
        return self.entity.choices

    async def answered(self, timeout: float = 5.0) -> MessageView | None:
        """Wait for the answer, through any "is thinking…"; seconds are real ones."""
        if not await self._core.pulse.until(lambda: self.finished, timeout):
            state = "is still thinking" if self.acknowledged else "did not respond"
            raise PeopleError(f"the application {state} after {timeout} s")
        return self.reply

    def as_json(self) -> Json:
        reply = self.reply
        return {
            "interaction_id": self.id,
            "acknowledged": self.acknowledged,
            "finished": self.finished,
            "reply": None if reply is None else message_json(reply),
            "follow_ups": [message_json(each) for each in self.follow_ups],
            "modal": self.modal,
            "choices": self.choices,
        }

    def _view(self, message_id: str) -> MessageView | None:
        message = self._core.world.message(self.entity.channel_id, message_id)
        return MessageView(self._core, message) if message else None


def message_json(view: MessageView) -> Json:
    entity = view.entity
    return {
        "id": entity.id,
        "channel_id": entity.channel_id,
        "author_id": entity.author_id,
        "content": entity.content,
        "embeds": entity.embeds,
        "components": entity.components,
        "attachments": entity.attachments,
        "reactions": [{"emoji": r.emoji, "user_ids": list(r.user_ids)} for r in entity.reactions],
        "flags": entity.flags,
        "ephemeral": view.ephemeral,
        "timestamp": entity.timestamp,
        "edited": entity.edited,
        "text": view.text,
    }
