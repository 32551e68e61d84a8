"""Keys of what watches the program."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from .outside import url
from .types import Accepts


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
