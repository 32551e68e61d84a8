"""What somebody gives to an option, checked as Discord's own client checks it before sending."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from enum import IntEnum

from fakecord import payloads, permissions
from fakecord.core import Core
from fakecord.entities import Channel, Json, Member, Role
from fakecord.files import LARGEST, File
from fakecord.people.lookup import PeopleError, find_channel, find_member, find_role
from fakecord.world import GuildState


class OptionType(IntEnum):
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


class Resolver:
    """Turns names into ids and collects what is said about them in `resolved`."""

    def __init__(self, core: Core, state: GuildState) -> None:
        self._core = core
        self._state = state
        self.resolved: dict[str, Json] = {}

    def user(self, wanted: str) -> str:
        member = find_member(self._core, self._state, wanted)
        self._add("users", member.user_id, payloads.user(self._core.world.users[member.user_id]))
        self._add("members", member.user_id, self._member(member))
        return member.user_id

    def channel(self, wanted: str, types: list[int] | None = None) -> str:
        channel = find_channel(self._state, wanted)
        if types and channel.type not in types:
            raise PeopleError(f'the channel "{channel.name}" is not of the wanted type')
        self._add("channels", channel.id, self._channel(channel))
        return channel.id

    def role(self, wanted: str) -> str:
        role: Role = find_role(self._state, wanted)
        self._add("roles", role.id, payloads.role(role))
        return role.id

    def attachment(self, value: object) -> str:
        """Upload a `File`, or as the control door has it: its `name`, and `text` or `base64`."""
        file = value if isinstance(value, File) else _file(value)
        if len(file.data) > LARGEST:
            raise PeopleError(f"{file.name} has {len(file.data)} bytes; {LARGEST} are allowed")
        attachment_id = self._core.ids.next(self._core.now())
        told = self._core.files.keep(attachment_id, file, self._core.url)
        self._add("attachments", attachment_id, told | {"ephemeral": True})
        return attachment_id

    def _member(self, member: Member) -> Json:
        payload = payloads.member(self._core.world, member)
        bits = permissions.in_guild(self._state, member, self._core.now())
        kept = {key: value for key, value in payload.items() if key not in ("user", "deaf", "mute")}
        return kept | {"permissions": str(bits)}

    def _channel(self, channel: Channel) -> Json:
        kept = ("id", "name", "type", "parent_id", "flags", "guild_id", "position")
        payload = {key: value for key, value in payloads.channel(channel).items() if key in kept}
        return payload | {"permissions": str(permissions.ALL)}

    def _add(self, kind: str, entity_id: str, payload: Json) -> None:
        self.resolved.setdefault(kind, {})[entity_id] = payload


def value_of(resolver: Resolver, option: Json, value: object) -> object:
    match option["type"]:
        case OptionType.STRING:
            return _chosen(option, value) if option.get("choices") else _text(option, str(value))
        case OptionType.INTEGER | OptionType.NUMBER:
            return _chosen(option, value) if option.get("choices") else _number(option, value)
        case OptionType.BOOLEAN:
            return _truth(option, value)
        case OptionType.USER:
            return resolver.user(_name(value))
        case OptionType.CHANNEL:
            return resolver.channel(_name(value), option.get("channel_types"))
        case OptionType.ROLE:
            return resolver.role(_name(value))
        case OptionType.MENTIONABLE:
            return _mentionable(resolver, _name(value))
        case OptionType.ATTACHMENT:
            return resolver.attachment(value)
        case kind:
            raise PeopleError(f"Discord has no option of type {kind}")


def choices_text(option: Json) -> str:
    names = [choice["name"] for choice in option.get("choices") or ()]
    return f" (one of: {', '.join(names)})" if names else ""


def _chosen(option: Json, value: object) -> object:
    for choice in option["choices"]:
        if value in (choice["value"], choice["name"]) or str(value) == str(choice["value"]):
            return choice["value"]
    raise PeopleError(f"{value!r} is no choice of {option['name']!r}{choices_text(option)}")


def _text(option: Json, value: str) -> str:
    least, most = option.get("min_length") or 0, option.get("max_length") or 6000
    if not least <= len(value) <= most:
        raise PeopleError(f"{option['name']!r} must be {least} to {most} characters long")
    return value


def _number(option: Json, value: object) -> int | float:
    whole = option["type"] == OptionType.INTEGER
    try:
        number: int | float = int(str(value)) if whole else float(str(value))
    except ValueError as error:
        kind = "a whole number" if whole else "a number"
        raise PeopleError(f"{option['name']!r} must be {kind}, not {value!r}") from error
    least, most = option.get("min_value"), option.get("max_value")
    if (least is not None and number < least) or (most is not None and number > most):
        raise PeopleError(f"{option['name']!r} must be from {least} to {most}, not {number}")
    return number


def _truth(option: Json, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise PeopleError(f"{option['name']!r} must be true or false, not {value!r}")


def _file(value: object) -> File:
    if isinstance(value, Mapping) and value.get("name"):
        name = str(value["name"])
        try:
            coded = base64.b64decode(str(value.get("base64") or ""), validate=True)
        except binascii.Error as error:
            raise PeopleError(f"{name} is no base64") from error
        return File(name, coded or str(value.get("text") or "").encode())
    raise PeopleError(f'{value!r} is no file: give {{"name": …, "text": …}}, or "base64"')


def _name(value: object) -> str:
    """A handle (anything with an id), an id or a name."""
    return str(getattr(value, "id", value))


def _mentionable(resolver: Resolver, wanted: str) -> str:
    try:
        return resolver.role(wanted)
    except PeopleError:
        return resolver.user(wanted)
