"""The application and its commands.

https://docs.discord.com/developers/interactions/application-commands
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field

from fakecord import payloads
from fakecord.entities import Command, Json
from fakecord.errors import Complaint, InvalidForm, Refusal
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Bits, Form
from fakecord.rules import commands

MOST_COMMANDS = 100
MOST_IN_MENUS = 15
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
CHAT_INPUT = 1


def _lower(name: str) -> str:
    if name != name.lower() or not all(c.isalnum() or c in "-_'" for c in name):
        raise ValueError("Command name is invalid")
    return name


OptionName = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(_lower)]
Localizations = dict[str, str] | None


class Choice(Form):
    name: str = Field(min_length=1, max_length=100)
    value: str | int | float
    name_localizations: Localizations = None


class Option(Form):
    type: int = Field(ge=1, le=11)
    name: OptionName
    description: str = Field(min_length=1, max_length=100)
    required: bool = False
    choices: list[Choice] | None = Field(default=None, max_length=25)
    options: list[Option] | None = Field(default=None, max_length=25)
    channel_types: list[int] | None = None
    min_value: int | float | None = None
    max_value: int | float | None = None
    min_length: int | None = Field(default=None, ge=0, le=6000)
    max_length: int | None = Field(default=None, ge=1, le=6000)
    autocomplete: bool | None = None
    name_localizations: Localizations = None
    description_localizations: Localizations = None


class CommandForm(Form):
    name: str = Field(min_length=1, max_length=32)
    type: int = Field(default=CHAT_INPUT, ge=1, le=4)
    description: str = Field(default="", max_length=100)
    options: list[Option] | None = Field(default=None, max_length=25)
    default_member_permissions: Bits | None = None
    dm_permission: bool | None = None
    default_permission: bool | None = None
    contexts: list[int] | None = None
    integration_types: list[int] | None = None
    nsfw: bool | None = None
    name_localizations: Localizations = None
    description_localizations: Localizations = None
    handler: int | None = None
    id: str | None = None

    def definition(self) -> Json:
        given = self.model_dump(exclude_unset=True, exclude={"id", "default_permission"})
        given["options"] = [option.model_dump(exclude_none=True) for option in self.options or ()]
        bits = self.default_member_permissions
        given["default_member_permissions"] = None if bits is None else str(bits)
        return given


class ApplicationForm(Form):
    """Of what an application may change of itself, what is kept here; other fields are refused."""

    description: str | None = Field(default=None, max_length=400)
    tags: list[Annotated[str, Field(max_length=20)]] | None = Field(default=None, max_length=5)
    custom_install_url: str | None = Field(default=None, max_length=2048)


class CommandPatch(CommandForm):
    name: str = Field(default="", min_length=1, max_length=32)


def list_commands(call: Call) -> list[Json]:
    return [payloads.command(call.world, each) for each in call.world.commands_for(_guild(call))]


def get_command(call: Call) -> Json:
    return payloads.command(call.world, _command(call))


def put_commands(call: Call, body: list[CommandForm]) -> list[Json]:
    for kind in (1, 2, 3):
        _check_room(sum(form.type == kind for form in body), kind)
    keys = [(form.type, form.name) for form in body]
    complaints = [
        complaint
        for index, form in enumerate(body)
        for complaint in _complaints(form, (index,), twice=keys.index(keys[index]) != index)
    ]
    if complaints:
        raise InvalidForm(complaints)
    kept = commands.replace_all(
        call.step,
        _guild(call),
        [form.definition() | {"name": form.name, "type": form.type} for form in body],
    )
    return [payloads.command(call.world, each) for each in kept]


def _check_room(many: int, kind: int) -> None:
    """Of each kind, in a guild or global."""
    if many > (MOST_COMMANDS if kind == CHAT_INPUT else MOST_IN_MENUS):
        raise Refusal(30032)


def create_command(call: Call, body: CommandForm) -> Json:
    complaints = _complaints(body, (), twice=False)
    if complaints:
        raise InvalidForm(complaints)
    others = [each for each in call.world.commands_for(_guild(call)) if each.name != body.name]
    _check_room(sum(each.type == body.type for each in others) + 1, body.type)
    named = body.definition() | {"name": body.name, "type": body.type}
    return payloads.command(call.world, commands.put(call.step, _guild(call), named))


def modify_command(call: Call, body: CommandPatch) -> Json:
    command = _command(call)
    given = {key: value for key, value in body.definition().items() if key in body.model_fields_set}
    given.pop("type", None)
    return payloads.command(call.world, commands.edit(call.step, command, given))


def delete_command(call: Call) -> None:
    call.step.remove(_command(call))


def get_application(call: Call) -> Json:
    return payloads.application(call.world)


def modify_application(call: Call, body: ApplicationForm) -> Json:
    given = body.given()
    kept: Json = {"description": given["description"] or ""} if "description" in given else {}
    if "tags" in given:
        kept["tags"] = tuple(given["tags"] or ())
    if "custom_install_url" in given:
        kept["install_url"] = given["custom_install_url"]
    call.step.put(replace(call.world.application, **kept))
    call.commit(call.step)
    return payloads.application(call.world)


def _guild(call: Call) -> str | None:
    if call.args["application_id"] != call.bot_id:
        raise Refusal(10002)
    return call.state().guild.id if "guild_id" in call.args else None


def command_of(call: Call) -> Command:
    """The command of the path, global or of the guild there."""
    command = _found(call)
    if command.guild_id not in (None, call.args.get("guild_id")):
        raise Refusal(10063)
    return command


def _command(call: Call) -> Command:
    command = _found(call)
    if command.guild_id != _guild(call):
        raise Refusal(10063)
    return command


def _found(call: Call) -> Command:
    _guild(call)
    command = call.world.commands.get(call.args["command_id"])
    if command is None:
        raise Refusal(10063)
    return command


def _complaints(form: CommandForm, path: tuple[int, ...], *, twice: bool) -> list[Complaint]:
    found: list[Complaint] = []
    if twice:
        message = "Application command names must be unique"
        found.append(Complaint(path, "APPLICATION_COMMANDS_DUPLICATE_NAME", message))
    if form.type == CHAT_INPUT:
        if not form.description:
            found.append(
                Complaint((*path, "description"), "BASE_TYPE_REQUIRED", "This field is required")
            )
        if form.name != form.name.lower() or " " in form.name:
            message = "Command name is invalid"
            found.append(Complaint((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message))
        found.extend(_option_complaints(form.options or [], (*path, "options")))
    return found


def _option_complaints(options: list[Option], path: tuple[str | int, ...]) -> list[Complaint]:
    found: list[Complaint] = []
    names = [option.name for option in options]
    optional_seen = False
    for index, option in enumerate(options):
        here = (*path, index)
        if names.index(option.name) != index:
            message = "Option names must be unique"
            found.append(
                Complaint(here, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
            )
        if option.type not in (SUB_COMMAND, SUB_COMMAND_GROUP):
            if option.required and optional_seen:
                message = "Required options must be placed before non-required options"
                code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
                found.append(Complaint(here, code, message))
            optional_seen = optional_seen or not option.required
        found.extend(_option_complaints(option.options or [], (*here, "options")))
    return found


_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
routes = [
    Route("GET", "/oauth2/applications/@me", get_application),
    Route("GET", "/applications/@me", get_application),
    Route("PATCH", "/applications/@me", modify_application, ApplicationForm),
    *(
        route
        for path in (_GLOBAL, _GUILD)
        for route in (
            Route("GET", path, list_commands),
            Route("PUT", path, put_commands, list[CommandForm]),
            Route("POST", path, create_command, CommandForm),
            Route("GET", path + "/{command_id}", get_command),
            Route("PATCH", path + "/{command_id}", modify_command, CommandPatch),
            Route("DELETE", path + "/{command_id}", delete_command),
        )
    ),
]
