"""How this program is set up: `RALLYPOINT_*` in the environment or in `.env`, secrets also by `*_FILE`.

The environment wins over `.env`. Whatever is wrong is found at once and named, one line a key.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from dotenv.parser import parse_stream
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from .durations import Duration
from .errors import CannotStart
from .ids import GuildId, UserId

PREFIX = "RALLYPOINT_"
TEST_PREFIX = "RALLYPOINT_TEST_"
"""The environment may hold what only the tests read; a configuration file may not."""


class SettingsInvalid(CannotStart):
    """Every problem there is, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Accepts:
    """In words: what a key takes."""

    words: str


def _parts(value: object) -> object:
    return re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value


def _base_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = urlsplit(value)
    known = parts.scheme in {"http", "https"} and parts.hostname
    if not known or parts.port == 0 or parts.query or parts.fragment:  # .port: ValueError for "x:y"
        raise ValueError
    return value.rstrip("/")


def _database_url(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not re.match(
        r"(sqlite(\+aiosqlite)?:///|postgresql(\+asyncpg)?://)[^/\s]*\S", text
    ):
        raise ValueError
    return value


BaseUrl = Annotated[str, BeforeValidator(_base_url)]
Snowflakes = Accepts("Discord ids with commas between them, such as 80351110224678912")
AnyNetwork = IPv4Network | IPv6Network


def _lanes(value: object) -> object:
    """ "gpu:1, cpu:4" → capacities by name; a name alone has room for one."""
    if not isinstance(value, str):
        return value
    lanes: dict[str, str] = {}
    for part in re.split(r"[\s,]+", value.strip(" ,")):
        name, _, capacity = part.partition(":")
        if name in lanes:
            raise ValueError
        lanes[name] = capacity or "1"
    return lanes


LaneName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=False,
    )

    token: Annotated[
        SecretStr | None,
        Accepts("the bot's token, from Discord's developer portal > your application > Bot"),
        Field(description="The bot's token."),
    ] = None
    data: Annotated[
        Path,
        Accepts("a folder"),
        Field(description="The folder for the database and whatever else is kept."),
    ] = Path("data")
    database_url: Annotated[
        SecretStr | None,
        BeforeValidator(_database_url),
        Accepts("sqlite:///path/to/file.db or postgresql://user:password@host/database"),
        Field(description="The database; without it, rallypoint.db in the data folder."),
    ] = None
    discord_url: Annotated[
        BaseUrl | None,
        Accepts("an http:// or https:// address"),
        Field(description="Where Discord is, if it is not the real one."),
    ] = None
    operators: Annotated[
        frozenset[UserId],
        NoDecode,
        BeforeValidator(_parts),
        Snowflakes,
        Field(description="Who may run the program, beside the application's owner or team."),
    ] = frozenset()
    allowed_guilds: Annotated[
        frozenset[GuildId],
        NoDecode,
        BeforeValidator(_parts),
        Snowflakes,
        Field(description="The only guilds to serve; none: every guild that adds the bot."),
    ] = frozenset()
    public_url: Annotated[
        BaseUrl | None,
        Accepts("an http:// or https:// address"),
        Field(description="Where people reach the dashboard, if not on this machine."),
    ] = None
    trusted_proxies: Annotated[
        tuple[AnyNetwork, ...],
        NoDecode,
        BeforeValidator(_parts),
        Accepts("addresses or networks with commas between them, such as 10.0.0.0/8"),
        Field(description="The proxies whose X-Forwarded-* headers are believed."),
    ] = ()
    host: Annotated[
        str,
        Accepts("an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"),
        Field(pattern=r"^[\w.:-]+$", description="The address the dashboard listens on."),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Accepts("a port from 0 to 65535; 0 takes any free one"),
        Field(ge=0, le=65535, description="The port the dashboard listens on."),
    ] = 8080
    api_per_minute: Annotated[
        int,
        Accepts("a number from 1 to 100000"),
        Field(ge=1, le=100_000, description="How often one person's tokens may ask in a minute."),
    ] = 60
    bad_tokens_per_minute: Annotated[
        int,
        Accepts("a number from 1 to 100000"),
        Field(
            ge=1,
            le=100_000,
            description="How many tokens that are not good one address may try in a minute.",
        ),
    ] = 20
    log_format: Annotated[
        Literal["auto", "json", "console"],
        Accepts("auto, json or console"),
        Field(description="How logs are written; auto: console on a terminal, else JSON."),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        Accepts("debug, info, warning or error"),
        Field(description="The least that is logged."),
    ] = "info"
    message_content: Annotated[
        bool,
        Accepts("yes or no"),
        Field(description="Read messages, to answer old prefix commands (a privileged intent)."),
    ] = False
    worker_restart_after: Annotated[
        float,
        Accepts("a number of seconds, 2 or more"),
        Field(ge=2, description="After how long a block a worker begins anew, in seconds."),
    ] = 30
    sessions_enabled: Annotated[
        bool,
        Accepts("true or false"),
        Field(description="Whether members may have personal voice sessions."),
    ] = True
    sessions_join_timeout: Annotated[
        Duration,
        Accepts("a duration from 5s to 1h, such as 60s"),
        Field(
            ge=timedelta(seconds=5),
            le=timedelta(hours=1),
            description="How long a member has to come into their session's room.",
        ),
    ] = timedelta(seconds=60)
    sessions_lanes: Annotated[
        Mapping[LaneName, Annotated[int, Field(ge=1, le=1000)]],
        NoDecode,
        BeforeValidator(_lanes),
        Accepts("names with how many sessions each has room for, such as gpu:1,cpu:4"),
        Field(min_length=1, description="The lanes of personal sessions; the first is the usual."),
    ] = {"default": 1}
    sessions_on_restart: Annotated[
        Literal["settle", "end"],
        Accepts("settle (each goes on by its own deadline) or end"),
        Field(description="What becomes of the sessions that are open at a start."),
    ] = "settle"
    sessions_voice: Annotated[
        Literal["presence", "audio"],
        Accepts("presence (the bot is in the room) or audio (and has sound)"),
        Field(description="How the bot is in a session's room."),
    ] = "presence"
    sessions_audio_hook: Annotated[
        str | None,
        Accepts("package.module:function"),
        Field(
            pattern=r"^[\w.]+:\w+$",
            description="What is called with discord.py's voice client, with sessions_voice=audio.",
        ),
    ] = None
    test_clock: Annotated[
        BaseUrl | None,
        Accepts("an http:// address"),
        Field(description="For tests only: a stream of `{now, frozen}` lines that is the clock."),
    ] = None

    @field_validator("token")
    @classmethod
    def _is_one_word(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None:
            return None
        text = token.get_secret_value().strip()
        if re.search(r"\s", text) or not text.isascii():
            raise ValueError
        return SecretStr(text) if text else None

    @property
    def database(self) -> str:
        """The database's address, password and all."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data / 'rallypoint.db').absolute()}"

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be seen in a log."""
        database = self.database_url.get_secret_value() if self.database_url else ""
        password = urlsplit(database).password if database else None
        token = self.token.get_secret_value() if self.token else ""
        return frozenset(filter(None, (token, password, unquote(password or ""))))


class FixedSettings(Settings):
    """Settings that read nothing but their arguments."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


FIELDS = {PREFIX + name.upper(): name for name in Settings.model_fields}
SECRETS = {key: name for key, name in FIELDS.items() if name in {"token", "database_url"}}


def load(*, env_file: Path | None = Path(".env"), **given: Any) -> Settings:
    """*given* (a command's options; None is as good as absent) wins over all else. Raise SettingsInvalid."""
    given = {name: value for name, value in given.items() if value is not None}
    places = dict(_environment(os.environ))
    if env_file is not None and env_file.exists():
        lines, problems = _file(env_file)
        places = lines | places
    else:
        problems = []
    problems += [unknown(key, place) for key, place in places.items() if not _is_known(key, place)]
    read, unread = _secret_files(places)
    problems += unread
    if problems:
        raise SettingsInvalid(*problems)
    try:
        return Settings(_env_file=env_file, **{**read, **given})
    except ValidationError as error:
        raise SettingsInvalid(*_said(error, places)) from None


@dataclass(frozen=True, slots=True)
class _Place:
    value: str
    words: str
    in_file: bool


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[str, _Place]]:
    for key, value in environ.items():
        if key.upper().startswith(PREFIX):
            yield key.upper(), _Place(value, "in the environment", in_file=False)


def _file(path: Path) -> tuple[dict[str, _Place], list[str]]:
    found, problems = {}, []
    try:
        with path.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read ({error}); mend it or move it away") from None
    for binding in bindings:
        # The parser counts from the empty lines before it.
        text = binding.original.string
        skipped = text[: len(text) - len(text.lstrip())].count("\n")
        at = f"{path} line {binding.original.line + skipped}"
        if binding.error:
            problems.append(f"{at} cannot be read; write KEY=value, or # before a remark")
        elif binding.key and binding.key.upper().startswith(PREFIX):
            found[binding.key.upper()] = _Place(binding.value or "", at, in_file=True)
    return found, problems


def _is_known(key: str, place: _Place) -> bool:
    if not place.in_file and key.startswith(TEST_PREFIX):
        return True
    return key in FIELDS or key.removesuffix("_FILE") in SECRETS


def unknown(key: str, place: _Place) -> str:
    names = [*FIELDS, *(f"{key}_FILE" for key in SECRETS)]
    nearest = difflib.get_close_matches(key, names, n=1, cutoff=0.0)[0]
    return f"there is no setting {key} ({place.words}); did you mean {nearest}?"


def _secret_files(places: Mapping[str, _Place]) -> tuple[dict[str, str], list[str]]:
    """Field → what its file holds; and what is wrong with the files."""
    read, problems = {}, []
    for key, name in SECRETS.items():
        place = places.get(f"{key}_FILE")
        if place is None or not place.value:
            continue
        if key in places and places[key].value:
            problems.append(
                f"{key} ({places[key].words}) and {key}_FILE ({place.words}) are both set; keep one"
            )
            continue
        try:
            read[name] = Path(place.value).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            problems.append(
                f"{key}_FILE is {place.value!r} ({place.words}), which cannot be read"
                f" ({reason}); name a file this program may read"
            )
            continue
        if not read[name]:
            problems.append(f"{key}_FILE is {place.value!r} ({place.words}), which is empty")
    return read, problems


def _said(error: ValidationError, places: Mapping[str, _Place]) -> Iterable[str]:
    """One line a field: which, what was given (never for secrets), what is accepted."""
    for name in dict.fromkeys(str(each["loc"][0]) for each in error.errors()):
        key = PREFIX + name.upper()
        place = places.get(key)
        shown = "not usable" if key in SECRETS else repr(place.value) if place else "not usable"
        where = f" ({place.words})" if place else ""
        metadata = Settings.model_fields[name].metadata
        accepted = next(each.words for each in metadata if isinstance(each, Accepts))
        yield f"{key} is {shown}{where}; it takes {accepted}"
