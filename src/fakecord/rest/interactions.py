"""Answers to interactions, and the follow-ups their tokens allow for 15 minutes."""

from __future__ import annotations

from typing import Any

from pydantic import Field, TypeAdapter

from fakecord import message_payloads
from fakecord.entities import Interaction, Json, Message
from fakecord.errors import Refusal, invalid
from fakecord.message_payloads import EPHEMERAL
from fakecord.rest import webhooks
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, read
from fakecord.rest.message_forms import MessageForm, WebhookForm
from fakecord.rest.modals import ModalForm
from fakecord.rules import interactions, messages
from fakecord.rules.interactions import Answer, InteractionType


class CallbackForm(Form):
    type: int
    data: Json | None = None


class AnswerForm(MessageForm):
    pass


class ChoiceForm(Form):
    name: str = Field(min_length=1, max_length=100)
    value: str | int | float
    name_localizations: dict[str, str] | None = None


class ChoicesForm(Form):
    choices: list[ChoiceForm] = Field(max_length=25)


ANSWER: TypeAdapter[AnswerForm] = TypeAdapter(AnswerForm)
CHOICES: TypeAdapter[ChoicesForm] = TypeAdapter(ChoicesForm)
MODAL: TypeAdapter[ModalForm] = TypeAdapter(ModalForm)
ALLOWED = {
    InteractionType.COMMAND: {Answer.MESSAGE, Answer.THINKING, Answer.MODAL},
    InteractionType.COMPONENT: {
        Answer.MESSAGE,
        Answer.THINKING,
        Answer.LATER,
        Answer.UPDATE,
        Answer.MODAL,
    },
    InteractionType.AUTOCOMPLETE: {Answer.CHOICES},
    InteractionType.MODAL: {Answer.MESSAGE, Answer.THINKING, Answer.LATER, Answer.UPDATE},
}


def create_callback(call: Call, body: CallbackForm) -> Json | None:
    known = call.world.interactions.get(call.args["interaction_id"])
    if known is not None and known.token != call.args["interaction_token"]:
        known = None
    interaction = interactions.check_unanswered(call.step, known)
    allowed = ALLOWED[InteractionType(interaction.type)]
    if body.type not in allowed:
        values = ", ".join(str(int(each)) for each in sorted(allowed))
        raise invalid("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")
    message = _answer(call, interaction, Answer(body.type), body.data or {})
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    return _response(call, interaction, body.type, message)


def _answer(call: Call, interaction: Interaction, kind: Answer, data: Json) -> Message | None:
    step = call.step
    match kind:
        case Answer.MESSAGE:
            return interactions.answer_message(step, interaction, _said(data))
        case Answer.THINKING:
            return interactions.answer_thinking(step, interaction, data.get("flags") or 0)
        case Answer.LATER:
            interactions.answer_later(step, interaction)
        case Answer.UPDATE:
            return _update(call, interaction, data)
        case Answer.CHOICES:
            choices = read(CHOICES, data).model_dump(exclude_none=True)["choices"]
            interactions.answer_choices(step, interaction, choices)
        case Answer.MODAL:
            interactions.answer_modal(step, interaction, read(MODAL, data).checked())
    return None


def _said(data: Json) -> Json:
    form: AnswerForm = read(ANSWER, data)
    form.check_not_empty()
    return form.checked() | {"silent": form.silent(), "tts": form.tts}


def _update(call: Call, interaction: Interaction, data: Json) -> Message:
    source = _source(call, interaction)
    form: AnswerForm = read(ANSWER, data)
    form.flags = (form.flags or 0) | source.flags
    return interactions.answer_update(
        call.step, interaction, source, form.checked(source.attachments)
    )


def _source(call: Call, interaction: Interaction) -> Message:
    found = call.world.message(interaction.channel_id, interaction.source_message_id or "")
    if found is None:
        raise Refusal(10008)
    return found


def _response(call: Call, interaction: Interaction, kind: int, message: Message | None) -> Json:
    told: Json = {"id": interaction.id, "type": int(interaction.type)}
    answer: Json = {"interaction": told}
    if message is not None:
        told["response_message_id"] = message.id
        told["response_message_loading"] = kind == Answer.THINKING
        told["response_message_ephemeral"] = bool(message.flags & EPHEMERAL)
        if kind != Answer.THINKING:
            answer["resource"] = {
                "type": kind,
                "message": message_payloads.message(call.world, message),
            }
    return answer


def create_follow_up(call: Call, body: WebhookForm) -> Json | None:
    """A webhook of a channel is executed by the same route; an interaction's answers always."""
    if call.args["application_id"] != call.bot_id:
        return webhooks.execute(call, body)
    interaction = _of_token(call)
    body.check_not_empty()
    given: dict[str, Any] = body.checked() | {"silent": body.silent()}
    return message_payloads.message(
        call.world, interactions.follow_up(call.step, interaction, given)
    )


def get_answer(call: Call) -> Json:
    if call.args["application_id"] != call.bot_id:
        return webhooks.get_message(call)
    return message_payloads.message(call.world, _answered(call, _of_token(call)))


def modify_answer(call: Call, body: WebhookForm) -> Json:
    if call.args["application_id"] != call.bot_id:
        return webhooks.modify_message(call, body)
    interaction = _of_token(call)
    message = _answered(call, interaction)
    body.flags = (body.flags or 0) | message.flags
    given = body.checked(message.attachments)
    if message.id == interaction.response_message_id:
        changed = interactions.edit_original(call.step, interaction, message, given)
    else:
        changed = messages.edit(call.step, message, **given)
    return message_payloads.message(call.world, changed)


def delete_answer(call: Call) -> None:
    if call.args["application_id"] != call.bot_id:
        webhooks.delete_message(call)
        return
    messages.delete(call.step, _answered(call, _of_token(call)))


def _of_token(call: Call) -> Interaction:
    known = call.world.interaction(call.args["interaction_token"])
    return interactions.check_token(call.step, known)


def _answered(call: Call, interaction: Interaction) -> Message:
    asked = call.args["message_id"]
    message_id = interaction.response_message_id if asked == "@original" else asked
    message = call.world.message(interaction.channel_id, message_id or "")
    own = {interaction.response_message_id, *interaction.follow_up_ids}
    if message is None or message.id not in own:
        raise Refusal(10008)
    return message


_WEBHOOK = "/webhooks/{application_id}/{interaction_token}"
_MESSAGE = _WEBHOOK + "/messages/{message_id}"
routes = [
    # No bucket headers on callbacks: the real one sends none, and hikari warns of them.
    Route(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        create_callback,
        CallbackForm,
        token=False,
        limited=False,
    ),
    Route("POST", _WEBHOOK, create_follow_up, WebhookForm, token=False),
    Route("GET", _MESSAGE, get_answer, token=False),
    Route("PATCH", _MESSAGE, modify_answer, WebhookForm, token=False),
    Route("DELETE", _MESSAGE, delete_answer, token=False),
]
