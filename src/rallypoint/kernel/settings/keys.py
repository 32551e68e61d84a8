"""Every key there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from rallypoint.kernel.addresses import USUAL_PORTS, Bounds
from rallypoint.kernel.ids import GuildId, UserId

from .outside import OutsideSettings
from .types import Accepts, BaseUrl, Snowflakes, parts
from .voice import VoiceSettings
from .watching import WatchingSettings
from .web import WebSettings

PREFIX = "RALLYPOINT_"


def _database_url(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not re.match(
        r"(sqlite(\+aiosqlite)?:///|postgresql(\+asyncpg)?://)[^/\s]*\S", text
    ):
        raise ValueError
    return value


class Settings(WebSettings, VoiceSettings, OutsideSettings, WatchingSettings):
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
        BeforeValidator(parts),
        Snowflakes,
        Field(description="Who may run the program, beside the application's owner or team."),
    ] = frozenset()
    allowed_guilds: Annotated[
        frozenset[GuildId],
        NoDecode,
        BeforeValidator(parts),
        Snowflakes,
        Field(description="The only guilds to serve; none: every guild that adds the bot."),
    ] = frozenset()
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
    def bounds(self) -> Bounds:
        """Where events may be sent to by those who do not run the program."""
        own = urlsplit(self.public_url).hostname if self.public_url else None
        return Bounds(
            plain_http=self.http_plain,
            ports=USUAL_PORTS | self.http_ports,
            allowed=self.http_allowed,
            own_hosts=frozenset({own} if own else ()),
        )

    @classmethod
    def secret_fields(cls) -> frozenset[str]:
        """May be read from a file, and are never shown."""
        return frozenset(
            name
            for name, field in cls.model_fields.items()
            if SecretStr in (field.annotation, *get_args(field.annotation))
        )

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be seen in a log: the secrets, and the passwords in those that are addresses."""
        given = (getattr(self, name) for name in self.secret_fields())
        values = [secret.get_secret_value() for secret in given if secret is not None]
        passwords = [split.password for split in map(urlsplit, values) if split.password]
        whole = (value for value in values if "://" not in value)
        keys = self.secret_keys.get_secret_value().split(",") if self.secret_keys else ()
        ping = self.health_ping_url.get_secret_value() if self.health_ping_url else ""
        # Who knows where to ping may say that all is well.
        pinged = (ping, urlsplit(ping).path.strip("/"))
        dsn = self.sentry_dsn.get_secret_value() if self.sentry_dsn else ""
        # Who knows it may fill the list of errors, and it is a name in place of a password.
        told = (dsn, urlsplit(dsn).username)
        known = (
            *whole,
            *passwords,
            *map(unquote, passwords),
            *map(str.strip, keys),
            *pinged,
            *told,
        )
        return frozenset(filter(None, known))


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
