"""Keys of the ways to the outside: web addresses, Redis, AMQP."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from rallypoint.kernel.addresses import Place

from .types import Accepts, parts


def url(*schemes: str) -> BeforeValidator:
    shape = re.compile(rf"({'|'.join(schemes)})://\S+")

    def check(value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str) or not shape.fullmatch(text):
            raise ValueError
        return value

    return BeforeValidator(check)


def _places(value: object) -> object:
    """ "192.168.1.5:5678, [fd00::5]:5678" → address and port."""
    if not isinstance(value, str):
        return value
    places: set[Place] = set()
    for part in re.split(r"[\s,]+", value.strip(" ,")):
        host, _, port = part.rpartition(":")
        if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65_535:
            raise ValueError
        places.add((ip_address(host.removeprefix("[").removesuffix("]")), int(port)))
    return frozenset(places)


class OutsideSettings(BaseSettings):
    channels_file: Annotated[
        Path | None,
        Accepts("a file"),
        Field(description="Voice channels whose changes are called out, as in dbot's config.json."),
    ] = None
    redis_url: Annotated[
        SecretStr | None,
        url("redis", "rediss"),
        Accepts("redis://:password@host:6379/0, or rediss:// for TLS"),
        Field(description="The Redis that events may be put into."),
    ] = None
    amqp_url: Annotated[
        SecretStr | None,
        url("amqp", "amqps"),
        Accepts("amqp://user:password@host:5672/, or amqps:// for TLS"),
        Field(description="The RabbitMQ that every event is published to."),
    ] = None
    http_allowed: Annotated[
        frozenset[Place],
        NoDecode,
        BeforeValidator(_places),
        Accepts("addresses with ports and commas between them, such as 192.168.1.5:5678"),
        Field(description="Private addresses that servers' admins may have events sent to."),
    ] = frozenset()
    http_plain: Annotated[
        bool,
        Accepts("yes or no"),
        Field(description="Whether servers' admins may have events sent to http:// addresses."),
    ] = False
    http_ports: Annotated[
        frozenset[Annotated[int, Field(ge=1, le=65_535)]],
        NoDecode,
        BeforeValidator(parts),
        Accepts("ports with commas between them, such as 5678,8080"),
        Field(description="Ports that are allowed beside 443, 80 and 8443."),
    ] = frozenset()
