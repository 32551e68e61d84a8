"""Keys of what watches the program."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from .outside import url
from .types import Accepts


def _dsn(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not re.fullmatch(r"https?://[^\s?#]+/[0-9]+", text):
        raise ValueError
    split = urlsplit(text)
    if not split.username or not split.hostname or split.port == 0:  # .port: ValueError for "x:y"
        raise ValueError
    return value


class WatchingSettings(BaseSettings):
    metrics_port: Annotated[
        int,
        Accepts("a port from 1 to 65535; 0: no metrics"),
        Field(ge=0, le=65_535, description="The port at which Prometheus finds /metrics."),
    ] = 3333
    metrics_host: Annotated[
        str,
        Accepts("an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"),
        Field(pattern=r"^[\w.:-]+$", description="The address the metrics are offered on."),
    ] = "127.0.0.1"
    health_ping_url: Annotated[
        SecretStr | None,
        url("http", "https"),
        Accepts("an http:// or https:// address"),
        Field(description="What is called each minute in which all monitored channels are seen."),
    ] = None
    sentry_dsn: Annotated[
        SecretStr | None,
        BeforeValidator(_dsn),
        Accepts("https://key@host/number, as Sentry and GlitchTip show it for a project"),
        Field(description="The Sentry or GlitchTip that errors are told to."),
    ] = None
    sentry_environment: Annotated[
        str,
        Accepts("a name without spaces and slashes, such as production or staging"),
        Field(pattern=r"^[^\s/]{1,64}$", description="What this place is called there."),
    ] = "production"
